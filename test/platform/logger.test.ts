import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { readConfig } from '../../src/platform/config.ts';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import { openLog, type KeptLog } from '../../src/platform/logger.ts';
import { createLogReader } from '../../src/platform/logs.ts';
import { LogQuery } from '../../src/contracts/logs.ts';
import { eventually, scratchFolder } from '../support/scratch.ts';
import { startPostgres, testDatabase, type TestDatabase } from '../support/servers.ts';

let own: TestDatabase;
let database: Database;
beforeAll(async () => {
  own = await testDatabase('logger');
  database = openDatabase(own.url, 4);
});
beforeEach(() => database.sql`truncate log_lines`);
afterAll(async () => {
  await database.close();
  await own.drop();
});

const settings = (env: NodeJS.ProcessEnv = {}) =>
  readConfig({ DATABASE_URL: own.url, LOG_LEVEL: 'debug', ...env }, '/nonexistent');
const silently = (env: NodeJS.ProcessEnv = {}, into: Database = database): KeptLog =>
  openLog('worker', settings(env), into, { isSilent: true });
const linesIn = async (from: Database = database, query: object = {}) =>
  (await createLogReader(from).page(LogQuery.parse(query))).lines;

test('lines are kept with level, run and agent, and what they say besides', async () => {
  const log = silently();
  log.logger.info(
    { workflowId: 'klap.export/default/x', workflowRunId: 'r-1', taskQueue: 'klap', attempt: 2 },
    'Activity completed',
  );
  log.logger.error({ taskQueue: 'agentic' }, 'A queue stopped');
  await log.close();
  expect(await linesIn()).toMatchObject([
    { level: 'error', message: 'A queue stopped', agent: null, workflowId: null, runId: null },
    {
      ...{ level: 'info', message: 'Activity completed', agent: 'klap' },
      ...{ workflowId: 'klap.export/default/x', runId: 'r-1' },
      fields: { process: 'worker', taskQueue: 'klap', attempt: 2 },
    },
  ]);
});

test('no secret of the settings and nothing that looks like a key is kept', async () => {
  const token = `agentic_${'x'.repeat(43)}`;
  const log = silently({
    INSTANTLY_API_KEY_ACME: 'instantly-key-1234',
    TEMPORAL_API_KEY: 'temporal-key-1234',
    GOOGLE_CLIENT_SECRET: 'client-word-1234',
    NOTIFY_CHANNEL_SALES: 'https://hooks.slack.com/services/T9/B9/abcdef',
    GOOGLE_SHEETS_CREDENTIALS: JSON.stringify({ private_key: '-----BEGIN\nprivate-part\n-----' }),
  });
  log.logger.warn(
    {
      header: 'Bearer abcdef123456',
      url: 'postgres://agentic:hush-hush@db/agentic',
      error: 'refused instantly-key-1234 and temporal-key-1234 and client-word-1234',
      key: '-----BEGIN\nprivate-part\n-----',
      nested: { text: JSON.stringify({ apiKey: 'abcdef123456' }) },
    },
    `POST /services/T9/B9/abcdef by ${token}`,
  );
  await log.close();
  const [line] = await linesIn();
  const kept = JSON.stringify(line);
  for (const secret of [
    ...['instantly-key', 'temporal-key', 'client-word', 'T9/B9', 'private-part'],
    ...['abcdef', 'hush-hush', 'xxxx'],
  ]) {
    expect(kept).not.toContain(secret);
  }
  expect(line?.message).toBe('POST •••• by agentic_••••');
  expect(line?.fields).toMatchObject({ url: 'postgres://agentic:••••@db/agentic' });
});

test('a line that the database can’t store loses what is at fault, and takes no other with it', async () => {
  const log = silently();
  log.logger.info({ text: 'half \ud83d and nul \u0000', long: 'x'.repeat(9_000) }, 'nul \u0000');
  log.logger.info({ time: 8.6e15 }, 'in the year 274494');
  log.logger.info('the next one');
  await log.close();
  const lines = await linesIn();
  expect(lines.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^1 lines of the log were not kept/),
    'the next one',
    'nul \ufffd',
  ]);
  expect(String(lines[2]?.fields.long)).toHaveLength(4_001);
});

test('readers who follow miss no line, however many processes write at once', async () => {
  const reader = createLogReader(database);
  const logs = Array.from({ length: 4 }, () => silently());
  const seen: string[] = [];
  let after = 0;
  const follow = async () => {
    const page = await reader.page(LogQuery.parse({ after, limit: 100 }));
    seen.push(...page.lines.map(({ message }) => message));
    after = page.last;
  };
  const following = eventually('all lines', async () => {
    await follow();
    return seen.length >= 2_000;
  });
  for (let index = 0; index < 2_000; index += 1) logs[index % 4]?.logger.info(`line ${index}`);
  await Promise.all(logs.map((log) => log.close()));
  await following;
  await follow();
  expect(seen).toHaveLength(2_000);
  expect(new Set(seen).size).toBe(2_000);
}, 60_000);

test('while the database is away work goes on, the newest lines wait, and the loss is told', async () => {
  const server = await startPostgres({ stateDir: scratchFolder() });
  const away = openDatabase(server.url, 2);
  try {
    const log = silently({}, away);
    log.logger.info('before');
    await eventually('the first line', async () => (await linesIn(away)).length === 1);
    server.kill();
    const began = performance.now();
    for (let index = 0; index < 7_000; index += 1) log.logger.info(`line ${index}`);
    expect(performance.now() - began).toBeLessThan(10_000);
    const counted = () => away.sql<{ lines: number; lost: number | null }[]>`
      select count(*)::int as lines, sum((fields ->> 'lost')::int)::int as lost from log_lines`;
    const all = await eventually(
      'all lines to be kept or told as lost',
      async () => {
        const [row] = await counted().catch(() => []);
        return row?.lost ? row : undefined;
      },
      60_000,
    );
    await eventually('the last line', async () => {
      const [line] = await linesIn(away, { q: 'line 6999' });
      return line !== undefined;
    });
    expect(all.lost).toBeGreaterThanOrEqual(1_999);
    await log.close();
  } finally {
    await away.close();
    await server.end();
  }
}, 180_000);
