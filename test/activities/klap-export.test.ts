/** When an export is paid for again, told by the activity alone: its tries are made by hand. */
import { rmSync } from 'node:fs';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDoor } from '../../src/activities/door.ts';
import { createKlapClient, klapCall } from '../../src/activities/klap/client.ts';
import { listClips } from '../../src/activities/klap/clips.ts';
import type { KlapDeps } from '../../src/activities/klap/deps.ts';
import { createDownload } from '../../src/activities/klap/download.ts';
import { exportClip } from '../../src/activities/klap/export.ts';
import { createStartOnce } from '../../src/activities/once.ts';
import { ExportOutput } from '../../src/contracts/klap.ts';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import { createGate } from '../../src/platform/gate.ts';
import { createLedger } from '../../src/platform/ledger.ts';
import { createMedia } from '../../src/platform/media.ts';
import { createShortReader } from '../../src/platform/shorts-reader.ts';
import { createShortStore } from '../../src/platform/shorts.ts';
import { createSuppressions } from '../../src/platform/suppressions.ts';
import { startStandIns, type StandIns } from '../../src/sandbox/server.ts';
import { scratchFolder } from '../support/scratch.ts';
import { testDatabase, type TestDatabase } from '../support/servers.ts';

let own: TestDatabase;
let database: Database;
let standIns: StandIns;
/** The execution that asks; all tries of it are the same one. */
let run = 'run-1';
const media = createMedia(scratchFolder());

beforeAll(async () => {
  own = await testDatabase('klap_export');
  database = openDatabase(own.url, 4);
  standIns = await startStandIns({
    defaults: { klap: { taskMs: 0, exportMs: 0, failingClips: [1, 2], failingExports: 2 } },
  });
});
afterAll(async () => {
  await standIns.close();
  await database.close();
  await own.drop();
});

function depsOf(): KlapDeps {
  const door = createDoor({
    gate: createGate(database),
    stopped: () => new AbortController().signal,
    attempt: () => 1,
    party: () => 'test',
    note: () => undefined,
  });
  const account = (name: string) => ({
    name,
    apiKey: `stand-in-${name}`,
    baseUrl: `${standIns.url}/klap`,
    isStandIn: true,
  });
  return {
    client: createKlapClient(door),
    shorts: createShortStore(database),
    reader: createShortReader(database),
    media,
    download: createDownload({ door, media, timeoutMs: 2_000 }),
    startOnce: createStartOnce({
      ...{ door, account, callOf: klapCall, deadlineMs: 2_000, run: () => run },
      ledger: createLedger({ database, freezeMs: 100 }),
      suppressions: createSuppressions(database),
    }),
    account,
    here: () => ({ workflowId: 'work', runId: run }),
  };
}

/** A folder of three clips, the first two of which fail twice, in our tables. */
async function takenIn(url: string) {
  const response = await fetch(`${standIns.url}/klap/v2/tasks/video-to-shorts`, {
    method: 'POST',
    headers: { authorization: 'Bearer stand-in-a', 'content-type': 'application/json' },
    body: JSON.stringify({ source_video_url: url, max_clip_count: 3 }),
  });
  const folder = /fold_\w+/.exec(await response.text())?.[0] ?? '';
  const common = { account: 'a', method: 'folder', tunables: {} };
  await listClips(depsOf())({ ...common, input: { folder, which: 'all' } });
  standIns.requests.reset();
  return folder;
}
const posts = () => standIns.requests.list().filter(({ method }) => method === 'POST').length;

async function exported(folder: string, number: number, edition?: string): Promise<string> {
  const clip = `${folder.replace('fold', 'short')}_${number}`;
  const input = { folder, clip, ...(edition === undefined ? {} : { edition }) };
  try {
    const call = { account: 'a', input, method: 'export', tunables: {} };
    return ExportOutput.parse(await exportClip(depsOf())(call)).file;
  } catch (error) {
    if (error instanceof ApplicationFailure) return error.type ?? '';
    throw error;
  }
}

test('an export that failed is not paid for again by another try of the same run', async () => {
  const folder = await takenIn('https://video.example/1');
  run = 'run-1';
  expect(await exported(folder, 1)).toBe('JobFailed');
  expect(await exported(folder, 1)).toBe('JobFailed'); // as after the death of a worker
  expect(posts()).toBe(1);
  run = 'run-2';
  expect(await exported(folder, 1)).toBe('JobFailed');
  expect(await exported(folder, 1)).toBe('JobFailed');
  expect(posts()).toBe(2);
  run = 'run-3';
  expect(await exported(folder, 1)).toMatch(/_1\.mp4$/);
  expect(posts()).toBe(3);
});

test('a file that was deleted comes again without paying, and with an edition it is made anew', async () => {
  const folder = await takenIn('https://video.example/2');
  run = 'run-1';
  const file = await exported(folder, 3);
  expect(posts()).toBe(1);
  rmSync(media.find(file) ?? '');
  const downloads = () => standIns.requests.list().filter(({ path }) => path.startsWith('/files'));
  const before = downloads().length;
  run = 'run-2';
  expect(await exported(folder, 3)).toBe(file);
  expect(downloads().length).toBe(before + 1);
  expect(posts()).toBe(1);
  expect(await exported(folder, 3, '2026-02')).toBe(file);
  expect(posts()).toBe(2);
});
