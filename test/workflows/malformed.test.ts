import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pLimit from 'p-limit';
import { z } from 'zod';
import { agents } from '../../src/contracts/agents.ts';
import type { NewTask, TaskOutcome } from '../../src/contracts/runs.ts';
import { createLedger } from '../../src/platform/ledger.ts';
import type { RootFailure } from '../../src/rules/failure.ts';
import type { FaultRuleInput } from '../../src/sandbox/faults.ts';
import { createWorld, type World } from '../support/world.ts';

type Fault = FaultRuleInput['fault'];
/** A capability at a vendor, and the fields of its answers that can be wrong. */
interface Asked {
  readonly path: string;
  /** Must be there, and a text. */
  readonly id: string;
  /** Must be a number where it is there. */
  readonly number?: string;
  readonly inputOf: (campaignId: string) => Record<string, unknown>;
  readonly confirm?: (campaignId: string) => string;
}

const range = { startDate: '2026-05-04', endDate: '2026-05-06' };
const email = 'mara@kunde.de';
const reads: Readonly<Record<string, Asked>> = {
  'instantly.daily-analytics': {
    ...{ path: '/api/v2/accounts', id: 'email_account', number: 'sent' },
    inputOf: () => ({ date: '2026-05-06' }),
  },
  'instantly.campaign-overview': {
    ...{ path: '/api/v2/campaigns/analytics', id: '', number: 'reply_count' },
    inputOf: () => range,
  },
  'instantly.campaign-analytics': {
    ...{ path: '/api/v2/campaigns', id: 'campaign_id', number: 'bounced_count' },
    inputOf: () => range,
  },
  'instantly.pause-campaign': {
    ...{ path: '/api/v2/campaigns', id: 'id', number: 'status' },
    inputOf: (campaignId) => ({ campaignId }),
  },
  'instantly.campaign-status': {
    ...{ path: '/api/v2/campaigns', id: 'id', number: 'status' },
    inputOf: (campaignId) => ({ campaign: campaignId }),
  },
  'instantly.preview-campaign': {
    ...{ path: '/api/v2/accounts', id: 'email', number: 'status' },
    inputOf: () => ({ name: 'Malformed', template: 'first-contact' }),
  },
  'instantly.create-campaign': {
    ...{ path: '/api/v2/accounts', id: 'email', number: 'status' },
    inputOf: () => ({ name: 'Malformed', template: 'first-contact' }),
  },
  'instantly.push-leads': {
    ...{ path: '/api/v2/campaigns', id: 'id', number: 'status' },
    inputOf: (campaignId) => ({ campaign: campaignId, leads: [{ email }] }),
  },
  // what these ask about first, and what they ask when an answer was lost, is wrong, too
  'instantly.add-lead': {
    ...{ path: '/api/v2/leads', id: 'id' },
    inputOf: (campaignId) => ({ campaignId, email }),
  },
  'instantly.activate-campaign': {
    ...{ path: '/api/v2', id: 'id', number: 'status' },
    inputOf: (campaignId) => ({ campaignId }),
    confirm: (campaignId) => campaignId,
  },
  'instantly.delete-lead': {
    ...{ path: '/api/v2/leads', id: 'id' },
    inputOf: (campaignId) => ({ campaignId, email }),
    confirm: () => email,
  },
};

/** The one that tells of wrong answers instead of failing. */
const elsewhere = ['instantly.debug-response'];

interface Case {
  readonly fault: Fault;
  readonly says: string;
}
/** The same for all: no vendor means any of these. */
const anywhere: Readonly<Record<string, Case>> = {
  torn: { fault: { kind: 'malformed' }, says: 'not JSON' },
  'web-page': { fault: { kind: 'html' }, says: 'not JSON' },
  nothing: { fault: { kind: 'body', text: '' }, says: 'not JSON' },
  null: { fault: { kind: 'body', text: 'null' }, says: 'at its root' },
  'other-shape': { fault: { kind: 'body', text: '"later"' }, says: 'at its root' },
  error: { fault: { kind: 'body', text: '{"error":"busy"}' }, says: '' },
  garbled: { fault: { kind: 'garbled' }, says: 'not text in UTF-8' },
  huge: { fault: { kind: 'huge', megabytes: 17 }, says: 'longer than 16 MiB' },
};
const change = (field: string, becomes: string | number): Fault => ({
  kind: 'changed-type',
  field,
  becomes,
});

/** Wrong answers to a capability, beside what is right and only looks odd. */
function casesOf({ id, number }: Asked): Readonly<Record<string, Case>> {
  return {
    ...anywhere,
    ...(id && {
      missing: { fault: { kind: 'missing', field: id }, says: id },
      'id-of-no-text': { fault: change(id, 7), says: id },
    }),
    ...(number !== undefined && {
      'number-as-object': { fault: { kind: 'changed-type', field: number }, says: number },
      'number-as-words': { fault: change(number, 'many'), says: number },
      'half-a-number': { fault: change(number, 1.5), says: number },
      ...(number !== 'status' && {
        negative: { fault: change(number, -3), says: number },
        'too-large': { fault: change(number, 3_000_000_000), says: number },
      }),
    }),
  };
}

const accountOf = (capability: string, name: string) => `${capability.split('.')[1]}-${name}`;
const takesAnyObject = 'instantly.add-lead';
const rows = Object.entries(reads).flatMap(([capability, asked]) =>
  Object.entries(casesOf(asked))
    .filter(([name]) => capability !== takesAnyObject || !['error', 'missing'].includes(name))
    .map(([name, { fault, says }]) => ({
      ...{ capability, asked, fault, says },
      account: accountOf(capability, name),
    })),
);
const added = { leadId: null, isSkipped: true };
/** Answers that only look wrong, and what comes of them. */
const odd = [
  ['instantly.daily-analytics', 'doubled', { kind: 'doubled' }, { accounts: 6 }],
  ['instantly.daily-analytics', 'empty', { kind: 'empty' }, { accounts: 0, changed: 0 }],
  ['instantly.daily-analytics', 'countless', { kind: 'missing', field: 'sent' }, { sent: 0 }],
  ['instantly.campaign-analytics', 'doubled', { kind: 'doubled' }, { campaigns: 2 }],
  ['instantly.campaign-overview', 'countless', { kind: 'missing', field: 'reply_count' }, {}],
  ['instantly.pause-campaign', 'as-text', change('status', '2'), { status: 2 }],
  ['instantly.activate-campaign', 'doubled', { kind: 'doubled' }, { status: 1 }],
  ['instantly.delete-lead', 'doubled', { kind: 'doubled' }, { wasThere: true }],
  // a lead that is skipped comes back without an id, and more is not asked of that answer
  ['instantly.add-lead', 'without-id', { kind: 'missing', field: 'id' }, added],
  ['instantly.add-lead', 'error', { kind: 'body', text: '{"error":"busy"}' }, added],
] as const satisfies readonly (readonly [string, string, Fault, object])[];
/** The answer to the write alone is wrong; what comes of it is found out by a question. */
const writes = [
  ['instantly.add-lead', '/api/v2/leads$'],
  ['instantly.push-leads', '/api/v2/leads/add$'],
  ['instantly.activate-campaign', '/api/v2/campaigns/*/activate'],
].flatMap(([capability = '', path = '']) =>
  Object.entries(anywhere)
    .filter(([name]) => name !== 'web-page' && name !== 'error') // the stand-in did nothing; is right
    .map(([name, { fault }]) => ({
      ...{ capability, fault, path },
      account: `${accountOf(capability, name)}-write`,
    })),
);
const accounts = [
  ...rows.map(({ account }) => account),
  ...odd.map(([capability, name]) => `${accountOf(capability, name)}-odd`),
  ...writes.map(({ account }) => account),
];

/** More at once would freeze this process for longer than an effect here may be silent. */
const fewAtOnce = pLimit(12);

let world: World;
/** Each test looks at one. */
const ends = new Map<string, Promise<TaskOutcome | RootFailure>>();
const campaigns = new Map<string, string>();

beforeAll(async () => {
  world = await createWorld(import.meta.filename, {
    standIns: { today: '2026-06-01', defaults: { mailboxes: 6, campaigns: 3 } },
    env: {
      VENDOR_TIMEOUT_SECONDS: '10',
      FREEZE_SECONDS: '1',
      ...Object.fromEntries(
        accounts.map((name) => [
          `INSTANTLY_API_KEY_${name.toUpperCase().replaceAll('-', '_')}`,
          `stand-in-${name}`,
        ]),
      ),
    },
  });
  await Promise.all(
    accounts.map(async (account) => campaigns.set(account, await campaignAt(account))),
  );
  world.standIns.faults.set([
    ...rows.map(({ account, asked, fault }) => ({ workspace: account, path: asked.path, fault })),
    ...odd.map(([capability, name, fault]) => ({
      workspace: `${accountOf(capability, name)}-odd`,
      fault,
    })),
    ...writes.map(({ account, fault, path }) => ({ workspace: account, fault, path })),
  ]);
  for (const { account, capability } of rows) {
    ends.set(
      account,
      fewAtOnce(() => world.failureOf(request(account, capability))),
    );
  }
  for (const { account, capability } of writes) {
    ends.set(
      account,
      fewAtOnce(() => world.run(request(account, capability))),
    );
  }
  for (const [capability, name] of odd) {
    const account = `${accountOf(capability, name)}-odd`;
    ends.set(
      account,
      fewAtOnce(() => world.run(request(account, capability))),
    );
  }
  await Promise.allSettled(ends.values());
}, 300_000);
afterAll(() => world.close());

/** Asks the stand-in past all of our own code. */
async function vendor(account: string, method: string, path: string, body?: object) {
  const response = await fetch(`${world.standIns.url}/instantly/api/v2${path}`, {
    method,
    headers: {
      authorization: `Bearer stand-in-${account}`,
      'user-agent': 'test',
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const said: unknown = await response.json();
  return said;
}
const List = z.object({ items: z.array(z.object({ id: z.string(), status: z.int() })) });
/** The id of a draft, which nobody writes to before it is activated. */
async function campaignAt(account: string): Promise<string> {
  const { items } = List.parse(await vendor(account, 'GET', '/campaigns'));
  const id = items.find(({ status }) => status === 0)?.id ?? '';
  if (account.startsWith('delete-lead')) {
    await vendor(account, 'POST', '/leads', { campaign: id, email });
  }
  return id;
}

function request(account: string, capability: string): NewTask {
  const campaignId = campaigns.get(account) ?? '';
  const { inputOf, confirm } = reads[capability] ?? {};
  return {
    ...{ capability, account, input: inputOf?.(campaignId) ?? {}, giveUpAfterSeconds: 180 },
    ...(confirm ? { confirm: confirm(campaignId) } : {}),
  };
}

async function storedFor(account: string): Promise<unknown> {
  const [counts] = await world.database.sql`
    select (select count(*)::int from instantly_email_daily_analytics where account = ${account})
      as days,
      (select count(*)::int from instantly_campaign_analytics_overview where account = ${account})
      as overviews,
      (select count(*)::int from instantly_campaign_analytics where account = ${account})
      as campaigns,
      (select count(*)::int from effects where state in ('done', 'refused')
        and key like ${`%:${account}:%`}) as effects`;
  return counts;
}
const nothing = { days: 0, overviews: 0, campaigns: 0, effects: 0 };

test('every capability at Instantly is asked for, each with ten wrong answers at least', () => {
  const atVendors = agents
    .filter(({ vendor: name }) => name === 'instantly')
    .flatMap(({ capabilities }) => capabilities.map(({ id }) => id));
  expect([...Object.keys(reads), ...elsewhere].toSorted()).toEqual(atVendors.toSorted());
  const kinds = Map.groupBy(rows, ({ capability }) => capability);
  for (const [capability, cases] of kinds) {
    const count = cases.length + odd.filter(([id]) => id === capability).length;
    expect([capability, count >= 10]).toEqual([capability, true]);
  }
});

test.each(rows)(
  '$account: classified, clear, and nothing is stored',
  async ({ account, says, asked, capability }) => {
    const failure = await ends.get(account);
    expect(failure).toMatchObject({
      // whether it took the lead is asked, too, and that answer is as bad
      failure: capability === takesAnyObject ? 'OutcomeUnknown' : 'MalformedAnswer',
      message: expect.stringContaining(asked.path),
    });
    expect(failure).toMatchObject({ message: expect.stringContaining(says) });
    expect(await storedFor(account)).toEqual(nothing);
  },
);

test.each(odd)('%s, %s: a right answer that looks odd', async (capability, name, _, expected) => {
  const end = await ends.get(`${accountOf(capability, name)}-odd`);
  expect(end).toMatchObject({ result: expected });
});

test.each(writes)(
  '$account: it is done once, which a question finds out',
  async ({ account, capability }) => {
    const end = await ends.get(account);
    const campaignId = campaigns.get(account) ?? '';
    if (capability === 'instantly.activate-campaign') {
      expect(end).toMatchObject({ result: { campaignId, status: 1 } });
      return;
    }
    const { items } = List.parse(
      await vendor(account, 'POST', '/leads/list', { campaign: campaignId, contacts: [email] }),
    );
    expect(items).toHaveLength(1);
    const result =
      capability === 'instantly.push-leads'
        ? { pushed: { count: 1, first: [{ email }] }, unknown: { count: 0 } }
        : { leadId: items[0]?.id, isSkipped: false };
    expect(end).toMatchObject({ result });
    const row = await createLedger(world).show(`lead:${account}:${campaignId}:${email}`);
    expect(row).toMatchObject({ state: 'done', reason: 'found at the vendor' });
  },
);
