import { expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import {
  atLeast,
  atMost,
  interleaved,
  jsonOf,
  machine,
  quantile,
  textOf,
} from '../../bench/harness.ts';
import { root } from '../support/servers.ts';

const bench = (...args: string[]) =>
  spawnSync(process.execPath, [join(root, 'bench/main.ts'), ...args], { encoding: 'utf8' });

test('without a name the benches are listed, and a name that nobody knows ends with 2', () => {
  const { stdout, status } = bench();
  expect({ stdout, status }).toEqual({
    stdout: expect.stringMatching(/^ {2}door +\S/m),
    status: 0,
  });
  expect(bench('window')).toMatchObject({ status: 2, stdout: '' });
});

test('a target is met exactly on it, not beyond', () => {
  expect(atMost('wait', 1, 1, 'ms')).toEqual({
    ...{ name: 'wait', value: 1, target: '≤ 1 ms', pass: true },
  });
  expect(atMost('wait', 1.0001, 1, 'ms').pass).toBe(false);
  expect(atLeast('rate', 4_000, 4_000, 'a second').pass).toBe(true);
  expect(atLeast('rate', 3_999.9, 4_000, 'a second').pass).toBe(false);
  expect(atMost('nothing measured', quantile([], 0.5), 1, 'ms').pass).toBe(false);
});

test('contestants take turns in an order that the seed decides, and the first round is not counted', async () => {
  const orderOf = async (seed: number) => {
    const order: string[] = [];
    const contestant = (name: string) => async () => {
      await Promise.resolve();
      return [order.push(name)];
    };
    const samples = await interleaved({ seed, say: () => undefined }, 4, {
      ...{ a: contestant('a'), b: contestant('b'), c: contestant('c') },
    });
    expect([...samples.values()].map((sample) => sample.length)).toEqual([4, 4, 4]);
    expect([...samples.values()].flat().every((nth) => nth > 3)).toBe(true);
    return order.join('');
  };
  expect(await orderOf(1)).toBe(await orderOf(1));
  expect(await orderOf(1)).not.toBe(await orderOf(2));
});

test('one line of JSON says everything; the table says which target was missed', () => {
  const result = {
    versions: { postgres: '18' },
    settings: { rounds: 1 },
    checks: [atMost('wait', 2, 1, 'ms')],
    figures: { 'Waits, ms': [{ what: 'ours', p50: 2 }] },
  };
  const line = jsonOf('door', machine(), 7, result);
  expect(line).not.toContain('\n');
  expect(JSON.parse(line)).toMatchObject({
    ...{ name: 'door', seeds: [7], checks: [{ name: 'wait', value: 2, pass: false }] },
    ...{ machine: { cores: expect.any(Number) }, versions: { postgres: '18' } },
  });
  const busy = { ...machine(), cores: 2, loadAtStart: 15 };
  expect(textOf(busy, result)).toContain('FAILED  wait: 2 (≤ 1 ms)');
  expect(textOf(busy, result)).toContain('The machine was busy');
  expect(textOf({ ...busy, loadAtStart: 0.3 }, result)).not.toContain('busy');
});
