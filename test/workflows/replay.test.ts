/**
 * Old runs must go on under new code. `RECORD_HISTORIES=<version> npm test -- replay` adds the
 * histories of today's code as fixtures; old ones stay until no such run can be open.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { root, workflowBundlePath } from '../support/servers.ts';
import { createScenarios } from '../support/histories.ts';
import { createWorld, type World } from '../support/world.ts';

const folder = join(import.meta.dirname, '../histories');
const recordAs = process.env.RECORD_HISTORIES;
let world: World;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, { standIns: { today: '2026-06-01' } });
});
afterAll(() => world.close());

const scenarios = createScenarios(() => world);

const Started = z.object({ workflowId: z.string() });
const History = z.looseObject({
  events: z.array(z.looseObject({ workflowExecutionStartedEventAttributes: Started.optional() })),
});

const replay = async (history: unknown): Promise<unknown> => {
  const options = { workflowBundle: { codePath: workflowBundlePath() } };
  for await (const { error } of Worker.runReplayHistories(options, [
    { workflowId: idOf(history), history },
  ])) {
    if (error) return error;
  }
  return undefined;
};

test.each(Object.keys(scenarios))('today’s %s replays', async (name) => {
  const handle = await scenarios[name]?.();
  const history = await handle?.fetchHistory();
  const json = historyToJSON(history ?? {});
  if (recordAs) {
    const file = join(folder, `${name}-${recordAs}.json`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${json.replaceAll(root, '/app')}\n`);
  }
  expect(await replay(JSON.parse(json))).toBeUndefined();
});

const recorded = globSync('*/*.json', { cwd: folder }).sort();

test('there is a recorded history of every scenario', () => {
  const names = recorded.map((file) => `${dirname(file)}/${basename(file).split('-0.')[0]}`);
  expect([...new Set(names)].sort()).toEqual(Object.keys(scenarios).sort());
});

test.each(recorded)('the recorded %s replays', async (file) => {
  const history: unknown = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  expect(await replay(history)).toBeUndefined();
});

test('a history of another order of steps is refused, so the other tests can fail', async () => {
  const file = recorded.find((each) => each.startsWith('task/done')) ?? '';
  const text = readFileSync(join(folder, file), 'utf8');
  const changed = text.replaceAll('instantly.daily-analytics"', 'instantly.campaign-overview"');
  expect(await replay(JSON.parse(changed))).toBeInstanceOf(Error);
});

/** The id a run had, from the first event of its history: it decides what a task does. */
function idOf(history: unknown): string {
  const [first] = History.parse(history).events;
  return first?.workflowExecutionStartedEventAttributes?.workflowId ?? '';
}
