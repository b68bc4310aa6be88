/** A notice in the form of each channel. All text in it is outside text: it is shown, and does nothing. */
import type { NoticeInput } from '../../contracts/notify.ts';

/** A notice that is about to leave, under its id. */
export type Notice = Omit<NoticeInput, 'id'> & { readonly id: string };

/** A message, and whether the channel takes less than the whole text. */
interface Cut<Message> {
  readonly message: Message;
  readonly isCut: boolean;
}

const longest = { slack: 4_000, discord: 4_096, discordInAll: 5_900 } as const;
const marks = { info: 'ℹ️', success: '✅', warning: '⚠️', error: '❌' } as const;
const colours = { info: 0x2f72e4, success: 0x219a5b, warning: 0xc87400, error: 0xd93a37 } as const;
const ellipsis = ' …';

/** For Slack: without the escapes, a text of others could call everybody or hide an address. */
export function slackMessage(notice: Notice): Cut<Readonly<Record<string, unknown>>> {
  const title = notice.title === undefined ? '' : `*${escaped(notice.title)}*\n`;
  const facts = factsOf(notice).map(([name, value]) => `\n• ${escaped(name)}: ${escaped(value)}`);
  const link = notice.link === undefined ? '' : `\n${escaped(notice.link)}`;
  const head = `${marks[notice.level]} ${title}`;
  const tail = `${facts.join('')}${link}\n_${notice.id}_`;
  const { text, isCut } = cut(notice.text, longest.slack - head.length - tail.length, escaped);
  return { message: { text: `${head}${text}${tail}` }, isCut };
}

/** For Discord: nobody is called, whatever the text says. */
export function discordMessage(notice: Notice): Cut<Readonly<Record<string, unknown>>> {
  const { id, title, level, link } = notice;
  const fields = factsOf(notice).map(([name, value]) => ({
    name,
    value: value || '–',
    inline: true,
  }));
  const others = [id, title ?? '', ...fields.flatMap(({ name, value }) => [name, value])];
  const left = longest.discordInAll - others.join('').length;
  const { text, isCut } = cut(notice.text, Math.min(longest.discord, left));
  const embed = {
    ...(title === undefined ? {} : { title }),
    description: text,
    color: colours[level],
    fields,
    ...(link === undefined ? {} : { url: link, title: title ?? link.slice(0, 256) }),
    footer: { text: id },
  };
  return { message: { embeds: [embed], allowed_mentions: { parse: [] } }, isCut };
}

/** For any other webhook: the notice as it is. */
export const webhookMessage = (notice: Notice): Cut<Readonly<Record<string, unknown>>> => ({
  message: { ...notice, from: 'agentic-os' },
  isCut: false,
});

/** For e-mail: text only. The same id twice is the same message to those who keep count. */
export const emailMessage = (notice: Notice, domain: string) => ({
  subject: notice.title ?? firstLine(notice.text),
  text: [
    notice.text,
    factsOf(notice)
      .map(([name, value]) => `${name}: ${value}`)
      .join('\n'),
    notice.link ?? '',
    `-- \n${notice.id}`,
  ]
    .filter((part) => part !== '')
    .join('\n\n'),
  messageId: `<${notice.id.replaceAll(/[^\w.-]/g, '-')}@${domain}>`,
  headers: { 'X-Notification-Id': notice.id },
});

const factsOf = ({ facts }: Notice): readonly (readonly [name: string, value: string])[] =>
  Object.entries(facts).map(([name, value]) => [name, String(value)]);

const firstLine = (text: string): string => cut(text.split('\n')[0] ?? '', 120).text;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** As much of a text as fits once it is written down; no letter is cut in two. */
function cut(
  text: string,
  most: number,
  written = (letter: string): string => letter,
): { readonly text: string; readonly isCut: boolean } {
  const whole = written(text);
  if (whole.length <= most) return { text: whole, isCut: false };
  let kept = '';
  for (const letter of text) {
    const next = written(letter);
    if (kept.length + next.length + ellipsis.length > most) break;
    kept += next;
  }
  return { text: `${kept}${ellipsis}`, isCut: true };
}
