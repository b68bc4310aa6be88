import { ApplicationFailure } from '@temporalio/common';
import { FailureType } from '../../contracts/failures.ts';
import type {
  CampaignTemplate,
  CreateCampaignInput,
  SenderState,
} from '../../contracts/instantly-campaigns.ts';
import { BadTemplate } from '../../platform/campaign-templates.ts';
import type { Account } from '../../platform/config.ts';
import { numbered, senderStateOf, type SendingHours } from '../../rules/campaign.ts';
import { tagObjections } from '../../rules/merge-tags.ts';
import type { Mailbox } from './answers.ts';
import type { InstantlyDeps } from './deps.ts';

type Steps = CampaignTemplate['steps'];

/** A campaign as it would be asked for, and what stands against it. */
export interface CampaignDraft {
  /** What the vendor is asked for, but for its name. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly hours: SendingHours;
  readonly steps: Steps;
  readonly senders: readonly string[];
  /** How many mailboxes send, and which were left out, as a sentence. */
  readonly sendersInWords: string;
  /** Why it must not be made as it is, one sentence each. */
  readonly problems: readonly string[];
}

/** Puts together what is asked of the vendor: template, senders over all pages, sending hours. Reads only. */
export async function draftCampaign(
  { client, templates, weekStarts }: Pick<InstantlyDeps, 'client' | 'templates' | 'weekStarts'>,
  account: Account,
  input: CreateCampaignInput,
): Promise<CampaignDraft> {
  const { steps, variables } = textOf(templates, input);
  const mailboxes = await client.mailboxStates(account);
  const { senders, words, problems } = sendersOf(mailboxes, input);
  const hours = {
    timing: { from: input.from, to: input.to },
    days: numbered(input.days, weekStarts),
    timezone: input.timeZone,
  };
  return {
    hours,
    steps,
    senders,
    sendersInWords: words,
    problems: [...problems, ...textProblems(steps, [...variables, ...(input.variables ?? [])])],
    settings: {
      campaign_schedule: {
        ...(input.startDate ? { start_date: input.startDate } : {}),
        ...(input.endDate ? { end_date: input.endDate } : {}),
        schedules: [{ name: 'Sending hours', ...hours }],
      },
      email_list: senders,
      sequences: [{ steps: steps.map(stepOf) }],
      ...(input.dailyLimit ? { daily_limit: input.dailyLimit } : {}),
      ...(input.gapMinutes ? { email_gap: input.gapMinutes } : {}),
      stop_on_reply: input.stopOnReply,
      open_tracking: input.openTracking,
      link_tracking: input.linkTracking,
    },
  };
}

function textOf(
  templates: InstantlyDeps['templates'],
  { template, steps }: CreateCampaignInput,
): Pick<CampaignTemplate, 'steps' | 'variables'> {
  if (template === undefined) return { steps: steps ?? [], variables: [] };
  try {
    return templates.read(template);
  } catch (error) {
    if (!(error instanceof BadTemplate)) throw error;
    throw ApplicationFailure.nonRetryable(error.message, FailureType.InvalidInput);
  }
}

/** The vendor's `delay` is the wait before the next mail; the last one has none behind it. */
const stepOf = ({ variants }: Steps[number], at: number, steps: Steps) => ({
  type: 'email',
  delay: steps[at + 1]?.waitDays ?? 0,
  variants: variants.map(({ subject, body }) => ({ subject, body: htmlOf(body) })),
});

/** Plain text as paragraphs; HTML as it is. */
export const htmlOf = (body: string): string =>
  body.trimStart().startsWith('<')
    ? body
    : body
        .replaceAll('&', '&amp;')
        .replaceAll('<', '&lt;')
        .replaceAll('>', '&gt;')
        .trim()
        .split(/\n\s*\n/)
        .map((paragraph) => `<p>${paragraph.trim().replaceAll('\n', '<br>')}</p>`)
        .join('');

const textProblems = (steps: Steps, variables: readonly string[]): readonly string[] => [
  ...(steps[0]?.variants.some(({ subject }) => subject.trim() === '')
    ? ['step 1: the first mail needs a subject']
    : []),
  ...steps.flatMap(({ variants }, step) =>
    variants.flatMap(({ subject, body }, variant) =>
      Object.entries({ subject, body }).flatMap(([part, text]) =>
        tagObjections(text, variables).map(
          (objection) => `step ${step + 1}, variant ${variant + 1}, ${part}: ${objection}`,
        ),
      ),
    ),
  ),
];

function sendersOf(mailboxes: readonly Mailbox[], input: CreateCampaignInput) {
  const named = input.senders?.map((email) => email.toLowerCase());
  const asked = mailboxes.filter(({ email }) => named?.includes(email.toLowerCase()) ?? true);
  const unknown = (named ?? []).filter(
    (email) => !mailboxes.some((each) => each.email.toLowerCase() === email),
  );
  const states = new Set<SenderState>(input.senderStatuses);
  const may = asked.filter(({ status }) => states.has(senderStateOf(status)));
  const left = Map.groupBy(
    asked.filter((each) => !may.includes(each)),
    ({ status }) => senderStateOf(status),
  );
  const leftInWords = [...left].map(([state, all]) => `${all.length} ${state}`).join(', ');
  const words = `${may.length} of ${mailboxes.length} mailboxes send${leftInWords && `; left out: ${leftInWords}`}`;
  return {
    senders: may.map(({ email }) => email),
    words,
    problems: [
      ...unknown.map((email) => `senders: ${email} is no mailbox of this workspace`),
      ...(may.length === 0
        ? [`senders: no mailbox may send (${words}); see senders and senderStatuses`]
        : []),
    ],
  };
}
