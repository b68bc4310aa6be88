import { setTimeout as delay } from 'node:timers/promises';
import type { FaultRuleInput } from '../../src/sandbox/faults.ts';

const answers = (status: number, retryAfterSeconds?: number) =>
  ({ kind: 'status', status, retryAfterSeconds }) as const;
/** What goes wrong at the vendors for a while; half of the time nothing does. */
const troubles: Readonly<Record<string, readonly FaultRuleInput[]>> = {
  '429 with Retry-After': [{ every: 4, fault: answers(429, 1) }],
  '500 for every third': [{ every: 3, fault: answers(500) }],
  '503 with Retry-After': [{ every: 5, fault: answers(503, 2) }],
  garbage: [{ every: 4, fault: { kind: 'malformed' } }],
  silence: [{ every: 6, fault: { kind: 'silence' } }],
  'cut answers': [{ every: 4, fault: { kind: 'cut' } }],
  'late answers': [{ every: 2, fault: { kind: 'late', delayMs: 600 } }],
  'web pages': [{ every: 5, fault: { kind: 'html', status: 502 } }],
};
const none: readonly [string, readonly FaultRuleInput[]] = ['calm', []];

/** Faults of the vendors that change every few seconds, until it ends. */
export function badWeather(vendorsUrl: string, dice: () => number) {
  const seen: Record<string, number> = {};
  const over = new AbortController();
  const isOver = () => over.signal.aborted;
  const set = async (rules: readonly FaultRuleInput[]): Promise<void> => {
    await fetch(`${vendorsUrl}/sandbox/faults`, { method: 'PUT', body: JSON.stringify(rules) });
  };
  async function change(): Promise<void> {
    const all = Object.entries(troubles);
    while (!isOver()) {
      const isCalm = dice() < 0.5;
      const [name, rules] = (isCalm ? none : all[Math.floor(dice() * all.length)]) ?? none;
      seen[name] = (seen[name] ?? 0) + 1;
      await set(rules);
      const until = Date.now() + 1_500 + 3_500 * dice();
      while (!isOver() && Date.now() < until) await delay(50);
    }
    await set([]);
  }
  const changing = change();
  changing.catch(() => undefined); // whoever ends it hears of it
  return {
    /** Clears up. @returns how often which trouble came up. */
    async end(): Promise<Readonly<Record<string, number>>> {
      over.abort();
      await changing;
      return seen;
    },
  };
}
