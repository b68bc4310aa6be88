import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, expect, test } from '@jest/globals';
import { z } from 'zod';
import { createSupervisor, nodeProcess } from '../../src/local/supervisor.ts';
import { readConfig } from '../../src/platform/config.ts';
import { isDatabaseAway, openDatabase } from '../../src/platform/database.ts';
import { writingTo } from '../../src/platform/disk.ts';
import { lookAtMedia, lookAtMemoryFiles } from '../../src/platform/doctor-work.ts';
import { createLedger } from '../../src/platform/ledger.ts';
import { createMemoryFiles } from '../../src/platform/memory-files.ts';
import { createMemoryStore } from '../../src/platform/memory-store.ts';
import { writeWhole } from '../../src/platform/write-whole.ts';
import { eventually, scratchFolder, write } from '../support/scratch.ts';
import { startPostgres, startTemporal, testDatabase } from '../support/servers.ts';
import { canMount, smallDisk, type SmallDisk } from '../support/small-disk.ts';
import { teach } from '../support/teach.ts';
import { createWorld } from '../support/world.ts';

const testWithDisk = canMount() ? test : test.skip;
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});
function disk(megabytes: number): SmallDisk {
  const made = smallDisk(megabytes);
  if (!made) throw new Error('a disk could be mounted a moment ago');
  ends.push(() => made.end());
  return made;
}

testWithDisk(
  'a file for a full disk leaves nothing behind, and the failure names folder and cure; with room it is written',
  async () => {
    const { folder, fill, free } = disk(2);
    const path = join(folder, 'leads.csv');
    const save = () =>
      writingTo(folder, 'AGENTIC_STATE_DIR', () =>
        writeWhole(Readable.from(['x'.repeat(500_000)]), path),
      );
    fill();
    await expect(save()).rejects.toMatchObject({
      type: 'FolderUnusable',
      nonRetryable: false,
      message: `${folder} can’t be written: its disk is full. Free some space, or set AGENTIC_STATE_DIR to another folder`,
    });
    expect(readdirSync(folder)).toEqual(['filler']);
    free();
    await save();
    expect(readFileSync(path)).toHaveLength(500_000);
  },
);

testWithDisk(
  'a read-only folder of memory is said once, stops no other file, stands in the doctor’s report, and is written when it can be',
  async () => {
    const { folder, setReadOnly } = disk(2);
    const own = await testDatabase('read_only');
    const database = openDatabase(own.url, 4);
    const said: string[] = [];
    const folders = { live: folder, 'stand-in': scratchFolder() };
    const files = createMemoryFiles({ database, folders, say: (words) => void said.push(words) });
    ends.push(
      () => own.drop(),
      () => database.close(),
      () => files.close(),
    );
    for (const world of ['live', 'stand-in'] as const) {
      await teach(createMemoryStore(database), { agent: 'instantly', world }, 'default');
    }
    setReadOnly(true);

    await eventually('the other world’s file', async () => {
      await files.look();
      return readdirSync(folders['stand-in']).includes('instantly.md');
    });
    await files.look();
    expect(said.filter((words) => words.includes('instantly.md'))).toEqual([
      `${folder} can’t be written: it is read-only. Mount it so that it can be written, or set INFORMATION_DIR to another folder. Memory goes on; ${join(folder, 'instantly.md')} follows it later`,
    ]);
    const settings = { INFORMATION_DIR: folder, AGENTIC_STATE_DIR: scratchFolder() };
    const config = readConfig(settings, scratchFolder());
    expect(await lookAtMemoryFiles({ config })).toContainEqual({
      state: 'wrong',
      message: expect.stringContaining(`${folder} can't be written`),
    });

    setReadOnly(false);
    await eventually('the file', async () => {
      await files.look();
      return readdirSync(folder).includes('instantly.md');
    });
    expect(said).toContain(`${join(folder, 'instantly.md')} is written again`);
  },
);

testWithDisk(
  'the doctor names a media folder that has no room or is read-only, and the setting',
  async () => {
    const { folder, fill, setReadOnly } = disk(2);
    fill();
    setReadOnly(true);
    const config = readConfig({ MEDIA_DIR: folder }, scratchFolder());
    expect(await lookAtMedia({ config })).toEqual([
      {
        state: 'wrong',
        message: `Only 0 MB are free on the disk of ${folder}: free some space, or set MEDIA_DIR to another folder`,
      },
      {
        state: 'wrong',
        message: `${folder} can't be written: let this user write it, or set MEDIA_DIR to another folder`,
      },
    ]);
  },
);

testWithDisk('a process that dies while the state folder is full is started again', async () => {
  const { folder, fill } = disk(2);
  const lines: string[] = [];
  const watch = createSupervisor(folder, (line) => void lines.push(line));
  ends.push(() => watch.stop());
  const script = write(
    join(scratchFolder(), 'stays.mjs'),
    `setInterval(() => undefined, 1000); process.send({ ready: true });`,
  );
  await watch.start({ name: 'worker', ...nodeProcess(script) });
  fill();
  process.kill(watch.pidOf('worker') ?? 0, 'SIGKILL');

  await eventually('its second life', () => lines.includes('worker runs again'));
  expect(lines.filter((line) => line.includes('could not be noted'))).toEqual([
    expect.stringContaining(`The disk that holds ${folder} is full`),
  ]);
});

testWithDisk(
  'with no room for the database nothing is sent; with room again it is, once',
  async () => {
    const { folder, fill, free } = disk(400);
    const server = await startPostgres({ stateDir: folder });
    const database = openDatabase(server.url, 4);
    ends.push(
      () => server.end(),
      () => database.close(),
    );
    const ledger = createLedger({ database });
    let calls = 0;
    const send = (key: string) =>
      ledger.once('send', {
        key,
        request: { text: 'x'.repeat(100_000) },
        answer: z.number(),
        call: () => {
          calls += 1;
          return Promise.resolve({ kind: 'done', result: calls } as const);
        },
      });
    await send('before');
    fill();
    let refused: unknown;
    for (let n = 0; refused === undefined; n += 1) {
      const before = calls;
      await send(`full-${n}`).catch((error: unknown) => {
        refused = error;
        expect(calls).toBe(before);
      });
    }
    expect(isDatabaseAway(refused)).toBe(true);
    free();
    const outcome = await eventually('room', () => send('after').catch(() => undefined), 60_000);
    expect(outcome).toMatchObject({ kind: 'done', isFresh: true });
    expect(await send('before')).toMatchObject({ kind: 'done', result: 1, isFresh: false });
  },
  120_000,
);

testWithDisk(
  'runs that were accepted before Temporal’s disk was full end once there is room',
  async () => {
    const { folder, fill, free } = disk(60);
    const temporal = await startTemporal({ stateDir: folder });
    ends.push(() => temporal.end());
    const world = await createWorld(import.meta.filename, {
      env: { TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: 'default' },
    });
    ends.push(() => world.close());
    const task = (label: string) => ({
      capability: 'practice.wait',
      account: 'default',
      input: { label, ms: 300 },
    });
    const accepted = await Promise.all(['a', 'b', 'c'].map((label) => world.start(task(label))));
    fill();
    await eventually(
      'it to refuse a run',
      () =>
        world.client
          .withDeadline(Date.now() + 2_000, () => world.start(task(`full-${Math.random()}`)))
          .then(
            () => false,
            (error: unknown) => String(error),
          ),
      60_000,
    );
    free();
    for (const run of accepted) {
      await eventually('its end', () => run.result().catch(() => undefined), 60_000);
    }
    await eventually('a new run', () => world.run(task('after')).catch(() => undefined), 60_000);
  },
  240_000,
);
