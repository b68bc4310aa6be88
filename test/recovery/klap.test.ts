import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { JobsOutput } from '../../src/contracts/klap.ts';
import { createFlowKeys } from '../../src/platform/flow-keys.ts';
import { createShortReader } from '../../src/platform/shorts-reader.ts';
import { envOf, start } from '../cli/agentic.ts';
import { eventually, scratchFolder } from '../support/scratch.ts';
import { startWorker } from '../support/worker-process.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
const stateDir = scratchFolder();
const media = scratchFolder();
const env = { VENDOR_TIMEOUT_SECONDS: '5', FREEZE_SECONDS: '1', MEDIA_DIR: media };
const clips = 20;
const failing = 7;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, {
    hasWorker: false,
    standIns: { defaults: { klap: { taskMs: 500, exportMs: 3_000, failingClips: [failing] } } },
  });
  const wide = { perSecond: 500, perMinute: 30_000, atOnce: 50 };
  const person = { by: 'a test', reason: 'to be quick' };
  await createFlowKeys(world.database).setLimits('klap:tour', wide, person);
}, 60_000);
afterAll(() => world.close());

const posts = () =>
  world.standIns.requests
    .list()
    .filter(({ method, path }) => method === 'POST' && path.endsWith('/exports'))
    .map(({ path }) => path);
const Ended = z.object({ workflowId: z.string(), outputs: z.object({ report: JobsOutput }) });
const Sums = z.array(z.object({ id: z.string(), sha256: z.string(), bytes: z.coerce.number() }));

test('twenty clips with slow exports, a failing one, cut downloads and a killed worker: each is accounted for, whole, and paid for once', async () => {
  const files = '/files/tour/*';
  world.standIns.faults.set([
    { path: files, nth: 1, fault: { kind: 'slow', delayMs: 60_000 } },
    { path: files, every: 3, fault: { kind: 'cut' } },
  ]);
  const first = await startWorker(world, stateDir, { env });
  const params = { url: 'https://video.example/talk', clips, account: 'tour' };
  const { said } = start(
    ['pipeline', 'run', 'video-to-shorts', '--params', JSON.stringify(params), '--json'],
    { env: envOf(world) },
  );
  // all exports are started, and it is known which they are; a download is under way
  await eventually(
    'every export to be started and a download to be under way',
    async () => {
      const [row] = await world.database.sql<{ count: number }[]>`
        select count(*)::int as count from effects where key like 'export:%' and state = 'done'`;
      const isUnderWay = world.standIns.requests
        .list()
        .some(({ path, endedAt }) => path.startsWith('/files/') && endedAt === null);
      return row?.count === clips && isUnderWay;
    },
    90_000,
  );
  await first.end('SIGKILL');
  const second = await startWorker(world, stateDir, { env });
  const { out, code } = await said;
  expect(code).toBe(0);
  const { workflowId, outputs } = Ended.parse(JSON.parse(out));
  await second.end('SIGTERM');

  const started = posts();
  expect(started).toHaveLength(clips);
  expect(new Set(started).size).toBe(clips);
  const { report } = outputs;
  expect(report.jobs).toMatchObject([
    { state: 'partial', clips: { total: clips, downloaded: clips - 1, failed: 1 } },
  ]);
  expect(report.jobs[0]?.summary).toContain('has 20 shorts: 19 downloaded, 1 failed.');
  expect(world.standIns.notices.list('default')).toMatchObject([
    { body: { text: expect.stringContaining('has 20 shorts: 19 downloaded, 1 failed.') } },
  ]);
  const { jobs } = await createShortReader(world.database).page({ account: 'tour' });
  expect(jobs).toHaveLength(1);

  const rows = Sums.parse(
    await world.database.sql`
      select id, sha256, bytes from shorts_clips where state = 'downloaded' order by id`,
  );
  const folder = join(media, 'tour', jobs[0]?.folder ?? '');
  expect(readdirSync(folder).sort()).toEqual(rows.map(({ id }) => `${id}.mp4`).sort());
  for (const { id, sha256, bytes } of rows) {
    const file = readFileSync(join(folder, `${id}.mp4`));
    expect(file).toHaveLength(bytes);
    expect(createHash('sha256').update(file).digest('hex')).toBe(sha256);
  }
  const [failed] = await world.database.sql<{ id: string; why: string }[]>`
    select id, why from shorts_clips where state = 'failed'`;
  expect(failed?.id).toMatch(new RegExp(`_${failing}$`));
  expect(failed?.why).toContain('ran out of memory');
  // waiting took no history: the whole pipeline has no more events than its steps need
  const { historyLength } = await world.client.workflow.getHandle(workflowId).describe();
  expect(historyLength).toBeLessThan(80);
}, 240_000);
