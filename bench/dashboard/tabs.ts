import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../../src/platform/database.ts';
import { createApiTokens } from '../../src/platform/api-tokens.ts';
import { atLeast, atMost, rounded, type BenchOptions, type BenchResult } from '../harness.ts';
import type { DashboardProcess } from './process.ts';

type Part = Pick<BenchResult, 'checks' | 'figures'>;

/** What the overview follows, with the frame around it. */
const topics = ['status', 'overview', 'agents'];
const mostSettleMs = 3_000;
const changeEveryMs = 500;
const tryAgainMs = 2_000;
const mostTries = 20;

interface Cost {
  readonly statements: number;
  readonly cpuMs: number;
  readonly events: number;
  readonly seconds: number;
}

/**
 * What open tabs cost: the statements that Postgres gets and the dashboard's processor time, with
 * one tab and with many, each of them of somebody else.
 */
export async function measureTabs(
  { say }: BenchOptions,
  dashboard: DashboardProcess,
  database: Database,
  { tabs, seconds }: { readonly tabs: number; readonly seconds: number },
): Promise<Part> {
  const tokens = createApiTokens(database);
  const secrets: string[] = [];
  for (let tab = 0; tab < tabs; tab += 1) {
    const wish = { name: `tab-${tab}`, role: 'viewer', days: 1 } as const;
    secrets.push((await tokens.create(wish, 'bench')).secret);
  }
  const settleMs = Math.min(mostSettleMs, seconds * 1_000);
  const costOf = async (open: number): Promise<Cost> => {
    say(`${open} open tabs, ${seconds} s …`);
    const ended = new AbortController();
    const changes = keepChanging(database);
    try {
      const streams = await Promise.all(
        secrets.slice(0, open).map((secret) => openTab(dashboard.url, secret, ended.signal)),
      );
      await delay(settleMs);
      const before = { cpuMs: dashboard.cpuMs(), at: performance.now(), events: sum(streams) };
      const statements = await statementsOf(database);
      await delay(seconds * 1_000);
      const cost = {
        statements: (await statementsOf(database)) - statements,
        cpuMs: dashboard.cpuMs() - before.cpuMs,
        events: sum(streams) - before.events,
        seconds: (performance.now() - before.at) / 1_000,
      };
      const lost = streams.filter((stream) => stream.isOver).length;
      if (lost > 0) throw new Error(`${lost} of ${open} streams ended by themselves`);
      return cost;
    } finally {
      ended.abort();
      await changes.end();
      await delay(settleMs);
    }
  };
  await costOf(1); // the first one warms up
  const one = await costOf(1);
  const many = await costOf(tabs);
  const rate = ({ statements, seconds: took }: Cost) => statements / took;
  const load = ({ cpuMs, seconds: took }: Cost) => cpuMs / took / 10;
  return {
    checks: [
      atMost(`${tabs} open tabs: statements beside one tab`, rate(many) / rate(one), 1.2, 'times'),
      atLeast(
        `${tabs} open tabs: events that each gets, beside one tab`,
        many.events / tabs / (one.events || Number.NaN),
        0.8,
        'times',
      ),
      atMost(`${tabs} open tabs: processor time of the dashboard`, load(many), 50, '% of a core'),
    ],
    figures: {
      'open tabs on the overview': [one, many].map((cost, index) => ({
        what: index === 0 ? 'one tab' : `${tabs} tabs`,
        'statements/s': rounded(rate(cost)),
        'processor, % of a core': rounded(load(cost)),
        'events a tab': rounded(cost.events / (index === 0 ? 1 : tabs)),
      })),
    },
  };
}

/** Runs end all the time: every look at the overview finds something else. */
function keepChanging({ sql }: Database): { end(): Promise<void> } {
  const ended = new AbortController();
  const work = async () => {
    for (let turn = 0; !ended.signal.aborted; turn += 1) {
      await sql`
        update runs set closed_at = now(), message = ${`changed ${turn}`}
        where run_id = (select run_id from runs where status = 'failed'
          order by started_at desc limit 1)`;
      await delay(changeEveryMs, undefined, { signal: ended.signal }).catch(() => undefined);
    }
  };
  const working = work();
  return {
    async end() {
      ended.abort();
      await working;
    },
  };
}

interface Tab {
  readonly events: number;
  readonly isOver: boolean;
}

const sum = (tabs: readonly Tab[]): number => tabs.reduce((all, tab) => all + tab.events, 0);

async function openTab(url: string, secret: string, signal: AbortSignal): Promise<Tab> {
  const ask = () =>
    fetch(`${url}/api/live?topics=${topics.join(',')}`, {
      headers: { authorization: `Bearer ${secret}` },
      signal,
    });
  let response = await ask();
  // a busy server is asked again, as browsers do
  for (let time = 1; response.status === 503 && time < mostTries; time += 1) {
    await response.body?.cancel();
    await delay(tryAgainMs);
    response = await ask();
  }
  if (!response.ok) throw new Error(`the stream was answered with ${response.status}`);
  const tab = { events: 0, isOver: false };
  const read = async () => {
    for await (const chunk of response.body ?? []) {
      tab.events +=
        Buffer.from(chunk)
          .toString()
          .match(/^event:/gm)?.length ?? 0;
    }
  };
  void read()
    .catch(() => undefined)
    .finally(() => (tab.isOver = true));
  return tab;
}

/** Every statement outside a transaction commits one. */
async function statementsOf({ sql }: Database): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select (xact_commit + xact_rollback)::float8 as count from pg_stat_database
    where datname = current_database()`;
  return row?.count ?? Number.NaN;
}
