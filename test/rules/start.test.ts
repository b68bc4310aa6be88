import { describe, expect, test } from '@jest/globals';
import { decide } from '../../src/rules/obey.ts';
import { startOf } from '../../src/rules/start.ts';
import { at, declared, memoryOf, rules, seen } from '../support/memory.ts';

const scope = { capability: declared.id, account: 'default' };
const startsOf = (memory: ReturnType<typeof memoryOf>) =>
  rules(memory).filter(({ kind }) => kind === 'start');
const rate = (given: number, right: number) => ({ rate: { given, right } });

describe('numbers that memory gives a start', () => {
  test('the grain of a swarm is the tasks that fill a second, half way between then and now', () => {
    const quick = seen({ run: 1, tasks: 1_000, tookMs: 20_000 });
    const slow = seen({ run: 2, tasks: 1_000, tookMs: 320_000 });
    const one = memoryOf([quick]);
    expect(one.lessons).toMatchObject([
      {
        rule: { kind: 'start', tunable: 'grain', value: 50 },
        why: 'A task took 20 ms in a swarm of 1,000: 50 in a row fill a second',
      },
    ]);
    const two = memoryOf([quick], [slow]);
    expect(two.lessons).toMatchObject([
      { id: 'L-0001', rule: { kind: 'start', tunable: 'grain', value: 12 }, runs: 2 },
    ]);
  });

  test('a grain stays within what an activity may carry, and fifty tasks are the fewest that tell', () => {
    const grainAt = (tasks: number, tookMs: number) =>
      startsOf(memoryOf([seen({ run: 1, tasks, tookMs })]));
    expect(grainAt(50, 50)).toEqual([{ kind: 'start', tunable: 'grain', value: 1_000 }]);
    expect(grainAt(50, 1)).toEqual([{ kind: 'start', tunable: 'grain', value: 1_250 }]);
    expect(grainAt(50, 50 * 60_000)).toEqual([{ kind: 'start', tunable: 'grain', value: 1 }]);
    expect(grainAt(49, 49)).toEqual([]);
  });

  test('a rate that the vendor stopped is a start and no limit: it rises again, and is forgotten at last', () => {
    const stopped = seen({ run: 1, told: rate(1, 0.4) });
    expect(startsOf(memoryOf([stopped]))).toEqual([{ kind: 'start', tunable: 'rate', value: 0.4 }]);
    expect(memoryOf([stopped]).lessons[0]?.why).toContain('took them at 40% of the rate');
    const calm = (run: number) => [seen({ run, told: rate(1, 1) })];
    const rising = [1, 2, 3, 4, 5].map((runs) =>
      startsOf(memoryOf([stopped], ...Array.from({ length: runs }, (_, run) => calm(run + 2)))),
    );
    expect(rising.map(([rule]) => (rule?.kind === 'start' ? rule.value : null))).toEqual([
      0.63,
      0.79,
      0.89,
      0.94,
      null,
    ]);
    // nothing was stopped: nothing to remember
    expect(startsOf(memoryOf(calm(1)))).toEqual([]);
  });

  test('a rate never goes below a tenth, and no failure of any kind makes or moves one', () => {
    const none = seen({ run: 1, told: rate(1, 0.01) });
    expect(startsOf(memoryOf([none]))).toEqual([{ kind: 'start', tunable: 'rate', value: 0.1 }]);
    const failing = [1, 2, 3, 4, 5].map((run) =>
      seen({ run, failure: 'RateLimited', told: rate(1, 0.4), tasks: 500 }),
    );
    expect(rules(memoryOf(failing))).toEqual([]);
  });

  test('a start is forgotten after four weeks in which nobody saw it', () => {
    const memory = memoryOf([seen({ run: 1, tasks: 100, tookMs: 1_000 })]);
    expect(startOf(memory, scope, 'grain', at(24 * 27))?.value).toBe(100);
    expect(startOf(memory, scope, 'grain', at(24 * 30))).toBeUndefined();
    const later = memoryOf(
      [seen({ run: 1, tasks: 100, tookMs: 1_000 })],
      [seen({ run: 2, hours: 24 * 30 })],
    );
    expect(startsOf(later)).toEqual([]);
  });

  test('several numbers of one success are told in one order, whatever the order of their names', () => {
    const poll = { pollSeconds: { given: 10, right: 3 } };
    const [one, other] = [
      { ...poll, ...rate(1, 0.25) },
      { ...rate(1, 0.25), ...poll },
    ].map((told) => memoryOf([seen({ run: 1, told })]));
    expect(other?.lessons.map(({ id, rule }) => [id, rule])).toEqual([
      ['L-0001', { kind: 'start', tunable: 'rate', value: 0.25 }],
      ['L-0002', { kind: 'start', tunable: 'pollSeconds', value: 3 }],
    ]);
    expect(one).toEqual(other);
  });

  test('how often to ask follows what would have been right, within what is declared', () => {
    const polling = {
      ...declared,
      tunables: { pollSeconds: { default: 10, min: 5, max: 60 } },
    };
    const asked = (run: number, given: number, right: number) => [
      seen({ run, told: { pollSeconds: { given, right } } }),
    ];
    const slower = memoryOf(asked(1, 10, 40));
    expect(slower.lessons[0]?.why).toBe('It was done after 40 s, and was asked about every 10 s');
    const choice = decide(polling, slower.lessons, at(2));
    expect(choice.tunables).toEqual({ pollSeconds: 40 });
    expect(choice.heeded.map(({ lesson }) => lesson)).toEqual(['L-0001']);
    const quick = memoryOf(asked(1, 10, 1));
    expect(decide(polling, quick.lessons, at(2)).tunables).toEqual({ pollSeconds: 5 });
    const back = memoryOf(asked(1, 10, 40), asked(2, 40, 10));
    expect(decide(polling, back.lessons, at(3)).tunables).toEqual({ pollSeconds: 20 });
    expect(rules(memoryOf(asked(1, 10, 10)))).toEqual([]);
    expect(decide(polling, slower.lessons, at(24 * 40)).tunables).toEqual({ pollSeconds: 10 });
  });
});
