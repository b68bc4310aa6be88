import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { paced } from '../../src/platform/paced.ts';
import { eventually } from '../support/scratch.ts';

/** Counts how often it was asked; each answer takes so long. */
function counter(tookMs: number) {
  let asked = 0;
  const ask = paced(async (id: string, ..._rest: readonly unknown[]) => {
    asked += 1;
    const answer = `${id} ${asked}`;
    await sleep(tookMs);
    return answer;
  });
  return { ask, asked: () => asked };
}

test('those who ask at the same time share one answer', async () => {
  const { ask, asked } = counter(20);
  expect(await Promise.all([ask('a'), ask('a'), ask('b')])).toEqual(['a 1', 'a 1', 'b 2']);
  expect(asked()).toBe(2);
});

test('what is quick is asked anew, and only so often that it takes a fifth of the time', async () => {
  const { ask } = counter(20);
  await ask('a');
  expect(await ask('a')).toBe('a 1');
  await eventually('the newer answer', async () => (await ask('a')) === 'a 2');
});

test('nobody waits for what takes long once it is known; the next one hears the newer answer', async () => {
  const second = Promise.withResolvers<string>();
  let asked = 0;
  const ask = paced(async (id: string) => {
    asked += 1;
    if (asked > 1) return second.promise;
    await sleep(120);
    return `${id} 1`;
  });
  await eventually('another question', async () => (await ask('a')) === 'a 1' && asked === 2);
  expect(await ask('a')).toBe('a 1');
  expect(asked).toBe(2);
  second.resolve('a 2');
  await eventually('the newer answer', async () => (await ask('a')) === 'a 2');
});

test('what it depends on changes the question', async () => {
  const { ask } = counter(120);
  await ask('a', 10);
  expect(await ask('a', 11)).toBe('a 2');
});

test('a failure is told, and asked about again', async () => {
  let isBroken = true;
  const ask = paced(async (id: string) => {
    await sleep(1);
    if (isBroken) throw new Error('broken');
    return id;
  });
  await expect(ask('a')).rejects.toThrow('broken');
  isBroken = false;
  expect(await ask('a')).toBe('a');
});
