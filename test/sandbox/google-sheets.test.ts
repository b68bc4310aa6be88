import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { startStandIns, type StandIns } from '../../src/sandbox/server.ts';
import { askGoogle, valuesPath, type AskGoogle } from './ask-google.ts';

let standIns: StandIns;
beforeAll(async () => {
  standIns = await startStandIns({ google: { readsPerMinute: 1_000, writesPerMinute: 1_000 } });
});
afterAll(() => standIns.close());

const ask = (method: string, path: string, options: AskGoogle = {}) =>
  askGoogle(standIns.url, method, path, options);

const Tabs = z.object({
  sheets: z.array(z.object({ properties: z.object({ sheetId: z.int() }) })),
});

/** A tab of its own for each test. */
let made = 0;
async function tab(rows: unknown[][] = [], size?: { rowCount: number; columnCount: number }) {
  made += 1;
  const title = `Tab${made}`;
  const properties = { title, ...(size ? { gridProperties: size } : {}) };
  await ask('POST', '/tour_leads:batchUpdate', {
    body: { requests: [{ addSheet: { properties } }] },
  });
  if (rows.length > 0) await put(`${title}!A1`, rows);
  return title;
}
const put = (range: string, values: unknown, option = 'RAW') =>
  ask('PUT', valuesPath(range, `valueInputOption=${option}`), { body: { values } });
const get = async (range: string, render = 'UNFORMATTED_VALUE') =>
  (await ask('GET', valuesPath(range, `valueRenderOption=${render}`))).body;
const append = (range: string, values: unknown, option = 'OVERWRITE') =>
  ask('POST', `${valuesPath(range)}:append?valueInputOption=RAW&insertDataOption=${option}`, {
    body: { values },
  });
const refused = (status: number, word: string, message: unknown) => ({
  status,
  body: { error: { code: status, status: word, message } },
});

test('a spreadsheet is described with its tabs and their sizes', async () => {
  expect(await ask('GET', '/acme_leads', { key: 'stand-in-acme' })).toEqual({
    status: 200,
    body: {
      spreadsheetId: 'acme_leads',
      properties: { title: 'Leads of acme', locale: 'en_US', timeZone: 'Etc/GMT' },
      sheets: [
        {
          properties: {
            ...{ sheetId: 0, title: 'Sheet1', index: 0, sheetType: 'GRID' },
            gridProperties: { rowCount: 1000, columnCount: 26 },
          },
        },
        { properties: expect.objectContaining({ title: 'Known leads', index: 1 }) },
      ],
      spreadsheetUrl: 'https://docs.google.com/spreadsheets/d/acme_leads/edit',
    },
  });
});

test('empty ends are left out, a blank in between is an empty text, and an empty range has no values', async () => {
  const name = await tab([['a', '', 'c', ''], [''], ['', 'x'], ['', '']]);
  expect(await get(name)).toEqual({
    range: `${name}!A1:Z1000`,
    majorDimension: 'ROWS',
    values: [['a', '', 'c'], [], ['', 'x']],
  });
  expect(await get(`${name}!A5:B9`)).toEqual({ range: `${name}!A5:B9`, majorDimension: 'ROWS' });
});

test('values come as text, or as they are when that is asked for', async () => {
  const name = await tab([[4.5, true, '007']]);
  expect(await get(name, 'FORMATTED_VALUE')).toMatchObject({ values: [['4.5', 'TRUE', '007']] });
  expect(await get(name)).toMatchObject({ values: [[4.5, true, '007']] });
});

test('null leaves a cell as it is, an empty text clears it', async () => {
  const name = await tab([['a', 'b', 'c']]);
  const answer = await put(`${name}!A1:C1`, [[null, '', 'z']]);
  expect(answer.body).toEqual({
    spreadsheetId: 'tour_leads',
    updatedRange: `${name}!A1:C1`,
    ...{ updatedRows: 1, updatedColumns: 3, updatedCells: 2 },
  });
  expect(await get(name)).toMatchObject({ values: [['a', '', 'z']] });
});

test('formulas stay text when written raw, and become formulas and numbers when typed', async () => {
  const name = await tab();
  const texts = ['=1+1', '+49 30', '-x', '@me', '0123', '12'];
  await put(`${name}!A1`, [texts]);
  await put(`${name}!A2`, [texts], 'USER_ENTERED');
  expect(await get(name, 'FORMULA')).toMatchObject({
    values: [texts, ['=1+1', '+49 30', '-x', '@me', 123, 12]],
  });
  expect(await get(`${name}!A2:A2`)).toMatchObject({ values: [['#ERROR!']] });
});

test('append finds the table that touches the range, writes below it and makes the grid larger', async () => {
  const name = await tab([], { rowCount: 3, columnCount: 3 });
  await put(`${name}!B2`, [
    ['h1', 'h2'],
    [1, 2],
  ]);
  const rows = [
    [3, 4],
    [5, 6],
  ];
  expect((await append(`${name}!B2:C2`, rows)).body).toEqual({
    spreadsheetId: 'tour_leads',
    tableRange: `${name}!B2:C3`,
    updates: {
      spreadsheetId: 'tour_leads',
      updatedRange: `${name}!B4:C5`,
      ...{ updatedRows: 2, updatedColumns: 2, updatedCells: 4 },
    },
  });
  await put(`${name}!A4`, [['below']]);
  const inserted = await append(`${name}!B2:C2`, [[7, 8]], 'INSERT_ROWS');
  expect(inserted.body).toMatchObject({ updates: { updatedRows: 1 } });
  expect(await put(`${name}!A7`, [['x']])).toMatchObject({ status: 400 });
});

test('append into an empty tab begins at its first cell and names no table', async () => {
  const name = await tab();
  const { body } = await append(name, [['a']]);
  expect(body).not.toHaveProperty('tableRange');
  expect(body).toMatchObject({ updates: { updatedRange: `${name}!A1` } });
});

test('two appends at once both land, one below the other; the same one twice stands there twice', async () => {
  const name = await tab([['h']]);
  await Promise.all([append(name, [['a']]), append(name, [['b']])]);
  await append(name, [['a']]);
  const { values } = z.object({ values: z.array(z.array(z.string())) }).parse(await get(name));
  expect(values.flat().toSorted()).toEqual(['a', 'a', 'b', 'h']);
});

test('nothing is written beyond the grid or beyond the range', async () => {
  const name = await tab([], { rowCount: 2, columnCount: 2 });
  const grid = refused(
    400,
    'INVALID_ARGUMENT',
    expect.stringMatching(/exceeds grid limits. Max rows: 2/),
  );
  expect(await put(`${name}!A3`, [['x']])).toMatchObject(grid);
  expect(await put(`${name}!A1`, [['x', 'y', 'z']])).toMatchObject(grid);
  expect(await put(`${name}!A1:A2`, [['x', 'y']])).toMatchObject(
    refused(400, 'INVALID_ARGUMENT', expect.stringContaining('tried writing to column [B]')),
  );
  const batch = await ask('POST', '/tour_leads/values:batchUpdate', {
    body: {
      valueInputOption: 'RAW',
      data: [
        { range: `${name}!A1`, values: [['x']] },
        { range: `${name}!A9`, values: [['y']] },
      ],
    },
  });
  expect(batch).toMatchObject(grid);
  expect(await get(name)).not.toHaveProperty('values');
});

test('a tab grows when its properties say so', async () => {
  const name = await tab([], { rowCount: 1, columnCount: 1 });
  const { sheets } = Tabs.parse((await ask('GET', '/tour_leads')).body);
  const sheetId = sheets.at(-1)?.properties.sheetId;
  const grow = (gridProperties: object, fields: string) =>
    ask('POST', '/tour_leads:batchUpdate', {
      body: {
        requests: [{ updateSheetProperties: { properties: { sheetId, gridProperties }, fields } }],
      },
    });
  await grow({ rowCount: 5, columnCount: 9 }, 'gridProperties.rowCount');
  expect(await put(`${name}!A5`, [['x']])).toMatchObject({ status: 200 });
  expect(await put(`${name}!B5`, [['x']])).toMatchObject({ status: 400 });
  expect(
    await grow(
      { rowCount: 5_000_000, columnCount: 9 },
      'gridProperties.rowCount,gridProperties.columnCount',
    ),
  ).toMatchObject(
    refused(400, 'INVALID_ARGUMENT', expect.stringContaining('limit of 10000000 cells')),
  );
});

test('a title with blanks and quotes needs quotes, which are doubled within it', async () => {
  await ask('POST', '/tour_leads:batchUpdate', {
    body: { requests: [{ addSheet: { properties: { title: "Bob's list" } } }] },
  });
  await put("'Bob''s list'!B2:B2", [['x']]);
  expect(await get("'Bob''s list'!A1:B2")).toEqual({
    range: "'Bob''s list'!A1:B2",
    majorDimension: 'ROWS',
    values: [[], ['', 'x']],
  });
  expect(await ask('GET', valuesPath("'Bob's'!A1"))).toMatchObject({ status: 400 });
});

test('several ranges are read, written and cleared in one call', async () => {
  const name = await tab();
  const body = {
    valueInputOption: 'RAW',
    data: [
      { range: `${name}!A1:B1`, values: [['a', 'b']] },
      { range: `${name}!A3`, values: [['c']] },
    ],
  };
  expect((await ask('POST', '/tour_leads/values:batchUpdate', { body })).body).toMatchObject({
    ...{ totalUpdatedRows: 2, totalUpdatedColumns: 3, totalUpdatedCells: 3, totalUpdatedSheets: 1 },
    responses: [{ updatedRange: `${name}!A1:B1` }, { updatedRange: `${name}!A3` }],
  });
  const both = await ask(
    'GET',
    `/tour_leads/values:batchGet?ranges=${name}!A1:B1&ranges=${name}!A2:A3`,
  );
  expect(both.body).toMatchObject({
    valueRanges: [{ values: [['a', 'b']] }, { values: [[], ['c']] }],
  });
  const cleared = await ask('POST', `${valuesPath(`${name}!A1:A9`)}:clear`, { body: {} });
  expect(cleared.body).toEqual({ spreadsheetId: 'tour_leads', clearedRange: `${name}!A1:A9` });
  expect(await get(name)).toMatchObject({ values: [['', 'b']] });
});
