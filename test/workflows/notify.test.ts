import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { z } from 'zod';
import { NoticeOutput, type NoticeInput } from '../../src/contracts/notify.ts';
import { createSuppressions } from '../../src/platform/suppressions.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let mail: MailServer;
beforeAll(async () => {
  mail = await startMailServer();
  const smtp = (login: string, to: string) =>
    `smtp://${login}@127.0.0.1:${mail.port}?from=os@kunde.de&to=${to}`;
  world = await createWorld(import.meta.filename, {
    env: { VENDOR_TIMEOUT_SECONDS: '2' },
    envAt: (url) => ({
      NOTIFY_CHANNEL_SLACK: `slack+${url}/slack/services/T0/B0/stand-in-slack`,
      NOTIFY_CHANNEL_GONE: `slack+${url}/slack/services/T0/B0/stand-in-slack.no-service`,
      NOTIFY_CHANNEL_DISCORD: `discord+${url}/discord/api/webhooks/1/stand-in-discord`,
      NOTIFY_CHANNEL_HOOK: `${url}/webhook/hooks/stand-in-hook`,
      NOTIFY_CHANNEL_LIVE: `${url.replace('127.0.0.1', 'localhost')}/webhook/hooks/stand-in-live`,
      NOTIFY_CHANNEL_MOVED: `${url}/webhook/hooks/stand-in-hook.moved`,
      NOTIFY_CHANNEL_MAIL: smtp('mara:pass-word', 'ops@kunde.de,gone@nobody.example.org'),
      NOTIFY_CHANNEL_STOPPED: smtp('mara:pass-word', 'stop@kunde.de'),
      NOTIFY_CHANNEL_LOCKED: smtp('mara:wrong-word', 'ops@kunde.de'),
    }),
  });
});
afterAll(async () => {
  await world.close();
  await mail.close();
});
beforeEach(() => world.standIns.faults.clear());

const notice = (channel: string, input: Partial<NoticeInput> & { readonly text: string }) => ({
  capability: 'notify.send',
  account: channel,
  input,
});
const send = async (channel: string, input: Partial<NoticeInput> & { readonly text: string }) =>
  NoticeOutput.parse((await world.run(notice(channel, input))).result);
const received = (workspace: string) => world.standIns.notices.list(workspace);
const all = {
  title: 'Leads',
  level: 'success',
  facts: { leads: 412 },
  id: 'leads:2026-05',
} as const;

test('a notice reaches Slack with its id, and text of others neither calls nor hides anything', async () => {
  const sent = await send('slack', { ...all, text: '<!channel> & <https://evil.example|here>' });
  expect(sent).toMatchObject({ channel: 'slack', kind: 'slack', id: all.id, isCut: false });
  const [{ id, body } = { id: null, body: null }] = received('slack');
  expect(id).toBe(all.id);
  const { text } = z.object({ text: z.string() }).parse(body);
  expect(text).toBe(
    '✅ *Leads*\n&lt;!channel&gt; &amp; &lt;https://evil.example|here&gt;\n• leads: 412\n_leads:2026-05_',
  );
});

test('a notice reaches Discord, cut to what it takes, and calls nobody', async () => {
  const sent = await send('discord', { ...all, text: '@everyone 😀'.repeat(900) });
  expect(sent).toMatchObject({ kind: 'discord', isCut: true });
  const [{ body } = { body: null }] = received('discord');
  const { embeds, allowed_mentions } = z
    .object({
      embeds: z.array(
        z.object({ description: z.string(), footer: z.object({ text: z.string() }) }),
      ),
      allowed_mentions: z.unknown(),
    })
    .parse(body);
  expect(allowed_mentions).toEqual({ parse: [] });
  expect(embeds[0]?.footer.text).toBe(all.id);
  expect(embeds[0]?.description).toMatch(/ …$/);
  expect(embeds[0]?.description.isWellFormed()).toBe(true);
});

test('any other webhook gets the notice as it is; each run has an id of its own', async () => {
  const { id } = await send('hook', { text: 'all is well' });
  const again = await send('hook', { text: 'all is well' });
  expect(again.id).not.toBe(id);
  expect(received('hook')).toMatchObject([
    { id, body: { id, text: 'all is well', level: 'info', from: 'agentic-os' } },
    { id: again.id },
  ]);
});

test('what was made of made-up data is marked when it goes to a real channel', async () => {
  await world.run({ ...notice('live', { text: 'Leads came' }), provenance: 'stand-in' });
  await world.run({ ...notice('hook', { text: 'Leads came' }), provenance: 'stand-in' });
  expect(received('live')).toMatchObject([{ body: { text: '(Made-up data) Leads came' } }]);
  expect(received('hook').at(-1)).toMatchObject({ body: { text: 'Leads came' } });
});

test('an e-mail has the id as its own, and says whom the server did not take it for', async () => {
  const sent = await send('mail', { ...all, text: 'line one\nline two' });
  expect(sent.leftOut).toEqual(['gone@nobody.example.org: the mail server refused it']);
  expect(mail.mails).toHaveLength(1);
  expect(mail.mails[0]).toMatch(/^Message-ID: <leads-2026-05@kunde\.de>/m);
  expect(mail.mails[0]).toMatch(/^Subject: Leads/m);
  expect(mail.mails[0]).toMatch(/^X-Notification-ID: leads:2026-05/m);
  expect(mail.mails[0]).toContain('leads: 412');
  await createSuppressions(world.database).add(['stop@kunde.de'], { by: 'mara', reason: 'left' });
  expect(await world.failureOf(notice('stopped', { text: 'x' }))).toMatchObject({
    failure: 'Suppressed',
    message: expect.stringContaining('stop@kunde.de: left'),
  });
});

test('what passes is tried again under the same id: 429, a server in trouble, a lost answer', async () => {
  world.standIns.faults.set([
    { vendor: 'slack', times: 1, fault: { kind: 'cut' } },
    { vendor: 'discord', times: 1, fault: { kind: 'status', status: 429, retryAfterSeconds: 1 } },
    { vendor: 'webhook', times: 1, fault: { kind: 'status', status: 500 } },
  ]);
  mail.refuseNext(451);
  const input = { text: 'said until it is heard', id: 'heard' };
  await Promise.all(['slack', 'discord', 'hook', 'mail'].map((channel) => send(channel, input)));
  const heard = (channel: string) => received(channel).filter(({ id }) => id === input.id).length;
  expect(['slack', 'discord', 'hook'].map(heard)).toEqual([2, 1, 1]); // the cut answer told nobody
  expect(mail.mails.filter((each) => each.includes('<heard@kunde.de>'))).toHaveLength(1);
}, 60_000);

test.each([
  ['gone', 'CredentialRejected', /no_service.*NOTIFY_CHANNEL_GONE/],
  ['moved', 'CredentialRejected', /leads to another address/],
  ['locked', 'CredentialRejected', /NOTIFY_CHANNEL_LOCKED/],
])('channel %s fails at once, and nothing tells its address', async (channel, failure, message) => {
  const told = await world.failureOf(notice(channel, { text: 'x' }));
  expect(told).toMatchObject({ failure, message: expect.stringMatching(message) });
});

test('a message that is refused, and a channel that nobody set', async () => {
  mail.refuseNext(552);
  expect(await world.failureOf(notice('mail', { text: 'too much' }))).toMatchObject({
    failure: 'InvalidInput',
  });
  expect(await world.failureOf(notice('nobody', { text: 'x' }))).toMatchObject({
    message: expect.stringContaining('nobody'),
  });
});

test('no row of ours has an address of a channel or a password in it', async () => {
  const { sql } = world.database;
  const rows = await sql<{ text: string }[]>`
    select to_jsonb(r)::text as text from runs r union all
    select to_jsonb(a)::text from attempts a union all
    select to_jsonb(l)::text from log_lines l union all
    select to_jsonb(f)::text from flow_events f`;
  expect(rows.length).toBeGreaterThan(5);
  const texts = rows.map(({ text }) => text).join('\n');
  for (const secret of [
    'services/T0',
    'stand-in-slack',
    'api/webhooks',
    'wrong-word',
    'hooks/stand',
  ]) {
    expect(texts).not.toContain(secret);
  }
});
