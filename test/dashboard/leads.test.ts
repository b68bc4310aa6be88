import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { ApiError } from '../../src/contracts/api.ts';
import { LeadChoices, LeadRows, LeadView } from '../../src/contracts/lead-views.ts';
import { createLedger } from '../../src/platform/ledger.ts';
import { createLeadStore } from '../../src/platform/leads.ts';
import { business, saveLeads } from '../support/leads.ts';
import { createWorld, type World } from '../support/world.ts';
import { serve, type Served } from './serve.ts';

let world: World;
let dashboard: Served;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, { hasWorker: false });
  dashboard = await serve(world);
  await saveLeads(world, [
    business(1, { emails: 'mara@praxis-1.de', businessName: '=cmd()' }),
    business(2),
    business(3, { emails: 'ben@praxis-3.de' }),
  ]);
  await saveLeads(world, [business(4, { city: 'Hamburg' })], { list: 'dentists-hamburg' });
});
afterAll(async () => {
  await dashboard.close();
  await world.close();
  expect(dashboard.faults).toEqual([]);
});

const rows = async (query: string) =>
  LeadRows.parse((await dashboard.get(`/api/leads?${query}`)).body);
const namesOf = async (query: string) =>
  (await rows(query)).leads.map(({ businessName }) => businessName);
const idOf = async (q: string) => (await rows(`q=${encodeURIComponent(q)}`)).leads[0]?.id ?? 0;
const codeOf = ({ body }: { readonly body: unknown }) => ApiError.parse(body).code;

test('leads are found by words, list, address and day, and paged by a cursor', async () => {
  expect(await namesOf('q=praxis-3')).toEqual(['Dental practice 3']);
  expect(await namesOf('list=dentists-hamburg')).toEqual(['Dental practice 4']);
  expect(await namesOf('hasEmail=false&list=dentists-berlin')).toEqual(['Dental practice 2']);
  expect(await namesOf('from=2999-01-01')).toEqual([]);
  const first = await rows('limit=3');
  expect(first).toMatchObject({ total: 4, isTotalExact: true, next: expect.any(String) });
  expect(first.leads[0]?.latest).toMatchObject({ kind: 'scrape', isStandIn: false });
  const rest = await rows(`limit=3&cursor=${first.next}`);
  expect(rest.leads.map(({ city }) => city)).toEqual(['Hamburg']);
  expect(rest.next).toBeNull();
  expect((await dashboard.get('/api/leads?cursor=x')).status).toBe(400);
  expect((await dashboard.get('/api/leads?hasEmail=perhaps')).status).toBe(400);
});

test('a lead is shown with the source of each field and what the ledger says of it', async () => {
  const id = await idOf('praxis-1');
  const key = 'lead:default:spring:mara@praxis-1.de';
  await createLedger({ database: world.database }).once('send', {
    ...{ key, request: {}, answer: z.unknown() },
    call: () => Promise.resolve({ kind: 'done', result: { id: 'x' } }),
  });
  const note = { leadId: id, email: 'mara@praxis-1.de', state: 'pushed', reason: '' } as const;
  await createLeadStore(world.database).notePushes('default', 'spring', [note]);
  const lead = LeadView.parse((await dashboard.get(`/api/leads/${id}`)).body);
  expect(lead.sources.emails).toMatchObject([{ kind: 'scrape' }]);
  expect(lead.effects).toMatchObject([{ key, state: 'done' }]);
  expect(await namesOf('pushState=pushed')).toEqual(['=cmd()']);
  const choices = LeadChoices.parse((await dashboard.get('/api/leads/choices')).body);
  expect(choices).toMatchObject({
    account: 'default',
    lists: expect.arrayContaining([expect.objectContaining({ list: 'dentists-berlin', leads: 3 })]),
    campaigns: [{ id: 'spring', name: 'spring' }],
  });
  expect(codeOf(await dashboard.get('/api/leads/999999'))).toBe('unknown-lead');
  expect((await dashboard.get('/api/leads/none')).status).toBe(404);
});

test('the export has all that match, and no cell that a spreadsheet would run', async () => {
  const csv = await fetch(`${dashboard.url}/api/leads.csv?list=dentists-berlin`);
  expect(csv.headers.get('content-disposition')).toContain('leads-default.csv');
  const lines = (await csv.text()).trim().split('\n');
  expect(lines).toHaveLength(4);
  expect(lines[0]).toMatch(/^id,placeId,businessName,.*leftOut,isStandIn,updatedAt$/);
  expect(lines[1]).toContain(",'=cmd(),");
});

test('leads are left out with a reason that is kept, one or all that match, and taken in again', async () => {
  const leaveOut = (which: unknown, reason = 'asked us to stop') =>
    dashboard.post('/api/leads/leave-out', { account: 'default', which, reason });
  const id = await idOf('praxis-2');
  expect((await leaveOut({ ids: [id] })).body).toEqual({ changed: 1 });
  expect((await leaveOut({ ids: [id] })).body).toEqual({ changed: 0 });
  expect(await rows(`q=praxis-2`)).toMatchObject({
    leads: [{ excluded: { why: 'asked us to stop', by: 'mara' } }],
  });
  const filter = { list: 'dentists-berlin', isExcluded: false };
  expect(codeOf(await leaveOut({ filter, expected: 40 }))).toBe('changed-meanwhile');
  expect((await leaveOut({ filter, expected: 2 })).body).toEqual({ changed: 2 });
  expect(await namesOf('isExcluded=false')).toEqual(['Dental practice 4']);
  const again = { account: 'default', ids: [id], reason: 'a mistake' };
  expect((await dashboard.post('/api/leads/take-in', again)).body).toEqual({ changed: 1 });
  expect((await leaveOut({ ids: [id] }, ' ')).status).toBe(400);
  expect((await leaveOut({ ids: [] })).status).toBe(400);
  const audit = await world.database.sql`select action, reason, "by" from audit order by id`;
  expect(audit).toEqual([
    { action: 'lead.leave-out', reason: 'asked us to stop', by: 'test' },
    { action: 'lead.leave-out', reason: 'asked us to stop', by: 'test' },
    { action: 'lead.leave-out', reason: 'asked us to stop', by: 'test' },
    { action: 'lead.take-in', reason: 'a mistake', by: 'test' },
  ]);
});
