import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { PipelineDefinition } from '../../src/contracts/pipeline.ts';
import { checkPipeline } from '../../src/platform/check-pipeline.ts';
import {
  BadPipeline,
  readSource,
  readySource,
  sourceOf,
} from '../../src/platform/pipeline-source.ts';
import { readyPipelines } from '../../src/platform/ready-pipelines.ts';
import { keyOf, pipelineMemoOf } from '../../src/platform/start-pipeline.ts';
import { ask, pipelineOf, pull } from '../support/pipelines.ts';
import { root } from '../support/servers.ts';

const accountsOf = () => ['default', 'tour'];

/** What is wrong with the text of a pipeline, or with one made of steps. */
function problemsOf(pipeline: string | object, params?: Record<string, unknown>) {
  try {
    const source = typeof pipeline === 'string' ? readSource(pipeline) : sourceOf(pipeline);
    checkPipeline(source, { accountsOf, params });
  } catch (error) {
    if (error instanceof BadPipeline) return error.problems;
    throw error;
  }
  return [];
}

const yaml = (steps: string) => `name: test\ntitle: Test\nsteps:\n${steps}`;

test.each<[string, string, object]>([
  ['no YAML', 'name: [', { line: 1, message: expect.stringMatching(/^this is not YAML: /) }],
  ['a key given twice', 'name: a\nname: b', { line: 2 }],
  ['an empty file', '', { line: 1, message: 'it is empty; expected name, title and steps' }],
  ['no steps', yaml('  []'), { line: 4, path: '/steps', message: 'expected at least one step' }],
  [
    'a step without work',
    yaml('  - id: a'),
    { line: 4, path: '/steps/0', message: 'expected exactly one of task, for-each, approval' },
  ],
  [
    'a field that is none',
    yaml('  - id: a\n    approval: { question: x }\n    afters: [b]'),
    { line: 6, path: '/steps/0/afters', message: 'is not a field here' },
  ],
  [
    'a circle',
    yaml(
      '  - id: a\n    after: [b]\n    approval: { question: x }\n  - id: b\n    approval: { question: x }',
    ),
    { line: 5, path: '/steps/0/after', message: 'the order is a circle: a → b → a' },
  ],
  [
    'an unknown capability',
    yaml('  - id: a\n    task:\n      capability: instantly.nope'),
    {
      line: 6,
      path: '/steps/0/task/capability',
      message: expect.stringMatching(
        /^No agent has the capability “instantly.nope”. There are: instantly.daily/,
      ),
    },
  ],
  [
    'a wrong value',
    yaml(
      '  - id: a\n    task:\n      capability: instantly.daily-analytics\n      input:\n        date: monday',
    ),
    { line: 8, path: '/steps/0/task/input/date', message: 'expected a day as YYYY-MM-DD' },
  ],
  [
    'a missing field',
    yaml('  - id: a\n    task: { capability: instantly.daily-analytics }'),
    { line: 5, path: '/steps/0/task/input/date' },
  ],
  [
    'an unknown account',
    yaml(
      '  - id: a\n    task: { capability: instantly.daily-analytics, account: acme, input: { date: 2026-01-05 } }',
    ),
    {
      line: 5,
      path: '/steps/0/task/account',
      message: 'instantly has no account “acme”; settings name: default, tour',
    },
  ],
  [
    'an output that is none',
    yaml(
      '  - id: a\n    task: { capability: instantly.daily-analytics, input: { date: 2026-01-05 } }\n  - id: b\n    when: { ref: /steps/a/output/nope, exists: true }\n    approval: { question: x }',
    ),
    {
      line: 7,
      path: '/steps/1/when',
      message: expect.stringMatching(/the output of a has no field “nope”; there are: date, /),
    },
  ],
])('%s: the line, the place and what was expected', (_, text, problem) => {
  expect(problemsOf(text)).toEqual([expect.objectContaining(problem)]);
});

test('ten megabytes in one field are refused with its name', () => {
  const text = 'x'.repeat(10_485_760);
  const definition = pipelineOf('big', [ask('a'), pull('b', '2026-01-05', { title: text })]);
  expect(problemsOf(JSON.stringify(definition))).toEqual([
    {
      path: '/steps/1/title',
      line: 1,
      message: expect.stringMatching(
        /^is 10,485,762 characters long; .* may have 262,144 together/,
      ),
    },
  ]);
  const given = problemsOf(pipelineOf('big', [ask('a')], { params: { t: { type: 'string' } } }), {
    t: text,
  });
  expect(given).toMatchObject([{ path: '/params/t' }]);
});

test('everything that is wrong is named at once, what is known later is not', () => {
  const definition = pipelineOf('many', [
    pull('a', 'x'),
    pull('b', { $ref: '/steps/a/output/date' }, {}),
    pull('c', 'y'),
  ]);
  expect(problemsOf(definition).map((problem) => problem.path)).toEqual([
    '/steps/0/task/input/date',
    '/steps/2/task/input/date',
  ]);
});

const dated = pipelineOf('dated', [pull('a', { $ref: '/params/day' })], {
  params: {
    day: { type: 'string', format: 'date' },
    rate: { type: 'number', minimum: 0, maximum: 1, default: 0.5 },
    who: { type: 'array', items: { type: 'string', format: 'email' }, default: [] },
  },
});

test.each<[Record<string, unknown>, string]>([
  [{}, '/params/day'],
  [{ day: 'monday' }, '/params/day'],
  [{ day: '2026-01-05', rate: 2 }, '/params/rate'],
  [{ day: '2026-01-05', who: ['a@example.com', 'b'] }, '/params/who/1'],
  [{ day: '2026-01-05', days: 1 }, '/params/days'],
])('parameters are checked: %j', (params, path) => {
  expect(problemsOf(dated, params)).toMatchObject([{ path, line: null }]);
});

test('without parameters a pipeline is checked as far as it goes', () => {
  expect(problemsOf(dated)).toEqual([]);
  const wrong = { ...dated, params: { ...dated, day: { type: 'string', default: 1 } } };
  expect(problemsOf({ ...wrong, params: { day: { type: 'string', default: 1 } } })).toMatchObject([
    { path: '/params/day/default' },
  ]);
});

test('the same parameters on the same day are the same work, whatever their order', () => {
  const check = (params: Record<string, unknown>) =>
    checkPipeline(sourceOf(dated), { accountsOf, params });
  const at = new Date('2026-01-05T23:59:59Z');
  const one = keyOf(check({ day: '2026-01-04', rate: 0.1 }), at);
  expect(one).toMatch(/^2026-01-05-[0-9a-f]{10}$/);
  expect(keyOf(check({ rate: 0.1, day: '2026-01-04' }), at)).toBe(one);
  expect(keyOf(check({ rate: 0.2, day: '2026-01-04' }), at)).not.toBe(one);
  expect(keyOf(check({ day: '2026-01-04', rate: 0.1 }), new Date('2026-01-06'))).not.toBe(one);
});

test('a run of a pipeline is called by what is special about it', () => {
  const titleOf = (name: string, params: Record<string, unknown>) => {
    const checked = checkPipeline(readySource(name), { accountsOf, params });
    return pipelineMemoOf(checked, { kind: 'person', name: 'mara' }).title;
  };
  const url = 'https://www.youtube.com/watch?v=aqz-KE-bpKQ&list=PL0123456789';
  expect(titleOf('video-to-shorts', { url })).toBe(
    'Video to shorts · www.youtube.com/watch?v=aqz-KE-bpKQ&lis…',
  );
  expect(titleOf('video-to-shorts', { url: 'https://video.example/a', clips: 3 })).toBe(
    'Video to shorts · video.example/a · 3',
  );
  expect(titleOf('daily-analytics', { account: 'tour' })).toMatch(/^Daily analytics · 20\d\d-/);
});

test('every ready pipeline may start, and takes yesterday when no day is given', () => {
  const { pipelines, broken } = readyPipelines({ accountsOf });
  expect(broken).toEqual([]);
  expect(pipelines.map((each) => each.name)).toContain('daily-analytics');
  const { params } = checkPipeline(readySource('daily-analytics'), { accountsOf, params: {} });
  expect(params.day).toBe(new Date(Date.now() - 86_400_000).toISOString().slice(0, 10));
});

test('a name leads to no file outside the folder, and a wrong one names those there are', () => {
  for (const name of ['nope', '../package', '/etc/passwd']) {
    expect(() => readySource(name)).toThrow(/no ready pipeline has the name .* there are: daily-/);
  }
});

/** `RECORD_SCHEMA=1 npm test -- check-pipeline` writes it anew. */
test('the schema for editors is the one of the contract', () => {
  const file = join(root, 'pipelines/pipeline.schema.json');
  const schema = {
    title: 'Pipeline',
    ...z.toJSONSchema(PipelineDefinition, { io: 'input' }),
  };
  if (process.env.RECORD_SCHEMA) writeFileSync(file, `${JSON.stringify(schema, null, 2)}\n`);
  const text = readFileSync(file, 'utf8');
  expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(schema)));
  expect(readFileSync(join(root, 'pipelines/daily-analytics.yaml'), 'utf8')).toMatch(
    /^# yaml-language-server: \$schema=\.\/pipeline\.schema\.json\n/,
  );
});
