import { hostname } from 'node:os';
import type { Database } from '../../src/platform/database.ts';
import { rounded, spread } from '../harness.ts';
import type { Struck } from './storm.ts';

/** Milliseconds from a blow until things went on, by kind of blow. */
export function timesOf(struck: readonly Struck[]): ReadonlyMap<string, readonly number[]> {
  const times = new Map<string, number[]>();
  for (const { blow, tookMs } of struck) times.set(blow, [...(times.get(blow) ?? []), tookMs]);
  return times;
}

/**
 * Milliseconds until what a killed worker had under way was begun again, here or elsewhere: one
 * figure for each try that died.
 */
export async function takeOverTimes(
  { sql }: Database,
  struck: readonly Struck[],
): Promise<readonly number[]> {
  const times: number[] = [];
  for (const { blow, at, killed } of struck) {
    if (!blow.includes('worker')) continue;
    const names = killed.map((pid) => `${pid}@${hostname()}`);
    const rows = await sql<{ ms: number }[]>`
      select extract(epoch from next.started_at - ${at})::float8 * 1000 as ms
      from attempts died
      join lateral (
        select min(started_at) as started_at from attempts
        where run_id = died.run_id and activity_id = died.activity_id
          and attempt > died.attempt
      ) next on next.started_at is not null
      where died.worker = any(${names}) and died.outcome = 'running' and died.started_at < ${at}`;
    times.push(...rows.map(({ ms }) => ms));
  }
  return times;
}

/** Seconds for people. */
export function inSeconds(ms: readonly number[]) {
  const { p50, p95 } = spread(ms.map((each) => each / 1_000));
  return { times: ms.length, p50, p95, longest: rounded(Math.max(...ms) / 1_000) };
}
