import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { checkTask } from '../../src/contracts/check.ts';
import { createFlowKeys } from '../../src/platform/flow-keys.ts';
import { createWorld, type World } from '../support/world.ts';
import { agentic, envOf } from './agentic.ts';

let world: World;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, {
    standIns: { google: { readsPerMinute: 1_000, writesPerMinute: 1_000 } },
  });
  env = envOf(world);
  const limits = { perSecond: 500, perMinute: 30_000, atOnce: 50 };
  const person = { by: 'a test', reason: 'to be quick' };
  await createFlowKeys(world.database).setLimits('google:default', limits, person);
});
afterAll(() => world.close());

const rows = JSON.stringify([{ Email: 'mara@kunde.de', City: 'Bonn' }]);

test('rows are written, and again without a change; then they are read', async () => {
  const upsert = ['sheets', 'upsert', '--tab', 'From here', '--key', 'Email', '--rows', rows];
  const first = await agentic([...upsert, '--json'], { env });
  expect([first.code, JSON.parse(first.out)]).toMatchObject([
    0,
    { state: 'completed', result: { added: 1, newColumns: ['Email', 'City'] } },
  ]);
  const again = await agentic(upsert, { env });
  expect([again.code, again.out]).toEqual([0, expect.stringMatching(/unchanged +1/)]);
  const address = 'https://docs.google.com/spreadsheets/d/default_leads/edit#gid=0';
  const read = await agentic(
    ['sheets', 'read', '--spreadsheet', address, '--tab', 'From here', '--json'],
    { env },
  );
  expect(JSON.parse(read.out)).toMatchObject({
    workflowId: 'sheets.read/default/default_leads/From here/5000',
    result: { rows: [{ Email: 'mara@kunde.de', City: 'Bonn' }], isCut: false },
  });
});

test('verifying says whom to share with and which columns are missing', async () => {
  const { code, out } = await agentic(
    ['sheets', 'verify', '--tab', 'Known leads', '--columns', 'Rating,LinkedIn'],
    { env },
  );
  expect(code).toBe(0);
  expect(out).toContain('robot@default.iam.gserviceaccount.com');
  expect(out).toContain('LinkedIn');
});

test('a spreadsheet is made after a look at what would happen', async () => {
  const create = ['sheets', 'create', '--title', 'Leads Bonn'];
  const dry = await agentic([...create, '--dry-run'], { env });
  expect(dry.out).toContain('Dry run  Makes the spreadsheet “Leads Bonn” with the tab “Leads”');
  expect(dry.out).toMatch(/request +POST \/v4\/spreadsheets\n/);
  const made = await agentic([...create, '--json'], { env });
  expect(JSON.parse(made.out)).toMatchObject({ result: { title: 'Leads Bonn' } });
});

test('wrong input is refused by the flag it came from, before anything is started', async () => {
  const wrong = [
    ['--key', 'Email', '--rows', '[{"City":"Bonn"}]'],
    ['--rows', 'no json'],
  ];
  const [blank, noKey] = await Promise.all(
    wrong.map((flags) => agentic(['sheets', 'upsert', '--tab', 'X', ...flags], { env })),
  );
  expect(blank).toMatchObject({
    code: 2,
    err: expect.stringContaining('--rows (0.Email): expected a value in this key column'),
  });
  expect(noKey).toMatchObject({ code: 2, err: expect.stringMatching(/--key: .*--rows: /s) });
});

const rowsOf = (count: number) => Array.from({ length: count }, (_, Email) => ({ Email }));
test.each([
  ['read', {}, /input\.tab: /],
  [
    'read',
    { tab: 'X', spreadsheet: 'a b' },
    /input\.spreadsheet: expected the id of a spreadsheet, or its address/,
  ],
  ['read', { tab: 'X', range: 'X!A1' }, /input\.range: expected cells such as A1:F200/],
  ['read', { tab: 'X', maxRows: 0 }, /input\.maxRows: /],
  ['read', { tab: 'X', sheet: 'X' }, /input\.sheet: is not a field; there are: spreadsheet, tab/],
  ['upsert', { tab: 'X', key: ['Email'], rows: [] }, /input\.rows: expected at least one row/],
  ['upsert', { tab: 'X', key: [], rows: rowsOf(1) }, /input\.key: expected at least one column/],
  [
    'upsert',
    { tab: 'X', key: ['Email'], rows: rowsOf(10_001) },
    /input\.rows: expected at most 10000 rows/,
  ],
  ['append', { tab: 'X', rows: [{ A: ['list'] }] }, /input\.rows\.0\.A: /],
  ['append', { tab: 'X', rows: [{ A: 'x'.repeat(50_001) }] }, /at most 50000 letters/],
  ['create', { title: ' ' }, /input\.title: expected a title/],
])('%s does not take what is wrong in its input: case %#', (verb, input, words) => {
  expect(() => checkTask({ capability: `sheets.${verb}`, account: 'tour', input })).toThrow(words);
});

test('a spreadsheet that is not shared ends in a sentence that says what to do', async () => {
  const { code, err } = await agentic(
    ['sheets', 'read', '--tab', 'X', '--spreadsheet', 'default_private'],
    { env },
  );
  expect(code).toBe(1);
  expect(err).toMatch(/choose Share, and make robot@default\.iam\.gserviceaccount\.com an editor/);
});
