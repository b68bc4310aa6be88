import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createMemoryStore } from '../../src/platform/memory-store.ts';
import { remember } from '../../src/rules/remember.ts';
import { eventually, scratchFolder } from '../support/scratch.ts';
import { startWorker } from '../support/worker-process.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
const stateDir = scratchFolder();
beforeAll(async () => {
  world = await createWorld(import.meta.filename, {
    hasWorker: false,
    standIns: { today: '2026-06-01', defaults: { mailboxes: 60 } },
  });
});
afterAll(() => world.close());

test.each([
  ['between reading and writing', 'evidence', '2026-05-04'],
  ['after writing, before anybody knows', 'noted', '2026-05-05'],
])(
  'killed %s, the next worker counts nothing twice and leaves nothing out',
  async (_, point, date) => {
    world.standIns.faults.set([{ fault: { kind: 'too-large', above: 50 } }]);
    const mortal = await startWorker(world, stateDir, {
      entry: 'test/support/mortal-worker.ts',
      env: { DIES_AT: `${point}:1` },
    });
    const handle = await world.start({
      capability: 'instantly.daily-analytics',
      account: 'tour',
      input: { date },
    });
    await handle.result();
    await mortal.ended;
    const heir = await startWorker(world, stateDir);
    const { runId } = await handle.describe();
    const of = { agent: 'instantly', world: 'stand-in' } as const;
    const memories = createMemoryStore(world.database);
    await eventually(
      'the writer to be done',
      async () => {
        const [left] = await world.database.sql`
          select from runs where run_id = ${runId} and distilled_at is null`;
        const { raw } = await world.client.workflow
          .getHandle('anneal/instantly/stand-in')
          .describe();
        return !left && raw.pendingActivities?.length === 0;
      },
      60_000,
    );
    await heir.end('SIGTERM');

    const log = await memories.log(of);
    const seen = log.flatMap((entry) => (entry.kind === 'observed' ? entry.observations : []));
    const own = seen.filter(({ seenIn }) => seenIn.runId === runId);
    expect(new Set(own.map(({ id }) => id)).size).toBe(own.length);
    expect(own.map(({ method }) => method).at(-1)).toBe('in-chunks');
    expect(log.map(({ seq }) => seq)).toEqual(log.map((_entry, index) => index + 1));
    const { memory } = await memories.current(of);
    expect(memory).toEqual(remember(log));
    expect(memory.lessons.map(({ rule }) => rule.kind)).toEqual(['avoid', 'bound', 'prefer']);
  },
  120_000,
);
