import { expect, test } from '@jest/globals';
import type { Rule } from '../../src/contracts/memory.ts';
import { nothingKnown } from '../../src/rules/memory.ts';
import { replayed } from '../../src/rules/trial.ts';
import { lesson } from '../support/lessons.ts';
import { at, declared, seen } from '../support/memory.ts';

const avoidBulk: Rule = { kind: 'avoid', method: 'bulk' };
const under = (rule: Rule, evidence: Parameters<typeof replayed>[1]) =>
  replayed(
    { ...nothingKnown, lessons: [lesson({ rule, expires: null })] },
    evidence,
    [declared],
    at(9),
  );

test('a failure of a method that would not have been tried is saved', () => {
  const evidence = [
    seen({ run: 1, failure: 'Gone' }),
    seen({ run: 1, method: 'one-by-one' }),
    seen({ run: 2, method: 'one-by-one' }),
  ];
  expect(under(avoidBulk, evidence)).toEqual({ tasks: 3, elsewhere: 1, saved: 1, unproven: 0 });
});

test('what went well in a way that is left is told, because nobody knows how the other goes', () => {
  expect(under(avoidBulk, [seen({ run: 1, tasks: 40 })])).toEqual({
    ...{ tasks: 40, elsewhere: 40, saved: 0, unproven: 40 },
  });
});

test('an outage is not saved by taking another way', () => {
  expect(under(avoidBulk, [seen({ run: 1, failure: 'VendorUnavailable' })])).toMatchObject({
    ...{ elsewhere: 1, saved: 0, unproven: 0 },
  });
});

test('a number that the vendor took in the end saves the try that it did not take', () => {
  const atMost50: Rule = { kind: 'bound', tunable: 'chunkSize', side: 'at-most', value: 50 };
  const evidence = [seen({ run: 1, accepted: 50 }), seen({ run: 2 })];
  expect(under(atMost50, evidence)).toEqual({ tasks: 2, elsewhere: 2, saved: 1, unproven: 0 });
});

test('under a memory that knows nothing all goes as it went', () => {
  const evidence = [seen({ run: 1 }), seen({ run: 2, failure: 'Gone' })];
  expect(replayed(nothingKnown, evidence, [declared], at(9))).toEqual({
    ...{ tasks: 2, elsewhere: 0, saved: 0, unproven: 0 },
  });
});
