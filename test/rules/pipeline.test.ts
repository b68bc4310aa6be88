import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Condition, PipelineDefinition, type StepState } from '../../src/contracts/pipeline.ts';
import { holds, wordsOf } from '../../src/rules/condition.ts';
import { plannedSteps, turnOf, type Ended, type PlannedStep } from '../../src/rules/pipeline.ts';
import { flawsOf } from '../../src/rules/pipeline-structure.ts';
import { asPart, isSame, largestIn, refsIn, resolve, valueAt } from '../../src/rules/pointer.ts';
import { ask, pipelineOf, pull } from '../support/pipelines.ts';

const parsed = (steps: Parameters<typeof pipelineOf>[1], more: object = {}) =>
  PipelineDefinition.parse(pipelineOf('test', steps, more));

test('pointers lead where RFC 6901 says', () => {
  const document = { foo: ['bar', 'baz'], 'a/b': 1, 'm~n': 8, ' ': 7, o: { p: null } };
  expect(valueAt(document, '/foo/0')).toBe('bar');
  expect(valueAt(document, '/a~1b')).toBe(1);
  expect(valueAt(document, '/m~0n')).toBe(8);
  expect(valueAt(document, '/ ')).toBe(7);
  expect(valueAt(document, '/o/p')).toBeNull();
  for (const nowhere of ['/foo/2', '/foo/01', '/foo/length', '/x', '/o/p/q', '/constructor']) {
    expect(valueAt(document, nowhere)).toBeUndefined();
  }
});

test('every value of a document is found by its own pointer, and put in its place', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (document) => {
      for (const [key, value] of Object.entries(document)) {
        if (key === '__proto__') continue;
        const pointer = `/${asPart(key)}`;
        expect(valueAt(document, pointer)).toBe(value);
        expect(resolve({ it: [{ $ref: pointer }] }, document).value).toEqual({ it: [value] });
      }
    }),
  );
});

test('only objects are references; strings and objects with more in them stay what they are', () => {
  const value = { a: '$ref', b: '/params/x', c: { $ref: '/params/x', d: 1 }, e: { $ref: '/x' } };
  expect(refsIn(value)).toEqual([{ pointer: '/x', at: '/e' }]);
  expect(resolve(value, { params: { x: 1 } })).toEqual({ value, missing: ['/x'] });
});

test('the same is the same whatever the order of keys', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      expect(isSame(a, JSON.parse(JSON.stringify(a)))).toBe(true);
      expect(isSame(a, b)).toBe(isSame(b, a));
    }),
  );
  expect(isSame({ a: 1, b: [2] }, { b: [2], a: 1 })).toBe(true);
  expect(isSame({ a: 1 }, { a: 1, b: undefined })).toBe(false);
});

test('the largest value is named, not the object around it', () => {
  expect(largestIn({ a: 'x', b: { 'c/d': ['yy', 'z'.repeat(9)] } })).toEqual({
    at: '/b/c~1d/1',
    size: 11,
  });
});

test.each<[Condition, boolean]>([
  [{ ref: '/n', equals: 3 }, true],
  [{ ref: '/n', notEquals: 3 }, false],
  [{ ref: '/n', greaterThan: 2 }, true],
  [{ ref: '/n', greaterThan: 3 }, false],
  [{ ref: '/n', lessThan: 4 }, true],
  [{ ref: '/n', lessThan: '4' }, false],
  [{ ref: '/day', greaterThan: '2026-01-04' }, true],
  [{ ref: '/none', equals: null }, false],
  [{ ref: '/none', lessThan: 9 }, false],
  [{ ref: '/none', notEquals: 1 }, true],
  [{ ref: '/none', exists: false }, true],
  [{ ref: '/list', equals: [{ a: 1 }] }, true],
  [{ not: { ref: '/n', equals: 3 } }, false],
  [
    {
      all: [
        { ref: '/n', equals: 3 },
        { ref: '/none', exists: true },
      ],
    },
    false,
  ],
  [
    {
      any: [
        { ref: '/n', equals: 4 },
        { ref: '/n', equals: 3 },
      ],
    },
    true,
  ],
])('%j holds: %s', (condition, expected) => {
  const document = { n: 3, day: '2026-01-05', list: [{ a: 1 }] };
  expect(Condition.parse(condition)).toEqual(condition);
  expect(holds(condition, document)).toBe(expected);
  expect(holds({ not: condition }, document)).toBe(!expected);
  expect(wordsOf(condition)).not.toBe('');
});

test.each([{}, { ref: '/a' }, { equals: 1 }, { ref: '/a', equals: 1, exists: true }])(
  '%j is no condition',
  (raw) => {
    expect(Condition.safeParse(raw).success).toBe(false);
  },
);

test.each<[string, Parameters<typeof pipelineOf>[1], string, RegExp]>([
  ['an id used twice', [ask('a'), ask('a')], '/steps/1/id', /id of step 1 already/],
  ['an unknown step', [ask('a', { after: ['x'] })], '/steps/0/after/0', /there are: a/],
  ['itself', [ask('a', { after: ['a'] })], '/steps/0/after/0', /a → a: a step can't wait/],
  [
    'a circle',
    [ask('a', { after: ['c'] }), ask('b'), ask('c')],
    '/steps/0/after',
    /^the order is a circle: a → b → c → a$/,
  ],
  [
    'an unknown parameter',
    [pull('a', { $ref: '/params/x' })],
    '/steps/0/task/input/date',
    /no parameter has the name “x”; there are none/,
  ],
  [
    'a step that is not before it',
    [pull('a', { $ref: '/steps/b/output/date' }), pull('b', '2026-01-05')],
    '/steps/0/task/input/date',
    /b is not before a; put it into “after” of a/,
  ],
  [
    'a step beside it',
    [ask('a'), ask('b', { after: [] }, { show: { x: { $ref: '/steps/a/output' } } })],
    '/steps/1/approval/show/x',
    /a is not before b/,
  ],
  [
    'a condition on nothing',
    [ask('a', { when: { ref: '/steps/x/output', exists: true } })],
    '/steps/0/when',
    /no step has the id “x”/,
  ],
  [
    'an item without a list',
    [pull('a', { $ref: '/item/day' })],
    '/steps/0/task/input/date',
    /only the task of a for-each/,
  ],
  [
    'another root',
    [pull('a', { $ref: '/env/KEY' })],
    '/steps/0/task/input/date',
    /expected it to begin with/,
  ],
  [
    'half a reference',
    [pull('a', { $ref: 'params.day' })],
    '/steps/0/task/input/date',
    /expected only a JSON pointer/,
  ],
  [
    'a part that is none',
    [ask('a'), pull('b', { $ref: '/steps/a/result' })],
    '/steps/1/task/input/date',
    /expected \/steps\/a\/output or/,
  ],
])('the order and the references of a pipeline are checked: %s', (_, steps, path, message) => {
  expect(flawsOf(parsed(steps))).toEqual([{ path, message: expect.stringMatching(message) }]);
});

test('what is before what is before a step may be used too', () => {
  const steps = [pull('a', '2026-01-05'), ask('b'), pull('c', { $ref: '/steps/a/output/date' })];
  expect(flawsOf(parsed(steps))).toEqual([]);
});

/** Steps of which each comes after some of those before it, in any order in the file. */
const anyOrder = fc
  .array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 1, maxLength: 25 })
  .chain((lists) => {
    const steps = lists.map((befores, at) =>
      ask(`s${at}`, { after: at === 0 ? [] : [...new Set(befores.map((n) => `s${n % at}`))] }),
    );
    return fc.shuffledSubarray(steps, { minLength: steps.length });
  });

test('any order without a circle is taken, and every step gets its turn once, after what it waits for', () => {
  fc.assert(
    fc.property(anyOrder, fc.infiniteStream(fc.nat()), (steps, choices) => {
      const definition = parsed(steps);
      expect(flawsOf(definition)).toEqual([]);
      const open = plannedSteps(definition);
      const ended: Record<string, Ended> = {};
      while (open.length > 0) {
        const ready = open.filter((step) => step.after.every((id) => ended[id] !== undefined));
        const value = Number(choices.next().value);
        const next = ready[value % ready.length];
        if (!next) throw new Error('no step is ready, though the order has no circle');
        expect(turnOf(next, ended, { params: {}, steps: {} })).toEqual({ kind: 'run' });
        expect(ended[next.id]).toBeUndefined();
        ended[next.id] = { state: { kind: 'completed' }, isStopped: false, hasOutput: true };
        open.splice(open.indexOf(next), 1);
      }
    }),
  );
});

test('a circle is always found, however long it is and whatever else there is', () => {
  fc.assert(
    fc.property(anyOrder, fc.integer({ min: 1, max: 6 }), (steps, length) => {
      const circle = Array.from({ length: length + 1 }, (_, at) =>
        ask(`c${at}`, { after: [`c${(at + length) % (length + 1)}`] }),
      );
      const flaws = flawsOf(parsed([...steps, ...circle]));
      expect(flaws.some((flaw) => flaw.message.startsWith('the order is a circle: '))).toBe(true);
    }),
  );
});

const rejected: StepState = { kind: 'rejected', by: 'mara', reason: 'no' };
const failed: StepState = { kind: 'failed', failure: 'Gone', message: 'gone' };
const over = (state: StepState, some: Partial<Ended> = {}): Ended => ({
  state,
  isStopped: ['failed', 'rejected', 'cancelled'].includes(state.kind),
  hasOutput: state.kind === 'completed' || state.kind === 'rejected',
  ...some,
});
const second = (more: object = {}): PlannedStep => {
  const [, step] = plannedSteps(parsed([ask('a'), pull('b', '2026-01-05', more)]));
  if (!step) throw new Error('no step');
  return step;
};
const scope = { params: {}, steps: { a: { state: 'x', output: { approved: false } } } };
const asks = { when: { ref: '/steps/a/output/approved', equals: false } };

test.each<[string, PlannedStep, Ended, object]>([
  ['what it waits for is done', second(), over({ kind: 'completed' }), { kind: 'run' }],
  ['a skipped step is no reason', second(), over({ kind: 'skipped', why: '' }), { kind: 'run' }],
  [
    'a failed one is',
    second(),
    over(failed),
    { kind: 'skip', why: 'a failed', because: 'stopped' },
  ],
  ['so is a rejected one', second(), over(rejected), { why: 'a was rejected', because: 'stopped' }],
  ['but not for who asks for it', second(asks), over(rejected), { kind: 'run' }],
  ['a failed one is for all', second(asks), over(failed), { kind: 'skip' }],
  [
    'a skipped one hands nothing on',
    second({ task: { capability: 'x', input: { x: { $ref: '/steps/a/output/x' } } } }),
    over({ kind: 'skipped', why: '' }),
    { kind: 'skip', why: 'needs the output of a, which has none', because: 'condition' },
  ],
  [
    'unless a person gave its output',
    second({ task: { capability: 'x', input: { x: { $ref: '/steps/a/output/x' } } } }),
    over({ kind: 'skipped', why: '' }, { hasOutput: true }),
    { kind: 'run' },
  ],
])('whether a step runs: %s', (_, step, ended, turn) => {
  expect(turnOf(step, { a: ended }, scope)).toMatchObject(turn);
});
