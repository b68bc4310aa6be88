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

/** What a process of `test/support` prints about this database. */
async function printedBy(script: string): Promise<unknown> {
  const file = join(root, 'test/support', script);
  const { stdout } = await promisify(execFile)(process.execPath, [file, database.url]);
  return JSON.parse(stdout);
}

const Result = z.object({
  answered: z.number(),
  lost: z.number(),
  waiting: z.record(z.string(), z.string()),
  isWhole: z.boolean(),
});

test('a process outlives the loss of connections, and each question on them is answered or fails', async () => {
  const { answered, lost, waiting, isWhole } = Result.parse(await printedBy('lose-connections.ts'));
  expect(waiting).toEqual({});
  expect(isWhole).toBe(true);
  expect(answered).toBeGreaterThan(100);
  expect(lost).toBeGreaterThan(0);
}, 120_000);

test('a COPY says how it ended, whatever else asks on its connection', async () => {
  expect(await printedBy('copy-beside.ts')).toEqual({
    crowd: 'went well',
    questions: ['went well'],
    count: 2_000,
    double: expect.stringContaining('duplicate key'),
    lost: expect.stringMatching(/CONNECTION_CLOSED|terminating connection/),
    after: 'went well',
  });
}, 120_000);
