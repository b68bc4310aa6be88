import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createCoordination, type Coordination } from '../../src/platform/coordination.ts';
import { isDatabaseAway, openDatabase, type Database } from '../../src/platform/database.ts';
import { eventually, scratchFolder } from '../support/scratch.ts';
import { startPostgres, testDatabase, type TestDatabase } from '../support/servers.ts';

let own: TestDatabase;
let database: Database;
let coordination: Coordination;
beforeAll(async () => {
  own = await testDatabase('coordination');
  database = openDatabase(own.url, 10);
  coordination = createCoordination(database);
});
afterAll(async () => {
  await database.close();
  await own.drop();
});

let names = 0;
const newName = (): string => `sheet:${(names += 1)}`;
const forMs = 60_000;
const patienceMs = 20_000;

/** Lets time pass for one lease: everything in its row ends so much earlier. */
async function pass(name: string, ms: number): Promise<void> {
  const { sql } = database;
  const earlier = (column: 'holders' | 'waiting') => sql`
    (select coalesce(jsonb_object_agg(key, value || jsonb_build_object(
      'until', (value->>'until')::bigint - ${ms}::bigint)), '{}') from jsonb_each(${sql(column)}))`;
  await sql`update leases set holders = ${earlier('holders')}, waiting = ${earlier('waiting')}
    where name = ${name}`;
}

/** What should be in the row; times are those that `pass` let go by. */
interface Model {
  now: number;
  token: number;
  holders: Map<string, { readonly token: number; until: number }>;
  /** In the order of their tickets. */
  line: Map<string, number>;
}

type Step = fc.AsyncCommand<Model, string>;
const people = ['ada', 'bo', 'cy', 'di', 'ed'];

function forget(model: Model): void {
  for (const [who, { until }] of model.holders) if (until <= model.now) model.holders.delete(who);
  for (const [who, until] of model.line) if (until <= model.now) model.line.delete(who);
}

const asking = (holder: string, places: number, leaseMs: number): Step => ({
  check: () => true,
  async run(model, name) {
    forget(model);
    const answer = await coordination.acquire({ name, places, holder, forMs: leaseMs });
    const held = model.holders.get(holder);
    const inLine = [...model.line.keys()];
    const ahead = inLine.includes(holder) ? inLine.indexOf(holder) : inLine.length;
    if (held) {
      expect(answer).toEqual({ kind: 'granted', token: held.token });
      held.until = Math.max(held.until, model.now + leaseMs);
    } else if (ahead < places - model.holders.size) {
      if (answer.kind !== 'granted') throw new Error(`${holder} should have been granted`);
      expect(answer.token).toBeGreaterThan(model.token);
      model.token = answer.token;
      model.holders.set(holder, { token: answer.token, until: model.now + leaseMs });
      model.line.delete(holder);
    } else {
      expect(answer).toMatchObject({ kind: 'ticket', place: ahead + 1 });
      model.line.set(holder, model.now + patienceMs);
    }
  },
  toString: () => `${holder} asks for one of ${places} for ${leaseMs}`,
});

const renewing = (holder: string, leaseMs: number): Step => ({
  check: (model) => model.holders.has(holder),
  async run(model, name) {
    const held = model.holders.get(holder) ?? { token: 0, until: 0 };
    const isHeld = held.until > model.now;
    const { token } = held;
    expect(await coordination.renew({ name, holder, token }, leaseMs)).toBe(isHeld);
    expect(await coordination.renew({ name, holder, token: token - 1 }, leaseMs)).toBe(false);
    if (isHeld) held.until = Math.max(held.until, model.now + leaseMs);
  },
  toString: () => `${holder} renews for ${leaseMs}`,
});

const releasing = (holder: string): Step => ({
  check: () => true,
  async run(model, name) {
    forget(model);
    const token = model.holders.get(holder)?.token;
    const was = token !== undefined ? 'held' : model.line.has(holder) ? 'waited' : 'lost';
    const told = await coordination.release({ name, holder, token });
    expect(told).toBe(was);
    model.holders.delete(holder);
    model.line.delete(holder);
  },
  toString: () => `${holder} releases`,
});

const passing = (ms: number): Step => ({
  check: () => true,
  async run(model, name) {
    await pass(name, ms);
    model.now += ms;
  },
  toString: () => `${ms} ms pass`,
});

test('a lease does as its model, whatever order people ask, sleep, renew and leave in', async () => {
  const who = fc.constantFrom(...people);
  const leaseMs = fc.constantFrom(10_000, 30_000, 60_000);
  const places = fc.constantFrom(1, 1, 2, 3);
  const steps = fc.commands(
    [
      fc.tuple(who, places, leaseMs).map((args) => asking(...args)),
      fc.tuple(who, places, leaseMs).map((args) => asking(...args)),
      fc.tuple(who, leaseMs).map((args) => renewing(...args)),
      who.map(releasing),
      fc.constantFrom(5_000, 10_000, 20_000).map(passing),
    ],
    { size: '+1' },
  );
  await fc.assert(
    fc.asyncProperty(steps, async (commands) => {
      const model: Model = { now: 0, token: 0, holders: new Map(), line: new Map() };
      await fc.asyncModelRun(() => ({ model, real: newName() }), commands);
    }),
    { numRuns: 150 },
  );
}, 60_000);

/** Takes a lease as often as it is told, and asks as often as it must. */
async function contend(
  leases: Coordination,
  name: string,
  places: number,
  holder: string,
  inside: (token: number) => Promise<void>,
): Promise<void> {
  await eventually(`${holder} to be let in`, async () => {
    const answer = await survived(() => leases.acquire({ name, places, holder, forMs }));
    if (answer?.kind !== 'granted') return false;
    await inside(answer.token);
    return true;
  });
  await eventually(`${holder} to leave`, () => survived(() => leases.release({ name, holder })));
}

/** `undefined` when the database was away; the answer may be lost, or the question. */
async function survived<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isDatabaseAway(error)) return undefined;
    throw error;
  }
}

test.each([1, 3])(
  'of thirty at once never more than %i are inside, although Postgres is killed',
  async (places) => {
    const server = await startPostgres({ stateDir: scratchFolder() });
    const restarted = openDatabase(server.url, 10);
    const leases = createCoordination(restarted);
    const name = newName();
    const tokens: number[] = [];
    let inside = 0;
    let most = 0;
    try {
      const all = Array.from({ length: 30 }, (_, at) =>
        contend(leases, name, places, `member-${at}`, async (token) => {
          inside += 1;
          most = Math.max(most, inside);
          tokens.push(token);
          await delay(20);
          inside -= 1;
        }),
      );
      await eventually('some to have been inside', () => tokens.length > 5);
      server.kill();
      await Promise.all(all);
      expect(most).toBe(places);
      expect(tokens).toHaveLength(30);
      expect(new Set(tokens).size).toBe(30);
      if (places === 1) expect(tokens).toEqual([...tokens].sort((a, b) => a - b));
      expect(await leases.list()).toEqual([]);
    } finally {
      await restarted.close();
      await server.end();
    }
  },
  60_000,
);

test('those who keep asking are served in the order they came, in whatever order they ask again', async () => {
  const name = newName();
  const ask = (holder: string) => coordination.acquire({ name, places: 1, holder, forMs });
  await ask('first');
  for (const holder of people) await ask(holder);
  let inside = 'first';
  const served: string[] = [];
  while (served.length < people.length) {
    await coordination.release({ name, holder: inside });
    const waiting = people.filter((each) => !served.includes(each));
    const answers = await Promise.all(
      [...waiting].reverse().map(async (holder) => ({ holder, ...(await ask(holder)) })),
    );
    const granted = answers.filter(({ kind }) => kind === 'granted').map(({ holder }) => holder);
    expect(granted).toHaveLength(1);
    inside = granted[0] ?? '';
    served.push(inside);
  }
  expect(served).toEqual(people);
});

test('a holder that slept past its time is told so, and the next one’s token is higher', async () => {
  const name = newName();
  const ask = (holder: string) => coordination.acquire({ name, places: 1, holder, forMs: 10_000 });
  const sleeper = await ask('sleeper');
  if (sleeper.kind !== 'granted') throw new Error('expected a free lease');
  const held = { name, holder: 'sleeper', token: sleeper.token };
  expect(await coordination.renew(held, 10_000)).toBe(true);
  expect(await ask('next')).toEqual({ kind: 'ticket', place: 1, retryInMs: 1_000 });
  await pass(name, 10_000);
  const next = await ask('next');
  expect(next.kind === 'granted' && next.token > sleeper.token).toBe(true);
  expect(await coordination.renew(held, 10_000)).toBe(false);
  expect(await coordination.release(held)).toBe('lost');
  const shown = (await coordination.list()).find((each) => each.name === name);
  expect(shown).toMatchObject({ places: 1, holders: [{ holder: 'next' }], waiting: [] });
});

test('tokens go on growing after a row was pruned', async () => {
  const name = newName();
  const ask = () => coordination.acquire({ name, places: 1, holder: 'ada', forMs });
  const before = await ask();
  await database.sql`delete from leases where name = ${name}`;
  await delay(2); // the next millisecond by the database’s clock
  const after = await ask();
  if (before.kind !== 'granted' || after.kind !== 'granted') throw new Error('expected grants');
  expect(after.token).toBeGreaterThan(before.token);
});

test('a barrier opens for all once all are there at the same time, not before', async () => {
  const arrive = (member: string, name = 'import-done') =>
    coordination.arrive(name, { parties: 3, member });
  expect(await arrive('ada')).toMatchObject({ kind: 'waiting', missing: 2 });
  expect(await arrive('ada')).toMatchObject({ kind: 'waiting', missing: 2 });
  expect(await arrive('bo')).toMatchObject({ kind: 'waiting', missing: 1 });
  await database.sql`update barriers set members = members || jsonb_build_object('ada', 0)`;
  expect(await arrive('cy')).toMatchObject({ kind: 'waiting', missing: 1 });
  expect(await arrive('ada')).toEqual({ kind: 'open' });
  expect(await arrive('late')).toEqual({ kind: 'open' });
  const all = await Promise.all(
    Array.from({ length: 20 }, (_, at) =>
      coordination.arrive('many', { parties: 20, member: `member-${at}` }),
    ),
  );
  expect(all.filter(({ kind }) => kind === 'open')).toHaveLength(1);
  expect(await arrive('member-3', 'many')).toEqual({ kind: 'open' });
});
