import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createAuditLog } from '../../src/platform/audit.ts';
import { openLog } from '../../src/platform/logger.ts';
import { eventually } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';
import { agentic, envOf, start } from './agentic.ts';

let world: World;
let env: NodeJS.ProcessEnv;
const run = 'klap.export/default/x';
beforeAll(async () => {
  world = await createWorld(import.meta.filename, { hasWorker: false });
  env = envOf(world);
  const log = openLog('worker', world.config, world.database, { isSilent: true });
  log.logger.info({ taskQueue: 'klap', workflowId: run }, 'Clip 1 of 2 exported');
  log.logger.warn({ taskQueue: 'klap', workflowId: run }, 'Klap asks us to wait');
  log.logger.error('A queue stopped');
  await log.close();
  const audit = createAuditLog(world.database);
  const note = (action: string, target: string, reason: string) =>
    audit.note({ by: 'cli:mara@host', from: 'cli', action, target, reason, detail: { of: 1 } });
  await note('run.start', run, '');
  await note('run.cancel', run, '=wrong video');
  await note('token.revoke', 'nightly', 'leaked');
});
afterAll(() => world.close());

const ask = (...args: string[]) => agentic(args, { env });

test('logs are read in the order of time, by level, run, agent and words', async () => {
  const all = await ask('logs');
  expect(all.code).toBe(0);
  expect(all.out.trim().split('\n')).toEqual([
    expect.stringMatching(/^20\S+ \S+ info {2}klap {6}Clip 1 of 2 exported {2}klap\.export/),
    expect.stringMatching(/ warn {2}klap {6}Klap asks us to wait/),
    expect.stringMatching(/ error worker {4}A queue stopped$/),
  ]);
  const some = await ask('logs', '--level', 'warn', '--agent', 'klap', '--run', run, '--json');
  expect(JSON.parse(some.out)).toMatchObject({ level: 'warn', workflowId: run, agent: 'klap' });
  expect((await ask('logs', '--search', 'expor clip')).out).toMatch(/^\S+ \S+ info .*\n$/);
  const none = await ask('logs', '--since', '2999-01-01');
  expect(none).toEqual({ out: '', err: 'No line matches.\n', code: 0 });
});

test('logs that are followed show what comes next', async () => {
  const { child, said } = start(['logs', '--limit', '1', '--follow'], { env });
  let out = '';
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
  await eventually('the newest line', () => out.includes('A queue stopped'));
  const log = openLog('dashboard', world.config, world.database, { isSilent: true });
  log.logger.info('Said while somebody followed');
  await log.close();
  await eventually('the next line', () => out.includes('Said while somebody followed'));
  child.kill();
  await said;
});

test('the audit is listed by action, target and page, and written whole as a table', async () => {
  const runs = await ask('audit', '--action', 'run');
  expect(runs.out).toMatch(/cli:mara@host +cli +run\.cancel +klap\.export\S+ +=wrong video/);
  expect(runs.out).not.toContain('token.revoke');
  const page = await ask('audit', '--limit', '1', '--json');
  expect(JSON.parse(page.out)).toMatchObject({ total: 3, rows: [{ action: 'token.revoke' }] });
  const next = await ask('audit', '--limit', '1', '--cursor', '3', '--target', 'KLAP', '--json');
  expect(JSON.parse(next.out)).toMatchObject({ total: 2, rows: [{ action: 'run.cancel' }] });
  const csv = await ask('audit', '--by', 'cli:mara@host', '--format', 'csv');
  expect(csv.out.split('\n').slice(0, 3)).toEqual([
    'id,at,by,from,action,target,reason,detail',
    expect.stringContaining('token.revoke,nightly,leaked,"{""of"":1}"'),
    expect.stringContaining("'=wrong video"),
  ]);
});

test.each<[string, string[], string]>([
  ['a level that is none', ['logs', '--level', 'loud'], 'Allowed choices are debug'],
  ['a time that is none', ['logs', '--since', 'monday'], '--since: expected a day'],
  ['a field without a value', ['logs', '--field', 'process'], '--field: expected a field and its'],
  ['too many', ['audit', '--limit', '501'], '--limit: Too big'],
  ['an action that is none', ['audit', '--action', 'a b'], '--action: expected an action such as'],
])('%s ends with 2 and names the flag', async (_, args, message) => {
  const { err, code } = await ask(...args);
  expect(code).toBe(2);
  expect(err).toContain(message);
});
