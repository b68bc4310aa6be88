import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLeadStore, type LeadStore } from '../../src/platform/leads.ts';
import { scratchFolder } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';
import { agentic, envOf } from './agentic.ts';

let world: World;
let store: LeadStore;
let env: NodeJS.ProcessEnv;
const folder = scratchFolder();
beforeAll(async () => {
  world = await createWorld(import.meta.filename);
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

test('imports a file, shows lists and leads, and leaves out for good', async () => {
  const path = file('show.csv', 'Email,Company\na@show.test,Show GmbH\nnobody,Nobody\n');
  const imported = await leads('import', path, '--list', 'show');
  expect(imported.err).toContain('Loaded 2 lines of show.csv');
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
