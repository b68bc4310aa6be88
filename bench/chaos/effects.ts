import { z } from 'zod';
import type { Database } from '../../src/platform/database.ts';

const Taken = z.object({ taken: z.record(z.string(), z.number()) });
type State = 'intent' | 'sending' | 'done' | 'refused' | 'unknown';
interface Row {
  readonly key: string;
  readonly state: State;
  readonly reason: string;
}

/** What ledger and vendors say of the same things. */
export interface EffectsFound {
  readonly states: Readonly<Record<string, number>>;
  /** Why people have to look, and how often. */
  readonly unknown: Readonly<Record<string, number>>;
  /** What vendors took in more than once. */
  readonly twice: readonly string[];
  /** Where ledger and vendor contradict each other, or the ledger says nothing certain. */
  readonly wrong: readonly string[];
}

/** How a key of the ledger reads at the vendor that counts; those of one kind, in the order of both. */
const counterparts: readonly {
  readonly ledger: RegExp;
  readonly at: string;
  /** Left out where the vendor names things in another way: then only their number is compared. */
  readonly keyOf?: (...parts: string[]) => string;
}[] = [
  {
    ledger: /^lead:([^:]+):([^:]+):(.+)$/,
    at: 'instantly/tour/lead/',
    keyOf: (account = '', campaign = '', email = '') =>
      `instantly/${account}/lead/${campaign}/${email}`,
  },
  {
    ledger: /^campaign:([^:]+):(.+)$/,
    at: 'instantly/tour/campaign/',
    keyOf: (account = '', name = '') => `instantly/${account}/campaign/${name}`,
  },
  {
    ledger: /^export:([^:]+):([^:]+):([^:]+)$/,
    at: 'klap/tour/export/',
    keyOf: (account = '', folder = '', clip = '') => `klap/${account}/export/${folder}/${clip}`,
  },
  { ledger: /^shorts:/, at: 'klap/tour/cut/' },
  { ledger: /^(scrape|contacts):/, at: 'apify/tour/run/' },
];

/** Compares each row of the ledger with the count of the vendor, and the other way round. */
export async function compareEffects({ sql }: Database, vendorsUrl: string): Promise<EffectsFound> {
  const rows = await sql<Row[]>`select key, state, reason from effects order by key`;
  const response = await fetch(`${vendorsUrl}/sandbox/taken`);
  const { taken } = Taken.parse(await response.json());
  const wrong: string[] = [];
  for (const { key, state } of rows) {
    if (state === 'intent' || state === 'sending') wrong.push(`${key} is still ${state}`);
    if (!counterparts.some(({ ledger }) => ledger.test(key))) wrong.push(`${key}: whose is it?`);
  }
  for (const { ledger, at, keyOf } of counterparts) {
    const own = rows.filter(({ key }) => ledger.test(key));
    const there = Object.keys(taken).filter((key) => key.startsWith(at));
    const count = (state: State) => own.filter((row) => row.state === state).length;
    if (!keyOf) {
      const [least, most] = [count('done'), count('done') + count('unknown')];
      if (there.length < least || there.length > most) {
        wrong.push(`${at}: ${there.length} at the vendor, ${least} to ${most} in the ledger`);
      }
      continue;
    }
    const byKey = new Map(
      own.map((row) => [keyOf(...(ledger.exec(row.key) ?? []).slice(1)), row.state]),
    );
    for (const key of there) {
      const state = byKey.get(key);
      if (state !== 'done' && state !== 'unknown') {
        wrong.push(`${key} is at the vendor, and ${state ?? 'not'} in the ledger`);
      }
    }
    for (const [key, state] of byKey) {
      if (state === 'done' && !(key in taken)) wrong.push(`${key} is done, and not at the vendor`);
    }
  }
  const unknown = rows.filter(({ state }) => state === 'unknown');
  wrong.push(...unknown.flatMap(({ key, reason }) => (reason ? [] : [`${key} has no reason`])));
  return {
    states: countsOf(rows.map(({ state }) => state)),
    unknown: countsOf(unknown.map(({ reason }) => reason)),
    twice: Object.entries(taken).flatMap(([key, times]) => (times > 1 ? [`${key} ${times}x`] : [])),
    wrong,
  };
}

/** How often each word is there. */
export function countsOf(words: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
