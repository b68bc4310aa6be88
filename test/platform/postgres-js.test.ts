import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { root, testDatabase, type TestDatabase } from '../support/servers.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('lost_connections');
});
afterAll(() => database.drop());

const Result = z.object({
  answered: z.number(),
  lost: z.number(),
  waiting: z.record(z.string(), z.string()),
  isWhole: z.boolean(),
});

test('a process outlives the loss of connections, and each question on them is answered or fails', async () => {
  const script = join(root, 'test/support/lose-connections.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [script, database.url]);
  const { answered, lost, waiting, isWhole } = Result.parse(JSON.parse(stdout));
  expect(waiting).toEqual({});
  expect(isWhole).toBe(true);
  expect(answered).toBeGreaterThan(100);
  expect(lost).toBeGreaterThan(0);
}, 120_000);
