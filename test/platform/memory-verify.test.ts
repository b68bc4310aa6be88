import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import { createMemoryFiles } from '../../src/platform/memory-files.ts';
import { createMemoryStore, type MemoryStore } from '../../src/platform/memory-store.ts';
import { createMemoryVerifier } from '../../src/platform/memory-verify.ts';
import { eventually, scratchFolder } from '../support/scratch.ts';
import { testDatabase, type TestDatabase } from '../support/servers.ts';
import { teach } from '../support/teach.ts';
import { readTextFile } from '../../src/platform/replace-file.ts';

const of = { agent: 'instantly', world: 'live' } as const;
let own: TestDatabase;
let database: Database;
let store: MemoryStore;
let file: string;
beforeAll(async () => {
  own = await testDatabase('memory_verify');
  database = openDatabase(own.url, 4);
});
afterAll(async () => {
  await database.close();
  await own.drop();
});

beforeEach(async () => {
  await database.sql`truncate memory_entries, memory_observations, memory_snapshots, memory_files`;
  store = createMemoryStore(database);
  const live = scratchFolder();
  file = join(live, 'instantly.md');
  await teach(store, of, 'acme');
  await teach(store, of, 'globex');
  const folders = { live, 'stand-in': scratchFolder() };
  const files = createMemoryFiles({ database, folders, say: () => undefined });
  await eventually('files to be written', async () => !(await files.look()));
  files.close();
});

const verified = async () => {
  const [found] = await createMemoryVerifier({ database, fileOf: () => file }).verify();
  return found;
};

test('what was recorded gives snapshots and file again', async () => {
  expect(await verified()).toEqual({
    ...of,
    entries: 2,
    snapshots: 2,
    file,
    difference: null,
    notes: [],
  });
});

test('one changed byte in the file is the first difference, with its line', async () => {
  const text = readTextFile(file) ?? '';
  writeFileSync(file, text.replace('runs: 1', 'runs: 2'));
  const line = text.split('\n').indexOf('- runs: 1') + 1;
  expect((await verified())?.difference).toBe(
    `${file}:${line}: the log gives “- runs: 1”, here is “- runs: 2”`,
  );
});

test('a snapshot that is not what the log gives is the first difference', async () => {
  await database.sql`update memory_snapshots
    set memory = jsonb_set(memory, '{lessons,0,runs}', '7') where seq = 2`;
  expect((await verified())?.difference).toMatch(
    /^the snapshot of entry 2: \d+: the log gives “- runs: 1”, here is “- runs: 7”/,
  );
});

test('a missing entry, and one without a snapshot, are differences', async () => {
  await database.sql`delete from memory_snapshots where seq = 1`;
  expect((await verified())?.difference).toBe('entry 1 has no snapshot');
  await database.sql`delete from memory_entries where seq = 1`;
  expect((await verified())?.difference).toBe('entry 1 is missing: the next one is 2');
});

test('snapshots of older rules are named and not rebuilt; their file is held against what they say', async () => {
  await database.sql`update memory_snapshots set rules = 0`;
  expect(await verified()).toMatchObject({
    snapshots: 0,
    difference: null,
    notes: ['snapshots up to 2 are of older rules: not rebuilt'],
  });
  await database.sql`update memory_snapshots set rules = 99`;
  expect((await verified())?.difference).toMatch(
    /made by rules 99, and this program has \d+: update/,
  );
});
