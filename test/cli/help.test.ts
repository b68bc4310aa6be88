import { expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.ts';
import { version } from '../../src/platform/version.ts';
import { agentic } from './agentic.ts';

/** Nothing is there: no server, no settings that could be read. */
const nothing = {
  TEMPORAL_ADDRESS: '127.0.0.1:1',
  DATABASE_URL: 'postgres://nobody@127.0.0.1:1/x',
  LOG_LEVEL: 'not a level',
};
test('every command shows help with an example', () => {
  const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];
  const withActions = all(createProgram()).filter((command) => command.name() !== 'help');
  expect(withActions.length).toBeGreaterThan(70);
  for (const command of withActions) {
    let help = '';
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    expect(help).toMatch(/^Usage: agentic/);
    expect(help).toMatch(/Examples?:\n {2}agentic /);
    // what is longer leaves no room for its help beside it
    for (const { flags } of command.options) expect(flags.length).toBeLessThanOrEqual(60);
  }
});

test.each([
  [['run', 'instantly.daily-analytics']],
  [['instantly', 'activate']],
  [['memory', 'explain']],
  [['campaigns', 'create']],
])('%j shows its help before anything is started or set', async (command) => {
  const { out, err, code } = await agentic([...command, '--help'], { env: nothing });
  expect({ err, code }).toEqual({ err: '', code: 0 });
  expect(out).toContain(`Usage: ${['agentic', ...command].join(' ')}`);
});

test('flags and their help come from the declarations', async () => {
  const { out } = await agentic(['run', 'instantly.daily-analytics', '--help']);
  expect(out).toMatch(/--date <YYYY-MM-DD> +UTC day to pull, such as 2026-01-05/);
  expect(out).toMatch(/--emails <a,b,…> +only these mailboxes/);
  expect(out).toMatch(/--max-bounce-rate <number>/);
});

test('the familiar verbs say which days they take when none are given', async () => {
  const dayAgo = (days: number) =>
    new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
  const daily = await agentic(['instantly', 'daily', '--help']);
  expect(daily.out).toContain(`(default: ${dayAgo(1)})`);
  const overview = await agentic(['instantly', 'overview', '--help']);
  const words = overview.out.replaceAll(/\s+/g, ' ');
  expect(words).toContain(`(default: ${dayAgo(1)})`);
  expect(words).toContain(`(default: ${dayAgo(0)})`);
  expect(overview.out).toContain('--campaign-id');
});

test('what is about campaigns is called by its agent or by its matter, with the same flags', async () => {
  const help = async (...path: string[]) => (await agentic([...path, '--help'])).out;
  const flags = (text: string) => text.match(/--[a-z-]+/g);
  expect(flags(await help('campaigns', 'create'))).toEqual(
    flags(await help('instantly', 'create-campaign')),
  );
  const group = await help('campaigns');
  for (const verb of ['create', 'preview', 'activate', 'pause', 'status']) {
    expect(group).toMatch(new RegExp(`^  ${verb} `, 'm'));
  }
  expect(await help('campaigns', 'create')).toContain(
    "agentic campaigns create --name 'Dentists in Utrecht' --dry-run",
  );
});

test('shows its version, and help when nothing is asked for', async () => {
  expect(await agentic(['--version'])).toEqual({ out: `${version}\n`, err: '', code: 0 });
  const bare = await agentic([]);
  expect(bare.code).toBe(0);
  expect(bare.out).toContain('Exit codes:');
});

test.each<[string, string[], RegExp]>([
  ['an unknown command', ['nope'], /unknown command 'nope'/],
  ['an unknown capability', ['run', 'nope.nope'], /unknown command 'nope.nope'/],
  ['an unknown flag', ['instantly', 'daily', '--nope'], /unknown option '--nope'/],
  ['a word too many', ['agents', 'x'], /too many arguments/],
  ['a missing argument', ['schedule', 'pause'], /missing required argument 'id'/],
  ['a missing reason', ['runs', 'cancel', 'x'], /'--reason <text>' not specified/],
  [
    'a choice that is none',
    ['runs', '--state', 'x'],
    /Allowed choices are open, needs-you, completed/,
  ],
  ['a time that is none', ['instantly', 'daily', '--timeout', 'x'], /such as 90s, 10m, 2h or 7d/],
])('%s ends with 2 and says what to look at', async (_, args, message) => {
  const { out, err, code } = await agentic(args);
  expect({ out, code }).toEqual({ out: '', code: 2 });
  expect(err).toMatch(message);
  expect(err).toMatch(/Try: agentic .*--help/);
  expect(err).not.toContain('    at ');
});

test.each<[string, string[], string]>([
  ['a wrong day', ['instantly', 'daily', '--date', 'nope'], '--date: expected a day as YYYY-MM-DD'],
  ['a missing day', ['run', 'instantly.daily-analytics'], '--date: expected a day as YYYY-MM-DD'],
  [
    'the wrong one of several',
    ['instantly', 'daily', '--emails', 'a@example.com,nope'],
    '--emails (1): expected an e-mail address',
  ],
  [
    'a number that is none',
    ['instantly', 'daily', '--max-bounce-rate', 'x'],
    '--max-bounce-rate: Invalid input: expected number, received string',
  ],
  [
    'a range the wrong way round',
    ['instantly', 'overview', '--start-date', '2026-02-01', '--end-date', '2026-01-01'],
    '--start-date: expected a day not after endDate',
  ],
  [
    'a field that is none',
    ['run', 'instantly.daily-analytics', '--input', '{"date":"2026-01-05","day":1}'],
    'input.day: is not a field; there are: date, emails, maxBounceRate',
  ],
  [
    'input that is no object',
    ['run', 'instantly.daily-analytics', '--input', '[1]'],
    '--input: this JSON is not usable: expected an object such as {"date":"2026-01-05"}',
  ],
  [
    'a file that is not there',
    ['run', 'instantly.daily-analytics', '--input', '@/nowhere.json'],
    "--input: /nowhere.json can't be read",
  ],
  [
    'an account that could be none',
    ['instantly', 'daily', '--account', 'Not This'],
    '--account: expected small letters, digits and hyphens, at most 40',
  ],
  [
    'an unknown time',
    ['runs', '--from', 'monday'],
    '--from: expected a day such as 2026-01-05, or a time such as 2026-01-05T14:00:00Z',
  ],
])('%s ends with 2 and one line that names the flag', async (_, args, line) => {
  const servers = { TEMPORAL_ADDRESS: '127.0.0.1:1', DATABASE_URL: 'postgres://x@127.0.0.1:1/x' };
  expect(await agentic(args, { env: servers })).toEqual({ out: '', err: `${line}\n`, code: 2 });
});

test('settings that are wrong end with 2 and name the setting', async () => {
  const { err, code } = await agentic(['runs'], { env: { LOG_LEVEL: 'loud' } });
  expect(code).toBe(2);
  expect(err).toMatch(/LOG_LEVEL: Invalid option/);
});
