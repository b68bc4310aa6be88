import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import { createLedger, type Answer } from '../../src/platform/ledger.ts';
import { testDatabase, type TestDatabase } from '../support/servers.ts';
import { agentic, type Said } from './agentic.ts';

let own: TestDatabase;
let database: Database;
beforeAll(async () => {
  own = await testDatabase('cli_ledger');
  database = openDatabase(own.url, 2);
});
afterAll(async () => {
  await database.close();
  await own.drop();
});

const ask = (args: readonly string[], input?: string): Promise<Said> =>
  agentic(args, { env: { DATABASE_URL: own.url }, ...(input === undefined ? {} : { input }) });
const auditOf = (target: string) =>
  database.sql`select action, reason, detail from audit where target = ${target} order by id`;

test('an effect nobody can tell of is shown with its history, and settled once by a person', async () => {
  const key = 'lead:acme:spring:mara@example.com';
  const order = {
    key,
    request: {},
    answer: z.string(),
    call: (): Promise<Answer<string>> => Promise.reject(new Error('the connection broke')),
  };
  const ledger = createLedger({ database });
  expect((await ledger.once('send', order)).kind).toBe('unknown');

  const list = await ask(['ledger', 'list', '--state', 'unknown']);
  expect(list.out).toMatch(/unknown +send +lead:acme:spring:mara@example\.com .*connection broke/);
  const shown = await ask(['ledger', 'show', key]);
  expect(shown.out).toMatch(/intent +new/);
  expect(shown.out).toMatch(/unknown +no clear answer: the connection broke/);

  const settle = ['ledger', 'settle', key, 'done', '--reason', 'saw it there', '--json'];
  const settled = await ask(settle);
  expect(settled).toMatchObject({ code: 0, err: '' });
  expect(JSON.parse(settled.out)).toMatchObject({ key, state: 'done' });
  expect(await ledger.once('send', order)).toEqual({ kind: 'done', result: null, isFresh: false });
  expect(await ask(settle)).toEqual({
    out: '',
    err: `${key}: It is done; that stands.\n`,
    code: 2,
  });
  const row = { action: 'effect.settle', reason: 'saw it there', detail: { verdict: 'done' } };
  expect(await auditOf(key)).toEqual([row]);
  expect(JSON.parse((await ask(['ledger', 'list', '--key', 'other', '--json'])).out)).toEqual({
    effects: [],
  });
});

test('the suppression list is filled, read, written and emptied from the command line', async () => {
  const because = ['--reason', 'asked us', '--json'];
  const added = await ask(['suppress', 'add', 'Mara@Example.com', 'acme.test', ...because]);
  expect(JSON.parse(added.out)).toEqual({ given: 2, added: 2 });
  const file = 'pattern,reason\nmara@example.com,old\ntom@example.com,new\n';
  const imported = await ask(['suppress', 'import', '-', '--reason', 'old tool'], file);
  expect(imported).toEqual({ out: '1 added, 1 there already.\n', err: '', code: 0 });
  const csv = await ask(['suppress', 'export']);
  expect(csv.out.split('\n').map((line) => line.split(',')[0])).toEqual(
    'pattern acme.test mara@example.com tom@example.com'.split(' ').concat(''),
  );
  const removed = await ask(['suppress', 'remove', 'acme.test', '--reason', 'a customer now']);
  expect(removed.code).toBe(0);
  const left = await ask(['suppress', 'list']);
  expect(left.out).toMatch(/mara@example\.com +asked us/);
  expect(left.out).not.toContain('acme.test');
  expect(await auditOf('acme.test')).toMatchObject([{ action: 'suppression.remove' }]);
  expect(await auditOf('stdin')).toMatchObject([{ detail: { given: 2, added: 1 } }]);
});

test.each<[string, string[], string]>([
  ['an effect that is not there', ['ledger', 'show', 'nope'], 'There is no effect nope;'],
  ['a verdict on it', ['ledger', 'settle', 'nope', 'done', '--reason', 'x'], 'There is no effect'],
  ['a limit that is none', ['ledger', 'list', '--limit', 'x'], '--limit: expected a number'],
  ['an entry that is none', ['suppress', 'add', 'nope', '--reason', 'x'], 'Neither an address'],
  ['one not on the list', ['suppress', 'remove', 'no@example.com', '--reason', 'x'], 'is not on'],
  ['a missing file', ['suppress', 'import', '/nowhere', '--reason', 'x'], "<file>: /nowhere can't"],
])('%s ends with 2 and one line', async (_, args, message) => {
  const { out, err, code } = await ask(args);
  expect({ out, code }).toEqual({ out: '', code: 2 });
  expect(err).toContain(message);
  expect(err.trim().split('\n')).toHaveLength(1);
});
