import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import {
  createSuppressions,
  patternsIn,
  type Suppressions,
} from '../../src/platform/suppressions.ts';
import { testDatabase, type TestDatabase } from '../support/servers.ts';

let own: TestDatabase;
let database: Database;
let list: Suppressions;
beforeAll(async () => {
  own = await testDatabase('suppressions');
  database = openDatabase(own.url, 2);
  list = createSuppressions(database);
});
beforeEach(() => database.sql`truncate suppressions`);
afterAll(async () => {
  await database.close();
  await own.drop();
});

const asked = { by: 'mara', reason: 'asked us to stop' };

test('refuses an address whatever its letters, and a domain with all below it, but no other', async () => {
  await list.add(['Mara@Example.com', '@acme.test', 'bücher.example'], asked);
  const refused = await list.refuse([
    ' MARA@EXAMPLE.COM ',
    'tom@example.com',
    'x@acme.test',
    'x@mail.eu.Acme.Test.',
    'x@notacme.test',
    'x@acme.test.example.org',
    'leser@BÜCHER.example',
  ]);
  expect(refused.map(({ address, pattern }) => [address, pattern])).toEqual([
    [' MARA@EXAMPLE.COM ', 'mara@example.com'],
    ['x@acme.test', 'acme.test'],
    ['x@mail.eu.Acme.Test.', 'acme.test'],
    ['leser@BÜCHER.example', 'xn--bcher-kva.example'],
  ]);
  expect(refused[0]?.reason).toBe('asked us to stop');
});

test('what is not an address is refused, too: nobody can say who it reaches', async () => {
  const refused = await list.refuse(['Mara <mara@example.com>', 'example.com', '', 'a@b@c']);
  expect(refused.map(({ pattern }) => pattern)).toEqual([null, null, null, null]);
});

test('the first reason stays, and removing says whether it was there', async () => {
  expect(await list.add(['a@example.com', 'A@example.com', 'b@example.com'], asked)).toBe(2);
  expect(await list.add(['a@example.com'], { by: 'tom', reason: 'other' })).toBe(0);
  expect(await list.list('A@')).toMatchObject([{ pattern: 'a@example.com', ...asked }]);
  expect(await list.remove('A@Example.com')).toMatchObject({ by: 'mara' });
  expect(await list.remove('a@example.com')).toBeUndefined();
});

test('one wrong entry, a whole country among them, adds nothing', async () => {
  const mixed = list.add(['a@example.com', 'com', 'no domain', 'x@'], asked);
  await expect(mixed).rejects.toThrow(/“com”, “no domain”, “x@”$/);
  expect(await list.list()).toEqual([]);
});

test('an export can be imported again; formulas in it are text', async () => {
  await list.add(['a@example.com', 'acme.test'], { by: 'mara', reason: '=1+1, "so\nthere"' });
  const csv = await list.export();
  expect(csv.split('\n')[0]).toBe('pattern,reason,by,at');
  expect(csv).toContain(`"'=1+1, ""so there"""`);
  const before = await list.list();
  await database.sql`truncate suppressions`;
  expect(await list.add(patternsIn(`\uFEFF${csv}`), asked)).toBe(2);
  expect((await list.list()).map(({ pattern }) => pattern)).toEqual(before.map((e) => e.pattern));
});

test('takes a hundred thousand at once, and answers for a thousand', async () => {
  const many = Array.from({ length: 100_000 }, (_, at) => `${at}@example.com`);
  expect(await list.add(many, asked)).toBe(100_000);
  expect(await list.refuse(many.slice(0, 1_000))).toHaveLength(1_000);
});
