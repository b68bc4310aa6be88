import { setTimeout as delay } from 'node:timers/promises';
import { RunList } from '../../src/contracts/api.ts';
import { agents } from '../../src/contracts/agents.ts';
import {
  atMost,
  interleaved,
  quantile,
  rounded,
  shuffled,
  spread,
  type BenchOptions,
  type BenchResult,
} from '../harness.ts';
import type { Filled } from './fill.ts';

type Part = Pick<BenchResult, 'checks' | 'figures'>;

const mostMs = 300;
const mostAwayMs = 60_000;
const askAgainMs = 200;
/** Questions of one kind in a round; where there are fewer, each is asked several times. */
const least = 20;
const states = [undefined, 'open', 'needs-you', 'completed', 'failed', 'cancelled'];
const requesters = [undefined, 'person', 'cli', 'schedule', 'tour', 'temporal'];
const spans = [1, 7, 30, undefined];
const taskStates = [undefined, 'open', 'completed', 'failed', 'retrying'];

/** What is asked for, by the name of its group. */
type Questions = Readonly<Record<string, readonly string[]>>;

/**
 * How long the server takes to answer what pages ask, over HTTP, one question after the other.
 *
 * @param most questions a group and round, drawn by lot where there are more.
 */
export async function measureReads(
  options: BenchOptions,
  url: string,
  filled: Filled,
  { rounds, most }: { readonly rounds: number; readonly most: number },
): Promise<Part> {
  const slowest = new Map<string, { path: string; ms: number }>();
  const ask = async (group: string, path: string): Promise<number> => {
    const began = performance.now();
    await answerOf(url + path);
    const ms = performance.now() - began;
    if (ms > (slowest.get(group)?.ms ?? 0)) slowest.set(group, { path, ms });
    return ms;
  };
  const questions = await questionsOf(url, filled);
  const contestants = Object.entries(questions).map(([group, paths]) => {
    let round = 0;
    const contestant = async () => {
      round += 1;
      const tookMs: number[] = [];
      const repeats = Math.ceil(least / Math.min(paths.length, most));
      for (const path of shuffled(paths, options.seed + round).slice(0, most)) {
        for (let time = 0; time < repeats; time += 1) tookMs.push(await ask(group, path));
      }
      return tookMs;
    };
    return [group, contestant] as const;
  });
  const samples = await interleaved(options, rounds, Object.fromEntries(contestants));
  const groups = [...samples];
  return {
    checks: groups.map(([group, tookMs]) =>
      atMost(`${group}: p95`, quantile(tookMs, 0.95), mostMs, 'ms'),
    ),
    figures: {
      'answers over HTTP, ms': groups.map(([group, tookMs]) => ({
        what: group,
        questions: questions[group]?.length ?? 0,
        asked: tookMs.length,
        ...spread(tookMs),
        most: rounded(quantile(tookMs, 1)),
        slowest: slowest.get(group)?.path ?? '',
      })),
    },
  };
}

type Value = string | number | undefined;

const pathOf = (path: string, query: Readonly<Record<string, Value>>): string => {
  const pairs = Object.entries(query).flatMap(([key, value]): [string, string][] =>
    value === undefined ? [] : [[key, String(value)]],
  );
  return `${path}?${new URLSearchParams(pairs).toString()}`;
};

/** Every choice of the first list with every one of the second, and so on. */
const combined = (
  choices: Readonly<Record<string, readonly Value[]>>,
): readonly Readonly<Record<string, Value>>[] =>
  Object.entries(choices).reduce<readonly Readonly<Record<string, Value>>[]>(
    (all, [key, values]) =>
      all.flatMap((each) => values.map((value) => ({ ...each, [key]: value }))),
    [{}],
  );

async function questionsOf(url: string, filled: Filled): Promise<Questions> {
  const since = spans.map((days) =>
    days === undefined ? undefined : new Date(Date.now() - days * 86_400_000).toISOString(),
  );
  const agent = [undefined, ...agents.map(({ id }) => id)];
  const capability = agents.flatMap(({ capabilities }) => capabilities.map(({ id }) => id));
  const account = [undefined, ...filled.accounts];
  const runs = (choices: Readonly<Record<string, readonly Value[]>>) =>
    combined(choices).map((query) => pathOf('/api/runs', { limit: 50, ...query }));
  const cursor = await cursors(url, [0.5, 0.95], filled.runs);
  const q = ['stored-77', 'lead-1', 'ServiceUnavailable', 'nothing has this name'];
  const swarm = `/api/swarms/${encodeURIComponent(filled.swarm)}`;
  const from = [0, 0.5, 0.95].map((share) => Math.floor(filled.tasks * share));
  const size = Math.max(1, Math.ceil(filled.tasks / 1_000));
  return {
    'runs, no filter': runs({ from: since }),
    'runs, every filter': [
      ...runs({ state: states, agent, by: requesters, from: since }),
      ...runs({ state: states, capability, account, from: since }),
    ],
    'runs, by words': runs({ q, state: states, agent, from: since }),
    'runs, deep in the list': runs({ cursor, state: states, agent, account }),
    'swarm, its page': [swarm],
    'swarm, grid': [pathOf(`${swarm}/tiles`, {})],
    'swarm, one tile of the grid': from.map((first) =>
      pathOf(`${swarm}/tiles`, { from: first, to: first + size }),
    ),
    'swarm, tasks by filter': [
      ...combined({ state: taskStates, from }),
      ...combined({ failure: ['InvalidRequest', 'RateLimited', 'Gone'], from }),
    ].map((query) => pathOf(`${swarm}/tasks`, query)),
    overview: ['/api/overview'],
  };
}

/** A server that is away for a moment is asked again, as pages do: that counts as a slow answer. */
async function answerOf(address: string): Promise<string> {
  const giveUpAt = performance.now() + mostAwayMs;
  for (;;) {
    const response = await fetch(address);
    const text = await response.text();
    if (response.ok) return text;
    if (response.status !== 503 || performance.now() > giveUpAt) {
      throw new Error(`${address} was answered with ${response.status}: ${text.slice(0, 500)}`);
    }
    await delay(askAgainMs);
  }
}

/** Where the list of runs goes on after such shares of it: any filter takes these. */
async function cursors(
  url: string,
  shares: readonly number[],
  runs: number,
): Promise<readonly string[]> {
  const found: string[] = [];
  const limit = Math.min(200, Math.max(1, Math.floor(runs / 40)));
  let cursor: string | undefined;
  for (let seen = 0; found.length < shares.length; seen += limit) {
    const raw: unknown = JSON.parse(await answerOf(url + pathOf('/api/runs', { limit, cursor })));
    const { next } = RunList.parse(raw);
    if (next === null) return found;
    const share = shares[found.length] ?? 1;
    // starters are left out of the list, one in forty
    if (seen + limit >= runs * 0.97 * share) found.push(next);
    cursor = next;
  }
  return found;
}
