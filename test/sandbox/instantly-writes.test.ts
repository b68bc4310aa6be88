import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { startStandIns, type StandIns } from '../../src/sandbox/server.ts';
import { exchange } from './ask.ts';

let standIns: StandIns;
let campaign: string;
beforeAll(async () => {
  standIns = await startStandIns({ workspaces: { loud: { skippedHasNoId: false } } });
  const { body } = await ask('GET', '/campaigns');
  campaign =
    z.object({ items: z.array(z.object({ id: z.string() })) }).parse(body).items[0]?.id ?? '';
});
afterAll(() => standIns.close());

const ask = (
  method: string,
  path: string,
  body?: unknown,
  options: { readonly key?: string } = {},
) => exchange(standIns.url, [method, path, body], options);
const Lead = z.object({ id: z.string() });

test.each([
  ['an unknown key', { nickname: 'M' }, 400, 'additional properties: nickname'],
  ['campaign_id in place of campaign', { campaign_id: 'x' }, 400, 'campaign_id'],
  ['a list of leads', { leads: [] }, 400, 'leads'],
  ['no campaign', { campaign: undefined }, 400, 'campaign or list_id'],
  ['no address', { email: undefined }, 400, "required property 'email'"],
  ['what is no address', { email: 'x' }, 400, 'body/email must match'],
  ['a variable that is a list', { custom_variables: { a: [] } }, 400, 'body/custom_variables/a'],
  ['a campaign nobody has', { campaign: crypto.randomUUID() }, 404, 'Campaign not found'],
])('a lead with %s is refused', async (_, wrong, status, words) => {
  const refused = await ask('POST', '/leads', { campaign, email: 'a@b.de', ...wrong });
  expect(refused).toMatchObject({ status, body: { message: expect.stringContaining(words) } });
});

test('a lead comes back with an id, is listed by its address, counted, and gone once deleted', async () => {
  const count = async () => {
    const { body } = await ask('GET', `/campaigns/analytics?id=${campaign}`);
    return z.array(z.object({ leads_count: z.int() })).parse(body)[0]?.leads_count ?? 0;
  };
  const before = await count();
  const added = await ask('POST', '/leads', { campaign, email: 'Ada@kunde.de', first_name: 'Ada' });
  expect(added).toMatchObject({
    status: 200,
    body: { email: 'ada@kunde.de', campaign, status: 1 },
  });
  const { id } = Lead.parse(added.body);
  const listed = await ask('POST', '/leads/list', { campaign, contacts: ['ada@kunde.de'] });
  expect(listed.body).toMatchObject({ items: [{ id, first_name: 'Ada' }] });
  expect((await ask('GET', `/leads/${id}`)).body).toMatchObject({ id });
  expect(await count()).toBe(before + 1);

  expect(await ask('DELETE', `/leads/${id}`, {})).toMatchObject({ status: 400 });
  expect(await ask('DELETE', `/leads/${id}`)).toMatchObject({ status: 200, body: { id } });
  expect(await ask('DELETE', `/leads/${id}`)).toMatchObject({ status: 404 });
  expect(await count()).toBe(before);
});

test('a duplicate is skipped only when asked, without an id unless the workspace is loud', async () => {
  const lead = { campaign, email: 'twice@kunde.de', skip_if_in_campaign: true };
  await ask('POST', '/leads', lead);
  const skipped = await ask('POST', '/leads', lead);
  expect(skipped.body).not.toHaveProperty('id');
  const again = await ask('POST', '/leads', { ...lead, skip_if_in_campaign: false });
  expect(again.body).toHaveProperty('id');

  const key = 'stand-in-loud';
  const { body } = await ask('GET', '/campaigns', undefined, { key });
  const own = z.object({ items: z.array(Lead) }).parse(body).items[0]?.id;
  const first = await ask('POST', '/leads', { ...lead, campaign: own }, { key });
  const second = await ask('POST', '/leads', { ...lead, campaign: own }, { key });
  expect(second.body).toMatchObject(Lead.parse(first.body));
});

test('leads are listed in pages, and a campaign_ids key does nothing', async () => {
  const { body } = await ask('GET', '/campaigns');
  const other = z.object({ items: z.array(Lead) }).parse(body).items[1]?.id ?? '';
  for (const name of ['a', 'b', 'c']) {
    await ask('POST', '/leads', { campaign: other, email: `${name}@seite.de` });
  }
  const Page = z.object({
    items: z.array(z.object({ email: z.string() })),
    next_starting_after: z.string().optional(),
  });
  const page = async (more: object) =>
    Page.parse((await ask('POST', '/leads/list', { campaign: other, limit: 2, ...more })).body);
  const first = await page({});
  const second = await page({ starting_after: first.next_starting_after, campaign_ids: ['x'] });
  const emails = [...first.items, ...second.items].map((each) => each.email);
  expect(emails).toEqual(['a@seite.de', 'b@seite.de', 'c@seite.de']);
  expect(await page({ starting_after: second.next_starting_after })).toMatchObject({ items: [] });
});

test('a campaign is active once activated and paused once paused; rights and ids are asked for', async () => {
  const how = (verb: string, id = campaign, key?: string) =>
    ask('POST', `/campaigns/${id}/${verb}`, undefined, key ? { key } : {});
  expect(await how('activate')).toMatchObject({ status: 200, body: { id: campaign, status: 1 } });
  expect(await how('pause')).toMatchObject({ status: 200, body: { status: 2 } });
  expect((await ask('GET', `/campaigns/${campaign}`)).body).toMatchObject({ status: 2 });
  expect(await how('activate', crypto.randomUUID())).toMatchObject({ status: 404 });
  expect(await how('activate', 'x')).toMatchObject({ status: 400 });
  expect(await how('activate', campaign, 'stand-in-a.read-only')).toMatchObject({ status: 403 });
});
