import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { AgentBundle } from '../activities/agent.ts';
import type { AnyCapabilityActivity } from '../activities/activities.ts';
import { FailureType } from '../contracts/failures.ts';
import type { AgentLoad, LoadCounts } from '../contracts/load.ts';

/** What this process has done for each of its agents, alone or within swarms. */
export interface Tally {
  /** The same agent, counted: each try of a task, whether it went well, and how long it took. */
  counting(bundle: AgentBundle): AgentBundle;
  read(): AgentLoad[];
}

interface Counter {
  inFlight: number;
  readonly total: Sums;
  /** By minute since 1970; those of the last hour. */
  readonly minutes: Map<number, Sums>;
}

interface Sums {
  done: number;
  failed: number;
  busyMs: number;
}

const minuteMs = 60_000;
const keptMinutes = 60;
const recentMinutes = 10;
const none = (): Sums => ({ done: 0, failed: 0, busyMs: 0 });

/** @param now milliseconds since 1970. */
export function createTally(now = Date.now): Tally {
  const counters = new Map<string, Counter>();
  const thisMinute = (): number => Math.floor(now() / minuteMs);

  function note(counter: Counter, tookMs: number, end: 'done' | 'failed' | 'stopped'): void {
    const minute = thisMinute();
    for (const old of counter.minutes.keys()) {
      if (old <= minute - keptMinutes) counter.minutes.delete(old);
    }
    const current = counter.minutes.get(minute) ?? none();
    counter.minutes.set(minute, current);
    for (const sums of [counter.total, current]) {
      if (end !== 'stopped') sums[end] += 1;
      sums.busyMs += tookMs;
    }
  }

  const counted = (counter: Counter, act: AnyCapabilityActivity): AnyCapabilityActivity =>
    async function countedActivity(call) {
      const began = performance.now();
      let end: Parameters<typeof note>[2] = 'done';
      counter.inFlight += 1;
      try {
        return await act(call);
      } catch (error) {
        end = isStop(error) ? 'stopped' : 'failed';
        throw error;
      } finally {
        counter.inFlight -= 1;
        note(counter, performance.now() - began, end);
      }
    };

  function sumOf(counter: Counter, minutes: number): LoadCounts {
    const after = thisMinute() - minutes;
    const all = none();
    for (const [minute, { done, failed, busyMs }] of counter.minutes) {
      if (minute <= after) continue;
      all.done += done;
      all.failed += failed;
      all.busyMs += busyMs;
    }
    return countsOf(all);
  }

  return {
    counting(bundle) {
      const counter: Counter = { inFlight: 0, total: none(), minutes: new Map() };
      counters.set(bundle.agent.id, counter);
      const activities = Object.entries(bundle.activities).map(
        ([id, act]) => [id, counted(counter, act)] as const,
      );
      return { ...bundle, activities: Object.fromEntries(activities) };
    },

    read: () =>
      [...counters].map(([agent, counter]) => ({
        agent,
        inFlight: counter.inFlight,
        sinceStart: countsOf(counter.total),
        lastHour: sumOf(counter, keptMinutes),
        lastTenMinutes: sumOf(counter, recentMinutes),
      })),
  };
}

/** A try that was cancelled or handed back is nobody's failure. */
const isStop = (error: unknown): boolean =>
  error instanceof CancelledFailure ||
  (error instanceof ApplicationFailure && error.type === FailureType.HandedBack) ||
  (error instanceof Error && error.name === 'AbortError');

const countsOf = ({ done, failed, busyMs }: Sums): LoadCounts => ({
  done,
  failed,
  busySeconds: Math.round(busyMs / 100) / 10,
});
