import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Database } from '../../src/platform/database.ts';
import type { Answer, Found, Order } from '../../src/platform/ledger.ts';

/** What the vendor answers to a write. */
export const Receipt = z.object({ id: z.string() });
export type Receipt = z.infer<typeof Receipt>;

/** How one write goes: `late` arrives that many milliseconds after the call began, if at all. */
export type Fate =
  | { readonly kind: 'done' | 'answer-lost' | 'never-arrives' | 'refused' | 'refused-for-now' }
  | { readonly kind: 'late'; readonly ms: number };

/** How asking the vendor goes; it never lies. */
export type Look = 'tells' | 'cannot-tell' | 'fails' | 'is-not-there';

/** A vendor that counts what it did for each key. */
export function modelVendor(freezeMs: number) {
  const counts = new Map<string, number>();
  const late: Promise<void>[] = [];
  let calls = 0;

  const take = (key: string): Answer<Receipt> => {
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return { kind: 'done', result: { id: key } };
  };
  const write = async (key: string, fate: Fate): Promise<Answer<Receipt>> => {
    calls += 1;
    const began = performance.now();
    await Promise.resolve();
    switch (fate.kind) {
      case 'done':
        return take(key);
      case 'answer-lost':
        take(key);
        throw new Error('the connection broke');
      case 'never-arrives':
        throw new Error('nobody answers');
      case 'refused':
        return { kind: 'refused', reason: '422: no such campaign', stands: true };
      case 'refused-for-now':
        return { kind: 'refused', reason: '429: slow down', stands: false };
      case 'late': {
        const arrival = delay(fate.ms).then(() => {
          // a stall of this machine is no freeze that the ledger claims to survive
          if (performance.now() - began < freezeMs) take(key);
        });
        late.push(arrival);
        await arrival;
        throw new Error('the answer came after the deadline');
      }
    }
  };
  const ask = async (key: string, look: Look): Promise<Found<Receipt>> => {
    await Promise.resolve();
    if (look === 'fails') throw new Error('the look-up broke');
    if (look === 'cannot-tell') return { kind: 'cannot-tell', reason: 'the vendor forgot' };
    return counts.has(key) ? { kind: 'found', result: { id: key } } : { kind: 'absent' };
  };
  return {
    countOf: (key: string): number => counts.get(key) ?? 0,
    calls: (): number => calls,
    /** Everything that is on its way has arrived. */
    settled: (): Promise<unknown> => Promise.all(late),
    order: (key: string, fate: Fate, look: Look, deadlineMs: number): Order<Receipt> => ({
      key,
      request: { key },
      answer: Receipt,
      deadlineMs,
      call: () => write(key, fate),
      ...(look === 'is-not-there' ? {} : { lookUp: () => ask(key, look) }),
    }),
  };
}

/**
 * What befalls a process right after its nth statement, counted from 1: it is gone, only it stands
 * still, or the whole machine does, timers and all.
 */
export interface Fault {
  readonly after: number;
  readonly kind: 'dies' | 'freezes' | 'machine-freezes';
  readonly ms: number;
}

/** The process is gone: nothing it would have done next happens. */
export class Died extends Error {
  override readonly name = 'Died';
}

/** The database as one process sees it, which meets a fault at a statement. */
export function faulty(database: Database, fault: Fault | null): Database {
  let statements = 0;
  let isDead = false;
  const run = async (statement: () => unknown): Promise<unknown> => {
    if (isDead) throw new Died();
    statements += 1;
    const isHit = statements === fault?.after;
    const rows: unknown = await statement();
    if (isHit && fault.kind === 'freezes') await delay(fault.ms);
    if (isHit && fault.kind === 'machine-freezes') {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, fault.ms);
    }
    if (isHit && fault.kind === 'dies') {
      isDead = true;
      throw new Died();
    }
    return rows;
  };
  const sql = new Proxy(database.sql, {
    apply: (target, self, words: unknown[]) => run(() => Reflect.apply(target, self, words)),
  });
  return { ...database, sql };
}
