import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { MemoryEntry } from '../../src/contracts/memory.ts';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import { createMemoryActs } from '../../src/platform/memory-acts.ts';
import { createMemoryFileRows } from '../../src/platform/memory-file-rows.ts';
import { createMemoryFiles, type MemoryFiles } from '../../src/platform/memory-files.ts';
import { createMemoryStore, type MemoryStore } from '../../src/platform/memory-store.ts';
import { eventually, scratchFolder, write } from '../support/scratch.ts';
import { teach } from '../support/teach.ts';
import { testDatabase, type TestDatabase } from '../support/servers.ts';

const of = { agent: 'instantly', world: 'live' } as const;
const human = '# instantly\n\nHow to ask: *all at once*.\n';
let own: TestDatabase;
let database: Database;
let store: MemoryStore;
let files: MemoryFiles;
let file: string;
let said: string[];

beforeAll(async () => {
  own = await testDatabase('memory_files');
  database = openDatabase(own.url, 10);
});
afterAll(async () => {
  await database.close();
  await own.drop();
});

beforeEach(() => {
  store = createMemoryStore(database);
  const live = scratchFolder();
  said = [];
  files = createMemoryFiles({
    database,
    folders: { live, 'stand-in': scratchFolder() },
    say: (words) => void said.push(words),
  });
  file = write(join(live, 'instantly.md'), human);
});
afterEach(async () => {
  files.close();
  await database.sql`truncate memory_entries, memory_observations, memory_snapshots, memory_files, audit`;
});

/** Lets what was edited settle, be read and be written. */
const settle = () => eventually('files to be settled', async () => !(await files.look()));
const text = () => readFileSync(file, 'utf8');
const edit = (change: (text: string) => string) => {
  const [before, after] = [text(), change(text())];
  expect(after).not.toBe(before);
  writeFileSync(file, after);
};
const lessons = async () => (await store.current(of)).memory.lessons;
const log = async () => (await store.log(of)).filter(isHuman);
const isHuman = (entry: MemoryEntry) => entry.kind === 'human';
const trouble = async () => (await createMemoryFileRows(database).read(of))?.trouble ?? null;

async function taught(): Promise<void> {
  await teach(store, of, 'acme');
  await settle();
}

test('what is learnt appears below the procedure, which stays as it is, and in the index', async () => {
  await taught();
  expect(text().startsWith(human)).toBe(true);
  expect(text()).toContain(
    '### L-0001 avoid method whole-workspace\n\n- capability: instantly.daily-',
  );
  expect(text()).toContain('### L-0002 prefer method in-chunks');
  const index = readFileSync(join(file, '../information.md'), 'utf8');
  expect(index).toMatch(
    /\| \[instantly\]\(instantly\.md\) \| L-0001 avoid method whole-workspace \|/,
  );
  await settle();
  expect(await log()).toEqual([]);
  expect(said).toEqual([]);
});

test('an edited, a deleted, a pinned and a new lesson become acts of a person, once', async () => {
  await taught();
  await teach(store, of, 'globex');
  await settle();
  edit((t) =>
    t
      .replace(/### L-0002[\s\S]*?(?=###)/, '')
      .replace('The vendor took this way away', 'Support says: it is over')
      .replace('why: Support says', 'why: "Support says')
      .replace('did the same work', 'did the same work"')
      .replace(/(### L-0003[\s\S]*?)status: active/, '$1status: pinned')
      .concat(
        '\n### keep chunkSize at most 50\n\n- capability: instantly.daily-analytics\n- why: half\n',
      ),
  );
  await settle();
  const entries = await log();
  expect(entries.map(({ kind, ...rest }) => ('act' in rest ? rest.act : kind))).toMatchObject([
    { kind: 'deleted', lesson: 'L-0002' },
    { kind: 'written', lesson: { id: 'L-0001', helped: 0 } },
    { kind: 'pinned', lesson: 'L-0003' },
    {
      kind: 'written',
      lesson: { id: 'L-0005', account: 'default', status: 'pinned', why: 'half' },
    },
  ]);
  expect(entries[0]).toMatchObject({ by: { kind: 'person' }, reason: 'Edited in instantly.md' });
  expect(text()).toContain('- why: "Support says: it is over; another method did the same work"');
  expect(text()).toMatch(/### L-0005 keep chunkSize at most 50/);
  await settle();
  expect(await log()).toHaveLength(4);
  const audit = await database.sql`select action, target from audit order by id`;
  expect(audit[0]).toEqual({ action: 'memory.deleted', target: 'instantly/L-0002' });
});

test('DEPRECATED holds for good', async () => {
  await taught();
  edit((t) => t.replace('status: active', 'status: DEPRECATED'));
  await settle();
  expect((await lessons())[0]).toMatchObject({ status: 'deprecated', expires: null });
  expect(text()).toContain('- expires: never\n- renewals: 0\n- status: DEPRECATED');
});

test('an edit of the procedure is kept, and is no act', async () => {
  await taught();
  edit((t) => t.replace('*all at once*', '_in chunks_'));
  await settle();
  await teach(store, of, 'globex');
  await settle();
  expect(text()).toContain('How to ask: _in chunks_.');
  expect(await log()).toEqual([]);
});

test('a broken edit is refused with its line, and stays until it is mended', async () => {
  await taught();
  edit((t) => t.replace('runs: 1', 'runs: some'));
  await settle();
  const line = text().split('\n').indexOf('- runs: some') + 1;
  const refused = [{ line, reason: 'runs: expected a whole number' }];
  expect(await trouble()).toEqual(refused);
  expect(said).toEqual([expect.stringContaining(`line ${line}: runs: expected a whole number`)]);
  await teach(store, of, 'globex');
  await settle();
  expect(text()).toContain('runs: some');
  expect(await lessons()).toHaveLength(4);
  expect(said).toHaveLength(1);

  edit((t) => t.replace('runs: some', 'runs: 3'));
  await settle();
  expect(await trouble()).toBeNull();
  expect((await lessons())[0]).toMatchObject({ id: 'L-0001', runs: 3 });
  expect(text()).toContain('- account: globex');
});

test('a broken section is thrown away on demand, and put aside', async () => {
  await taught();
  edit((t) => t.replace('## Lessons', '## Lesson').replace('*all', '*all of it'));
  await settle();
  expect(await trouble()).toEqual([{ line: 1, reason: expect.stringContaining('is gone') }]);
  edit((t) => t.replace('## Lesson', '## Lessons').replace('### L-0001', '### L-1'));
  await createMemoryFileRows(database).askRestore(of, 'mara');
  await settle();
  expect(text()).toContain('### L-0001 avoid');
  expect(text()).toContain('*all of it');
  expect(await log()).toEqual([]);
  expect(readFileSync(`${file}.broken`, 'utf8')).toContain('### L-1 avoid');
});

test('a file that is no text is thrown away on demand, too, and put aside byte for byte', async () => {
  await taught();
  const good = text();
  const bytes = Buffer.concat([Buffer.from(good), Buffer.from([0xff])]);
  writeFileSync(file, bytes);
  await settle();
  expect(await trouble()).toEqual([{ line: 1, reason: 'expected a text in UTF-8' }]);
  await createMemoryActs(database).restoreFile(of, 'mara');
  await settle();
  expect(text()).toBe(good);
  expect(readFileSync(`${file}.broken`)).toEqual(bytes);
  edit((t) => t.replace('### L-0001', '### L-1'));
  await createMemoryActs(database).restoreFile(of, 'mara');
  await settle();
  expect(text()).toBe(good);
  expect(readFileSync(`${file}.broken`, 'utf8')).toContain('### L-1 avoid');
  expect(await trouble()).toBeNull();
  expect(await log()).toEqual([]);
});

test('to note that a file was written leaves a restoration that was asked for meanwhile', async () => {
  await taught();
  const rows = createMemoryFileRows(database);
  await rows.askRestore(of, 'mara');
  const noted = { path: file, content: text() };
  await rows.noteWritten(of, noted, { isRestored: false });
  expect((await rows.read(of))?.restoreFor).toBe('mara');
  await rows.noteWritten(of, noted, { isRestored: true });
  expect((await rows.read(of))?.restoreFor).toBeNull();
});

test('a file whose writer died before it noted that it wrote it can be restored, too', async () => {
  await taught();
  await database.sql`delete from memory_files`;
  edit((t) => t.replace('### L-0001', '### L-1'));
  await createMemoryActs(database).restoreFile(of, 'mara');
  await settle();
  expect(text()).toContain('### L-0001 avoid');
  expect(await trouble()).toBeNull();
});

test.each<[string, string, RegExp]>([
  [
    'avoiding what is preferred',
    '### avoid method in-chunks\n\n- account: acme\n- capability: instantly.daily-analytics\n- why: slow\n',
    /“avoid method in-chunks” can't stand beside “prefer method in-chunks” \(line \d+\)/,
  ],
  [
    'a capability nobody has',
    '### avoid method bulk\n\n- capability: instantly.daily\n- why: slow\n',
    /instantly has no capability “instantly.daily”; there are: instantly.daily-analytics, /,
  ],
  [
    'a method nobody has',
    '### avoid method bulk\n\n- capability: instantly.daily-analytics\n- why: slow\n',
    /has no method “bulk”; there are: whole-workspace, in-chunks/,
  ],
])('%s is refused', async (_, written, reason) => {
  await taught();
  edit((t) => `${t}\n${written}`);
  await settle();
  const line =
    text()
      .split('\n')
      .indexOf(written.split('\n')[0] ?? '') + 1;
  expect(await trouble()).toEqual([{ line, reason: expect.stringMatching(reason) }]);
  expect(await log()).toEqual([]);
});

test('what memory learns while a person edits is not lost, nor is the edit', async () => {
  await taught();
  const old = text();
  await teach(store, of, 'globex');
  writeFileSync(file, old.replace('- why: The', '- why: Indeed, the'));
  await settle();
  expect(await lessons()).toHaveLength(4);
  expect(text()).toContain('- why: Indeed, the vendor took this way away');
  expect(text()).toContain('- account: globex');
});

test('a save in the middle of a write is read, whichever way the editor saves', async () => {
  await taught();
  await teach(store, of, 'globex');
  let asked = 0;
  // the second question comes right before the file is written
  await eventually('the write', async () => {
    await files.look(() => {
      asked += 1;
      if (asked === 2) edit((t) => t.replace('status: active', 'status: pinned'));
      return true;
    });
    return asked >= 2;
  });
  await settle();
  expect((await lessons())[0]).toMatchObject({ status: 'pinned' });
  expect(text()).toContain('- account: globex');
});

test('a file of an earlier day is no edit, and one that is gone comes back with its procedure', async () => {
  await taught();
  const old = text();
  await teach(store, of, 'globex');
  await settle();
  writeFileSync(file, old);
  await settle();
  expect(text()).toContain('- account: globex');
  rmSync(file);
  await settle();
  expect(text().startsWith(human)).toBe(true);
  expect(text()).toContain('- account: globex');
  expect(await log()).toEqual([]);
});

test('lessons of another log are taken over: a file that came with a checkout', async () => {
  await taught();
  const theirs = text().replaceAll('account: acme', 'account: initech');
  await database.sql`truncate memory_entries, memory_observations, memory_snapshots, memory_files`;
  store = createMemoryStore(database);
  await teach(store, of, 'globex');
  writeFileSync(file, theirs);
  await settle();
  expect((await lessons()).map(({ account }) => account).sort()).toEqual([
    'globex',
    'globex',
    'initech',
    'initech',
  ]);
});
