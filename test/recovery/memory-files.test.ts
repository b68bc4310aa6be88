import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import { createMemoryStore, type MemoryStore } from '../../src/platform/memory-store.ts';
import { createMemoryVerifier } from '../../src/platform/memory-verify.ts';
import { endLeases } from '../support/leases.ts';
import { eventually, scratchFolder, write } from '../support/scratch.ts';
import { root, testDatabase, type TestDatabase } from '../support/servers.ts';
import { teach } from '../support/teach.ts';

const of = { agent: 'instantly', world: 'live' } as const;
const human = '# instantly\n\nHow to ask.\n';
let own: TestDatabase;
let database: Database;
let store: MemoryStore;
let folder: string;
let file: string;
let watchers: ChildProcess[] = [];
beforeAll(async () => {
  own = await testDatabase('memory_watch');
  database = openDatabase(own.url, 10);
  store = createMemoryStore(database);
  folder = scratchFolder();
  file = write(join(folder, 'lessons/instantly.md'), human);
});
afterAll(async () => {
  watchers.forEach((each) => each.kill('SIGKILL'));
  await database.close();
  await own.drop();
});

async function startWatcher(): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['test/support/memory-watcher.ts'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      ...{ PATH: process.env.PATH, HOME: process.env.HOME, DATABASE_URL: own.url },
      ...{ AGENTIC_STATE_DIR: folder, INFORMATION_DIR: join(folder, 'lessons') },
    },
  });
  watchers.push(child);
  await once(child, 'message');
  return child;
}

const text = () => readFileSync(file, 'utf8');
const verify = () => createMemoryVerifier({ database, fileOf: () => file }).verify();
const lessons = async () => (await store.current(of)).memory.lessons;

test('the log alone gives files and snapshots, byte for byte, after kills and edits, with two at it', async () => {
  await startWatcher();
  await startWatcher();
  const accounts = ['acme', 'globex', 'initech', 'umbrella'];
  for (const [round, account] of accounts.entries()) {
    const taught = await teach(store, of, account);
    const id = taught.memory.lessons.find((each) => each.account === account)?.id ?? '';
    if (round > 0) {
      await delay(Math.random() * 400);
      const [victim, ...others] = watchers;
      victim?.kill('SIGKILL');
      await endLeases(database, 'memory-files', victim?.pid);
      watchers = others;
      await startWatcher();
    }
    await eventually(`${id} in the file`, () => text().includes(`### ${id} `), 60_000);
    const before = text();
    writeFileSync(
      file,
      before.replace(new RegExp(`(### ${id} [\\s\\S]*?status:) active`), '$1 pinned'),
    );
    await eventually(
      `${id} to be pinned`,
      async () => (await lessons()).some((each) => each.id === id && each.status === 'pinned'),
      60_000,
    );
  }
  const isWritten = async () => {
    const [verified] = await verify();
    return verified?.difference === null && verified.notes.length === 0 && verified;
  };
  const verified = await eventually('the file to be that of the newest entry', isWritten, 60_000);
  expect(verified).toMatchObject({ entries: 8, snapshots: 8, file });
  expect(text().startsWith(human)).toBe(true);
  const acts = (await store.log(of)).filter(({ kind }) => kind === 'human');
  expect(acts).toHaveLength(4);

  const good = text();
  writeFileSync(file, good.replace('runs: 1', 'runs: 2'));
  watchers.forEach((each) => each.kill('SIGKILL'));
  expect((await verify())[0]?.difference ?? 'none').toMatch(/the log gives “- runs: 1”|none/);
}, 240_000);
