import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { measureDashboard } from '../../bench/dashboard/bench.ts';
import { describeInBrowser } from '../support/dashboard.ts';
import { createWorld, type World } from '../support/world.ts';

const few = {
  ...{ runs: 200, tasks: 400, minutes: 0.1, tabs: 5, tabSeconds: 5 },
  ...{ rounds: 1, most: 2, lighthouse: 0 },
};

describeInBrowser('The bench of the dashboard, with little stored', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld(import.meta.filename);
  }, 120_000);
  afterAll(() => world.close());

  test('asks every kind of question, opens tabs, and watches pages while runs start and end', async () => {
    const servers = { ...world, withWorker: (work: () => Promise<void>) => work() };
    const result = await measureDashboard({ seed: 1, say: () => undefined }, servers, few);
    const names = result.checks.map(({ name }) => name);
    for (const part of [
      ...['runs, no filter: p95', 'runs, every filter: p95', 'runs, by words: p95'],
      ...['runs, deep in the list: p95', 'swarm, grid: p95', 'swarm, tasks by filter: p95'],
      ...['overview: p95', '5 open tabs: statements beside one tab'],
      ...['heap of overview: last fifth beside first', 'heap of runs: growth a minute'],
      'script of the first view',
    ]) {
      expect(names).toContain(part);
    }
    expect(result.checks.filter(({ value }) => !Number.isFinite(value))).toEqual([]);
    for (const { asked } of result.figures['answers over HTTP, ms'] ?? []) {
      expect(Number(asked)).toBeGreaterThanOrEqual(20);
    }
    const [stored] = await world.database.sql<{ open: number }[]>`
      select count(*)::int as open from runs where closed_at is null
        and run_id = md5('run' || ${few.runs}::int)::uuid::text`;
    expect(stored?.open).toBe(1); // Temporal does not know it, and it is left alone all the same
  }, 300_000);
});
