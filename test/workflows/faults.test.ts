import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { FaultRuleInput } from '../../src/sandbox/faults.ts';
import { createWorld, type World } from '../support/world.ts';

/** Every fault of the plan, each at a workspace of its own so that all run at once. */
const passing: Readonly<Record<string, FaultRuleInput>> = {
  'rate-limited': { times: 1, fault: { kind: 'status', status: 429 } },
  'rate-limited-seconds': {
    times: 1,
    fault: { kind: 'status', status: 429, retryAfterSeconds: 2 },
  },
  'rate-limited-date': {
    times: 1,
    fault: { kind: 'status', status: 429, retryAfterSeconds: 2, retryAfterAs: 'date' },
  },
  trouble: { times: 2, fault: { kind: 'status', status: 500 } },
  overloaded: { times: 1, fault: { kind: 'status', status: 503, retryAfterSeconds: 1 } },
  slow: { fault: { kind: 'slow', delayMs: 600 } },
  silent: { times: 1, fault: { kind: 'silence' } },
  cut: { times: 1, fault: { kind: 'cut' } },
  malformed: { times: 1, fault: { kind: 'malformed' } },
  html: { times: 1, fault: { kind: 'html' } },
  'too-large': { fault: { kind: 'too-large', above: 5 } },
  'changed-once': { times: 1, fault: { kind: 'changed-type', field: 'sent' } },
};
const failing: Readonly<Record<string, { rule: FaultRuleInput; type: string; words: string }>> = {
  changed: {
    rule: { fault: { kind: 'changed-type', field: 'sent' } },
    type: 'MalformedAnswer',
    words: 'sent',
  },
  gone: { rule: { fault: { kind: 'status', status: 410 } }, type: 'Gone', words: 'no longer' },
  refused: {
    rule: { fault: { kind: 'status', status: 422 } },
    type: 'InvalidRequest',
    words: 'refused the request',
  },
};
const accounts = [...Object.keys(passing), ...Object.keys(failing)];
const date = '2026-05-06';
let world: World;

beforeAll(async () => {
  world = await createWorld(import.meta.filename, {
    standIns: { today: '2026-06-01', defaults: { mailboxes: 12 } },
    env: {
      VENDOR_TIMEOUT_SECONDS: '2',
      ...Object.fromEntries(
        accounts.map((name) => [
          `INSTANTLY_API_KEY_${name.toUpperCase().replaceAll('-', '_')}`,
          `stand-in-${name}`,
        ]),
      ),
    },
  });
  const rules = [
    ...Object.entries(passing),
    ...Object.entries(failing).map(([name, { rule }]) => [name, rule] as const),
  ];
  world.standIns.faults.set(rules.map(([workspace, rule]) => ({ ...rule, workspace })));
});
afterAll(() => world.close());

const request = (account: string) => ({
  capability: 'instantly.daily-analytics',
  account,
  input: { date },
});
const stored = (account: string) =>
  world.database.sql<{ rows: number; mailboxes: number; sent: number }[]>`
    select count(*)::int as rows, count(distinct email_account)::int as mailboxes, sum(sent)::int as sent
    from instantly_email_daily_analytics where account = ${account} and date = ${date}`;

test.concurrent.each(Object.keys(passing))(
  '%s: the day ends whole, each mailbox once',
  async (account) => {
    const { result } = await world.run(request(account));
    const [rows] = await stored(account);
    expect(rows?.rows).toBe(rows?.mailboxes);
    expect(result).toMatchObject({ accounts: rows?.rows, changed: rows?.rows, sent: rows?.sent });
    expect(rows?.rows).toBeGreaterThan(5);
  },
);

test.concurrent.each(Object.entries(failing))(
  '%s: a clear failure, and nothing half-stored',
  async (account, { type, words }) => {
    const failure = await world.failureOf(request(account));
    expect(failure.failure).toBe(type);
    expect(failure.message).toContain(words);
    expect(await stored(account)).toMatchObject([{ rows: 0 }]);
  },
);

test('an empty answer about a day that was stored before takes nothing away', async () => {
  await world.run(request('tour'));
  const before = await stored('tour');
  world.standIns.faults.set([{ workspace: 'tour', fault: { kind: 'empty' } }]);
  const { result } = await world.run(request('tour'));
  expect(result).toMatchObject({ accounts: 0, changed: 0 });
  expect(await stored('tour')).toEqual(before);
});

test('a vendor that stays down fails the run when it was told to give up', async () => {
  world.standIns.faults.set([{ workspace: 'tour', fault: { kind: 'status', status: 500 } }]);
  const failure = await world.failureOf({
    ...request('tour'),
    input: { date: '2026-05-07' },
    giveUpAfterSeconds: 2,
  });
  expect(failure).toMatchObject({ failure: 'VendorUnavailable' });
});
