import { ApplicationFailure } from '@temporalio/common';
import type { Effect } from '../contracts/capability.ts';
import type { FlowLimits } from '../contracts/flow-keys.ts';
import { FailureType } from '../contracts/failures.ts';
import type { Gate, Lease, Reservation, WhenAway } from '../platform/gate.ts';

/** Whose limits a call is under, and what repeating it would mean. */
export interface Flow {
  /** `vendor:account` */
  readonly key: string;
  /** Those the agent declares. */
  readonly limits: FlowLimits;
  readonly effect: Effect;
}

interface Caller {
  /** How long the call may take once it has its turn. */
  readonly holdMs: number;
  readonly stopped: AbortSignal;
}

/** Waits for a call's turn at its vendor. */
export type TakeTurn = (flow: Flow, caller: Caller) => Promise<Lease>;

const longestWaitMs = 5_000;
const lookAgainMs = 25;
/** Those who were sent away together don't come back together. */
const spreadMs = 2_000;
const effectsWithoutDatabase: readonly Effect[] = ['read', 'upsert'];

/**
 * Lets callers through as the gate allows, at most 5 s of waiting each. In one process those of a
 * key stand in line: only the first of them asks the database.
 *
 * @returns for each caller a lease that it has to settle; @throws `RateLimited` with the time after
 * which to come again, `DatabaseUnavailable` for what must not go on without it. Both are retried.
 */
export function createTurns(gate: Gate): TakeTurn {
  const lines = new Map<string, Promise<unknown>>();

  async function inLine<T>(key: string, stopped: AbortSignal, act: () => Promise<T>): Promise<T> {
    const before = lines.get(key) ?? Promise.resolve();
    const { promise: left, resolve: leave } = Promise.withResolvers<unknown>();
    lines.set(
      key,
      before.then(() => left),
    );
    try {
      await unlessStopped(before, stopped);
      return await act();
    } finally {
      leave(undefined);
    }
  }

  async function reserve(
    { key, limits, effect }: Flow,
    { holdMs, stopped }: Caller,
    giveUpAt: number,
  ): Promise<Extract<Reservation, { kind: 'go' }>> {
    for (;;) {
      const leftMs = Math.max(giveUpAt - Date.now(), 0);
      const wish = { maxWaitMs: leftMs, holdMs, whenAway: whenAwayFor(effect) };
      const said = await gate.reserve(key, limits, wish);
      if (said.kind === 'go') return said;
      if (said.because !== 'at-once' || leftMs === 0) throw refusal(key, said);
      await gate.wait(key, 'freed', Math.min(lookAgainMs, leftMs), stopped);
    }
  }

  return async (flow, caller) => {
    const { key, effect } = flow;
    const { stopped } = caller;
    const giveUpAt = Date.now() + longestWaitMs;
    for (;;) {
      const { lease, inMs } = await inLine(key, stopped, () => reserve(flow, caller, giveUpAt));
      if (inMs <= 0) return lease;
      try {
        const hasClosed = await gate.wait(key, 'closed', inMs, stopped);
        if (!hasClosed && (await gate.isOpen(key, whenAwayFor(effect)))) return lease;
      } catch (error) {
        await gate.settle(lease, { kind: 'given-back' });
        throw error;
      }
      await gate.settle(lease, { kind: 'given-back' });
    }
  };
}

const whenAwayFor = (effect: Effect): WhenAway =>
  effectsWithoutDatabase.includes(effect) ? 'go-slowly' : 'stop';

function refusal(
  key: string,
  { inMs, because, why }: Extract<Reservation, { kind: 'later' }>,
): ApplicationFailure {
  return ApplicationFailure.create({
    message: `No call of ${key} is due yet: ${why}`,
    type: because === 'no-database' ? FailureType.DatabaseUnavailable : FailureType.RateLimited,
    nextRetryDelay: Math.ceil(inMs + Math.random() * spreadMs),
  });
}

async function unlessStopped(work: Promise<unknown>, stopped: AbortSignal): Promise<void> {
  stopped.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(stopped.reason);
  stopped.addEventListener('abort', stop);
  try {
    await Promise.race([work, promise]);
  } finally {
    stopped.removeEventListener('abort', stop);
  }
}
