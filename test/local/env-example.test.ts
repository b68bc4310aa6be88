import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { expect, test } from '@jest/globals';
import { readConfig, settingNames } from '../../src/platform/config.ts';
import { scratchFolder } from '../support/scratch.ts';
import { root } from '../support/servers.ts';

const example = readFileSync(join(root, '.env.example'), 'utf8');
const values = parseEnv(example);
const empty = scratchFolder();

test('every setting is in .env.example, and nothing else', () => {
  expect(Object.keys(values).toSorted()).toEqual(settingNames.toSorted());
});

test('the values shown are the defaults', () => {
  expect(readConfig(values, empty)).toEqual(readConfig({}, empty));
});

test('each setting has a line that explains it', () => {
  const lines = example.split('\n');
  for (const name of settingNames) {
    const at = lines.findIndex((line) => line.startsWith(`${name}=`));
    expect([name, lines[at - 1]]).toEqual([name, expect.stringMatching(/^# \w.*\.$/)]);
  }
});
