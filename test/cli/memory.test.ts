import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  AgentMemory,
  LessonExplanation,
  MemoryDiff,
  Trial,
} from '../../src/contracts/memory-views.ts';
import { createMemoryStore } from '../../src/platform/memory-store.ts';
import { teach } from '../support/teach.ts';
import { createWorld, type World } from '../support/world.ts';
import { agentic, envOf } from './agentic.ts';

const of = { agent: 'instantly', world: 'stand-in' } as const;
let world: World;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, { hasWorker: false });
});
afterAll(() => world.close());

const say = (...args: readonly string[]) => agentic(args, { env: envOf(world) });
const because = ['--reason', 'support says so'];

test('memory: is empty, then shown, explained, pinned, deprecated, compared and rolled back', async () => {
  expect((await say('memory', 'show')).err).toContain('No agent has learnt anything yet');
  await teach(createMemoryStore(world.database), of, 'acme');
  expect((await say('memory', 'show')).out).toMatch(/instantly +stand-in +2 +1/);

  const shown = await say('memory', 'show', 'instantly', '--json');
  expect(AgentMemory.parse(JSON.parse(shown.out))).toMatchObject({
    ...of,
    live: 1,
    lessons: [
      { id: 'L-0001', state: 'active', rule: { kind: 'avoid', method: 'whole-workspace' } },
      { id: 'L-0002', state: 'active', rule: { kind: 'prefer', method: 'in-chunks' } },
    ],
    snapshots: [{ seq: 1, isLive: true, what: '2 observations' }],
  });
  expect((await say('memory', 'show', 'instantly', '--state', 'lapsed')).err).toContain(
    'No lesson is lapsed',
  );
  expect((await say('memory', 'pin', 'L-0002', ...because)).out).toContain('L-0002 is pinned');
  const deprecate = ['memory', 'deprecate', 'instantly/L-0001', ...because];
  const unconfirmed = await say(...deprecate);
  expect(unconfirmed).toMatchObject({ code: 2, err: expect.stringContaining('--confirm: ') });
  expect((await say(...deprecate, '--confirm', 'L-0001', '--json')).out).toContain('"seq": 3');

  const explained = await say('memory', 'explain', 'L-0001', '--json');
  expect(LessonExplanation.parse(JSON.parse(explained.out))).toMatchObject({
    lesson: { state: 'deprecated' },
    isGone: false,
    story: [
      { entry: 1, what: expect.stringContaining('learnt: avoid method whole-workspace') },
      { entry: 3, what: expect.stringMatching(/^deprecated – .*support says so/) },
    ],
    evidence: [{ failure: 'Gone', method: 'whole-workspace' }],
    obeyedBy: { total: 0 },
  });
  const diff = await say('memory', 'diff', 'instantly', '1', '--json');
  expect(MemoryDiff.parse(JSON.parse(diff.out)).lines).toContainEqual({
    sign: '+',
    text: '- status: DEPRECATED',
  });
  const report = await say('anneal', 'report', 'instantly', '--entry', '1');
  expect(report.out).toMatch(
    /STATUS\n.*entry 3[\s\S]*ACTION TAKEN\nRead 1 run: 1 task went well, 1 failed \(Gone\)\.\n\nMEMORY UPDATE\n\+ ### L-0001 avoid/,
  );
  const back = await say('memory', 'rollback', 'instantly', '1', ...because);
  expect(back.out).toContain('0 lessons came back, 0 went, 2 changed');
  expect((await say('anneal', 'verify')).out).toContain('ok, 4 entries give 4 snapshots');
  const audit = await world.database.sql`select action, target, reason from audit order by id`;
  expect(audit.map(({ action }) => String(action))).toEqual([
    'memory.pin',
    'memory.deprecate',
    'memory.rollback',
  ]);
  await world.database.sql`update memory_snapshots set hash = 'x' where seq = 2`;
  expect((await say('anneal', 'verify', 'instantly')).code).toBe(1);
}, 180_000);

test("memory: a lesson of one's own is tried on the last month, then holds, with an audit row", async () => {
  const rule = ['--capability', 'instantly.daily-analytics', '--account', 'globex'];
  const avoid = [...rule, '--rule', 'avoid method whole-workspace'];
  await teach(createMemoryStore(world.database), { ...of, world: 'live' }, 'acme');
  const before = await say('memory', 'try', 'instantly', '--world', 'live', ...avoid, '--json');
  expect(Trial.parse(JSON.parse(before.out))).toMatchObject({
    ...{ tasks: 2, elsewhere: 1, saved: 1, objection: null },
  });
  expect((await say('memory', 'try', 'instantly', '--world', 'live')).out).toContain(
    'Of 2 tasks seen in the last 30 days 1 would have gone another way.',
  );
  const why = ['--why', 'The contract says so', ...because];
  const proposed = await say('memory', 'propose', 'instantly', '--world', 'live', ...avoid, ...why);
  expect(proposed.out).toContain('L-0003 holds from now on: avoid method whole-workspace.');
  expect((await say('memory', 'explain', 'L-0003')).out).toContain('The contract says so');
  const [row] = await world.database.sql`
    select target, reason, detail from audit where action = 'memory.propose'`;
  expect(row).toMatchObject({ target: 'instantly/L-0003', reason: 'support says so' });
  const again = await say('memory', 'propose', 'instantly', '--world', 'live', ...avoid, ...why);
  expect(again).toMatchObject({ code: 2, err: expect.stringContaining('keep one') });
}, 120_000);

test.each([
  [['memory', 'try', 'instantly', '--entry', '900'], 'has no snapshot 900'],
  [
    [
      'memory',
      'propose',
      'instantly',
      '--capability',
      'instantly.daily-analytics',
      '--rule',
      'avoid',
    ].concat('--why', 'so', ...because),
    '--rule: ',
  ],
  [['memory', 'show', 'nobody'], 'There is no agent “nobody”'],
  [['memory', 'pin', 'L-0900', ...because], 'No memory has a lesson L-0900'],
  [['memory', 'pin', 'L-0001', '--reason', ' '], '--reason'],
  [['memory', 'diff', 'instantly', 'x'], '<from>: expected the number of an entry'],
  [['memory', 'restore', 'practice', ...because], 'was written yet'],
])('%j is refused with 2, and says why', async (args, words) => {
  const { err, code } = await say(...args);
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(words) });
});
