import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import {
  createLedgerMany,
  type Batch,
  type ManyAnswer,
  type ManyOutcome,
} from '../../src/platform/ledger-many.ts';
import { createLedger } from '../../src/platform/ledger.ts';
import { testDatabase, type TestDatabase } from '../support/servers.ts';
import { Died, faulty, type Fault } from './model-vendor.ts';

let own: TestDatabase;
let database: Database;
beforeAll(async () => {
  own = await testDatabase('ledger-many');
  database = openDatabase(own.url, 10);
});
afterAll(async () => {
  await database.close();
  await own.drop();
});

const deadlineMs = 80;
const freezeMs = 90;
const Result = z.object({ id: z.number() });
let lists = 0;
const newKeys = (count: number) => {
  const list = (lists += 1);
  return Array.from({ length: count }, (_, at) => `lead:acme:spring:${list}-${at}@example.com`);
};

/** What becomes of one call. */
type Fate = 'done' | 'lost' | 'never' | 'none' | 'stopped' | 'one-is-wrong' | 'late';

/** A vendor that takes lists, and refuses a list with somebody it does not like in it. */
function vendor(fates: readonly Fate[], disliked: readonly string[] = []) {
  const taken: string[] = [];
  let calls = 0;
  const answerTo = (items: readonly string[]): ManyAnswer<{ id: number }> => ({
    kind: 'each',
    answers: items.map((key) => {
      taken.push(key);
      return { kind: 'done', result: { id: taken.length } };
    }),
  });
  const batch = (keys: readonly string[]): Batch<string, { id: number }> => ({
    wanted: keys.map((key) => ({ key, request: { key }, item: key })),
    answer: Result,
    deadlineMs,
    askAtOnce: 3,
    async call(items) {
      const fate = fates[calls] ?? 'done';
      calls += 1;
      if (fate === 'stopped') return { kind: 'stopped', error: new Error('slow down') };
      if (fate === 'never') throw new Error('the connection broke');
      if (items.some((item) => disliked.includes(item)) || fate === 'one-is-wrong')
        return { kind: 'one-is-wrong', reason: 'not this one' };
      if (fate === 'late') await delay(deadlineMs + 10);
      const answer = answerTo(items);
      if (fate === 'lost') throw new Error('the answer broke');
      return answer;
    },
    lookUp: (items) =>
      Promise.resolve(
        items.map((key) =>
          taken.includes(key)
            ? { kind: 'found', result: { id: taken.indexOf(key) + 1 } }
            : { kind: 'absent' },
        ),
      ),
  });
  return { taken, batch, callCount: () => calls };
}

const isOpen = ({ kind }: ManyOutcome<unknown>) => kind === 'in-flight';

/** Does it as an activity would: again until nothing is under way. */
async function toTheEnd(on: Database, batch: Batch<string, { id: number }>) {
  const ledger = createLedgerMany({ database: on, freezeMs });
  for (let tries = 0; tries < 60; tries += 1) {
    try {
      const outcomes = await ledger.onceMany('send', batch);
      const waits = [...outcomes.values()].flatMap((each) =>
        each.kind === 'in-flight' ? each.retryInMs : [],
      );
      if (waits.length === 0) return outcomes;
      await delay(Math.max(...waits) + 1);
    } catch (error) {
      if (error instanceof Died) return undefined;
      if (!(error instanceof Error) || error.message !== 'slow down') throw error;
    }
  }
  throw new Error('no end after 60 tries');
}

const fate = fc.constantFrom<Fate>('done', 'lost', 'never', 'stopped', 'one-is-wrong', 'late');

test('whatever is lost, refused or dies, with two workers at once: each once, and all come to an end', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        count: fc.integer({ min: 1, max: 9 }),
        fates: fc.array(fate, { maxLength: 5 }),
        fault: fc.option(
          fc.record<Fault>({
            after: fc.integer({ min: 1, max: 9 }),
            kind: fc.constantFrom('dies', 'freezes'),
            ms: fc.constantFrom(5, deadlineMs + 10, deadlineMs + freezeMs + 20),
          }),
        ),
        behindMs: fc.integer({ min: 0, max: 120 }),
        dislikes: fc.option(fc.integer({ min: 0, max: 8 })),
      }),
      async ({ count, fates, fault, behindMs, dislikes }) => {
        const keys = newKeys(count);
        const bad = keys.filter((_, at) => at === dislikes);
        const { taken, batch } = vendor(fates, bad);
        const mortal = faulty(database, fault);
        const [, second] = await Promise.all([
          toTheEnd(mortal, batch(keys)),
          delay(behindMs).then(() => toTheEnd(database, batch([...keys].reverse()))),
        ]);
        expect(taken.length).toBe(new Set(taken).size);
        expect(second?.size).toBe(count);
        for (const [key, outcome] of second ?? []) {
          if (bad.includes(key)) expect(outcome.kind).toBe('rejected');
          else if (outcome.kind === 'done') expect(taken).toContain(key);
          else expect(outcome.kind).toBe('rejected'); // alone, on a bad day of the vendor
        }
      },
    ),
    { numRuns: 40 },
  );
}, 180_000);

test('a list with one bad entry is halved until that stands alone', async () => {
  const keys = newKeys(8);
  const { taken, batch, callCount } = vendor([], [keys[5] ?? '']);
  const outcomes = await createLedgerMany({ database }).onceMany('send', batch(keys));
  expect([...outcomes].filter(([, { kind }]) => kind !== 'done')).toEqual([
    [keys[5], { kind: 'rejected', reason: 'not this one' }],
  ]);
  expect([...taken].sort()).toEqual(keys.filter((key) => key !== keys[5]));
  expect(callCount()).toBe(7);
});

test('a stopped call leaves every row free at once, also of those that were still to be sent', async () => {
  const keys = newKeys(4);
  const { batch } = vendor(['one-is-wrong', 'done', 'stopped']);
  const ledger = createLedgerMany({ database });
  await expect(ledger.onceMany('send', batch(keys))).rejects.toThrow('slow down');
  const outcomes = await ledger.onceMany('send', batch(keys));
  expect([...outcomes.values()].some(isOpen)).toBe(false);
});

test('a single one and a list share the row, and another content under it is told', async () => {
  const keys = newKeys(3);
  const [one = '', two = ''] = keys;
  const single = await createLedger({ database }).once('send', {
    ...{ key: one, request: { key: one }, answer: Result },
    call: () => Promise.resolve({ kind: 'done', result: { id: 77 } }),
  });
  expect(single).toMatchObject({ kind: 'done', isFresh: true });
  const { batch, taken } = vendor([]);
  const ledger = createLedgerMany({ database });
  const outcomes = await ledger.onceMany('send', batch(keys));
  expect(outcomes.get(one)).toEqual({ kind: 'done', result: { id: 77 }, isFresh: false });
  expect(taken).toEqual(keys.slice(1));
  const other = batch([two]);
  const wanted = other.wanted.map((each) => ({ ...each, request: { other: true } }));
  expect((await ledger.onceMany('send', { ...other, wanted })).get(two)).toMatchObject({
    kind: 'reused',
  });
});
