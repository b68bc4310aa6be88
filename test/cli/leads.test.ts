import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { createLeadStore, type LeadStore } from '../../src/platform/leads.ts';
import { scratchFolder } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';
import { agentic, envOf } from './agentic.ts';

let world: World;
let store: LeadStore;
let env: NodeJS.ProcessEnv;
const folder = scratchFolder();
beforeAll(async () => {
  world = await createWorld(import.meta.filename, { env: { AGENTIC_STATE_DIR: folder } });
  store = createLeadStore(world.database);
  env = envOf(world);
});
afterAll(() => world.close());

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const leadsOf = async (list: string) =>
  (await store.page({ account: 'default', list, limit: 100 })).leads;
const leads = (...args: readonly string[]) => agentic(['leads', ...args], { env });
const run = (...args: readonly string[]) => agentic([...args, '--account', 'tour'], { env });

test('imports a file, shows lists and leads, and leaves out for good', async () => {
  const bad = Array.from({ length: 30 }, (_, at) => `nobody,Nobody ${at}\n`).join('');
  const path = file('show.csv', `Email,Company\na@show.test,Show GmbH\n${bad}=1+1,"a\nb"\n`);
  const rejected = join(folder, 'rejected.csv');
  const imported = await leads('import', path, '--list', 'show', '--rejected', rejected);
  expect(imported.err).toContain('Loaded 32 lines of show.csv');
  expect(imported.err).toContain(`Wrote 31 lines that made no lead to ${rejected}`);
  const why =
    'has neither a place id, nor a website of its own, nor an address that may be written to';
  expect(parse(readFileSync(rejected, 'utf8'))).toEqual([
    ['#line', '#why', 'Email', 'Company'],
    ...Array.from({ length: 30 }, (_, at) => [String(at + 3), why, 'nobody', `Nobody ${at}`]),
    ['33', why, "'=1+1", 'a\nb'],
  ]);
  expect(imported.out).toMatch(/created +1\n/);
  expect(imported.out).toMatch(/line +why\n +3 +has neither a place id/);
  const [lead] = await leadsOf('show');
  const id = String(lead?.id);
  const [listed, shown, lists] = await Promise.all([
    leads('list', '--list', 'show'),
    leads('show', id),
    leads('lists'),
  ]);
  expect(listed.out).toMatch(new RegExp(`${id} +Show GmbH +– +– +a@show.test`));
  expect(shown.out).toMatch(/businessName +Show GmbH +import show\.csv#[0-9a-f]{12}/);
  expect(lists.out).toMatch(/show +1 +\d{4}-/);
  await leads('leave-out', id, '--reason', 'a rival');
  const [exported, all, none] = await Promise.all([
    leads('export', '--list', 'show'),
    leads('export', '--list', 'show', '--is-excluded', 'true', '--layout', 'instantly'),
    leads('list', '--list', 'nope'),
  ]);
  expect(exported.out.split('\n')).toHaveLength(2);
  expect(all.out).toContain('\na@show.test,,,Show GmbH,');
  expect(none).toMatchObject({ code: 0, err: expect.stringContaining('No lead matches') });
  const there = await leads('export', '--is-excluded', 'true', '--file', 'show.csv', '--json');
  const { result } = z
    .object({ result: z.object({ leads: z.literal(1), path: z.string() }) })
    .parse(JSON.parse(there.out));
  expect(readFileSync(result.path, 'utf8')).toContain('a@show.test');
});

test('a list becomes a campaign: preview, create, status, push, each dry or told as JSON', async () => {
  const path = file('push.csv', 'Email,Company,City\nada@push.de,Push GmbH,Bonn\nbo@push.de,,\n');
  await run('leads', 'import', path, '--list', 'push');
  const campaign = ['--name', 'Push', '--template', 'first-contact'];
  const lead = JSON.stringify({ companyName: 'Push GmbH', customVariables: { City: 'Bonn' } });
  const preview = await run('campaigns', 'preview', ...campaign, '--lead', lead);
  expect(preview).toMatchObject({ code: 0, out: expect.stringContaining('A question about Push') });
  const lacking = (tag: string) =>
    `{{${tag}}}: 1 of 2 leads have no value for it and it has no fallback; among them bo@push.de`;
  const checked = await run('campaigns', 'preview', ...campaign, '--list', 'push', '--json');
  expect(JSON.parse(checked.out)).toMatchObject({
    result: { leads: 2, lacking: [lacking('companyName'), lacking('City')] },
  });
  const dry = await run('campaigns', 'create', ...campaign, '--list', 'push', '--dry-run');
  expect(dry.out).toContain('Dry run  Makes the campaign “Push” as a draft: 3 steps');
  expect(dry.out).toContain(lacking('City'));
  const made = await run('campaigns', 'create', ...campaign, '--json');
  expect(JSON.parse(made.out)).toMatchObject({ result: { action: 'created', status: 0 } });

  const push = ['leads', 'push', '--campaign', 'Push', '--list', 'push'];
  const would = await run(...push, '--dry-run');
  expect(would.out).toMatch(/recipients +2: ada@push\.de, bo@push\.de\n/);
  const pushed = await run(...push, '--json');
  expect(JSON.parse(pushed.out)).toMatchObject({
    result: { pushed: { count: 2 }, lacking: [lacking('companyName'), lacking('City')] },
  });
  const again = await run(...push);
  expect(again.out).toMatch(/pushed/);
  const calls = world.standIns.requests.list().map((request) => request.path);
  expect(calls.filter((each) => each === '/api/v2/leads/add')).toHaveLength(1);
  const status = await run('campaigns', 'status', '--campaign', 'Push');
  expect(status).toMatchObject({ code: 0, out: expect.stringMatching(/status +draft/) });
}, 60_000);

test('what Instantly answers is told, all of it or one path', async () => {
  const path = '/api/v2/accounts?limit=1';
  const [one, all] = await Promise.all([
    run('instantly', 'debug-response', path),
    run('instantly', 'debug-response', '--json'),
  ]);
  expect(one).toMatchObject({ code: 0, out: expect.stringContaining('as expected') });
  expect(one.out).toContain(`GET ${path}`);
  expect(JSON.parse(all.out)).toMatchObject({
    result: { answers: Array(8).fill({ status: 200 }) },
  });
});

test.each<[string, string[], RegExp]>([
  ['a campaign without a text', ['campaigns', 'create', '--name', 'x'], /^--template: /],
  [
    'a day that is none',
    ['campaigns', 'preview', '--name', 'x', '--template', 'first-contact', '--days', 'Monday'],
    /^--days.*: expected days such as/,
  ],
  ['a status of nothing', ['campaigns', 'status', '--campaign', ' '], /^--campaign: /],
  ['a push of nothing', ['leads', 'push', '--campaign', 'x'], /^--list: expected either list or/],
  [
    'a push of what is no address',
    ['leads', 'push', '--campaign', 'x', '--leads', '[{"email":"x"}]'],
    /^--leads.*: expected an e-mail address/,
  ],
  ['a path elsewhere', ['instantly', 'debug-response', '/v1/x'], /expected a path such as/],
])('%s is refused before anything is asked', async (_, args, message) => {
  world.standIns.requests.reset();
  const { out, err, code } = await run(...args);
  expect({ out, code }).toEqual({ out: '', code: 2 });
  expect(err).toMatch(message);
  expect(world.standIns.requests.list()).toEqual([]);
});

test.each<[string, string[], number, RegExp]>([
  [
    'a template nobody wrote',
    ['campaigns', 'preview', '--name', 'x', '--template', 'gone'],
    2,
    /InvalidInput[^]*no template .*there are: first-contact/,
  ],
  [
    'a push into no campaign',
    ['leads', 'push', '--campaign', 'No', '--list', 'push'],
    1,
    /NotFound/,
  ],
])('%s fails the run and is named', async (_, args, exit, message) => {
  const { err, out, code } = await run(...args);
  expect(code).toBe(exit);
  expect(out + err).toMatch(message);
});

test.each<[string, string[], RegExp]>([
  [
    'a file that is not there',
    ['import', '/nowhere.csv', '--list', 'x'],
    /\/nowhere\.csv can't be read/,
  ],
  [
    'a file of another kind',
    ['import', import.meta.filename, '--list', 'x'],
    /ends in \.csv or \.xlsx/,
  ],
  ['a file elsewhere', ['export', '--file', '../x.csv'], /^--file: expected a name such as/],
  [
    'lines that nobody waits for',
    ['import', 'x.csv', '--list', 'x', '--rejected', 'y.csv', '--no-wait'],
    /^--rejected: is known only at the end/,
  ],
  [
    'an empty list name',
    ['import', 'x.csv', '--list', ' '],
    /^--list: expected the name of a list/,
  ],
  ['a number that is none', ['list', '--limit', '0'], /^--limit: /],
  ['an id that is none', ['show', 'x'], /expected a number as/],
  ['a lead that is not there', ['show', '999999999'], /has no lead 999999999/],
  [
    'a country that is none',
    ['process', '--list', 'x', '--country', 'Germany'],
    /^--country: expected two capital/,
  ],
  [
    'no address',
    ['forget', '--pattern', 'x', '--reason', 'y'],
    /^--pattern: expected an address or a domain/,
  ],
])('%s ends with 2 and says what was expected', async (_, args, message) => {
  const { out, err, code } = await leads(...args);
  expect({ out, code }).toEqual({ out: '', code: 2 });
  expect(err).toMatch(message);
});
