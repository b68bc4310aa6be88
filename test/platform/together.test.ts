import { expect, test } from '@jest/globals';
import { createLookup } from '../../src/platform/together.ts';

test('those who ask in the same moment share one question, and each gets the own answer', async () => {
  const asked: (readonly string[])[] = [];
  const lengthOf = createLookup((names: readonly string[]) => {
    asked.push(names);
    return Promise.resolve(new Map(names.filter(Boolean).map((name) => [name, name.length])));
  });
  const together = ['mara', 'ola', 'mara', ''].map((name) => lengthOf(name));
  expect(await Promise.all(together)).toEqual([4, 3, 4, undefined]);
  expect(asked).toEqual([['mara', 'ola', '']]);
  expect(await lengthOf('mara')).toBe(4);
  expect(asked).toHaveLength(2);
});

test('a question that fails fails for those who shared it, and the next one is asked anew', async () => {
  let isAway = true;
  const find = createLookup((keys: readonly number[]) =>
    isAway
      ? Promise.reject(new Error('away'))
      : Promise.resolve(new Map(keys.map((key) => [key, 'there']))),
  );
  const both = await Promise.allSettled([find(1), find(2)]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  isAway = false;
  expect(await find(1)).toBe('there');
});
