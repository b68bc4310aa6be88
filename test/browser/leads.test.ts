import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { AgentList } from '../../src/contracts/api.ts';
import { createLeadStore } from '../../src/platform/leads.ts';
import { launchBrowser } from '../support/browser.ts';
import { describeInBrowser, serveDashboard } from '../support/dashboard.ts';
import { business, saveLeads } from '../support/leads.ts';
import { eventually } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';

describeInBrowser('Leads in a browser', () => {
  let world: World;
  let dashboard: Awaited<ReturnType<typeof serveDashboard>>;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    world = await createWorld(import.meta.filename, {
      env: { INSTANTLY_API_KEY: 'stand-in-default' },
    });
    dashboard = await serveDashboard(world);
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.setDefaultTimeout(60_000);
  }, 240_000);
  afterAll(async () => {
    await browser.close();
    await dashboard.close();
    await world.close();
  });

  test('an empty page says what will be here; a broken answer says so and tries again', async () => {
    await page.goto(`${dashboard.url}/leads`);
    await page.getByText('Account default has no leads yet.').waitFor();
    await page.route('**/api/leads?*', (route) => route.fulfill({ status: 503, body: 'away' }));
    await page.goto(`${dashboard.url}/leads?q=x`);
    await page.getByText('The list of leads could not be loaded').waitFor();
    await page.unroute('**/api/leads?*');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('No leads match').waitFor();
  }, 240_000);

  test('a long list is searched, filtered by the address, and drawn as few rows as fit', async () => {
    const many = Array.from({ length: 400 }, (_, index) => business(index + 1));
    await saveLeads(world, many);
    await saveLeads(world, [business(401, { city: 'Hamburg', emails: 'mara@praxis-401.de' })], {
      list: 'dentists-hamburg',
    });
    await page.goto(`${dashboard.url}/leads`);
    await page.getByText('401 leads of account default').waitFor();
    const drawn = page.locator('table.leads tbody tr:not(.space)');
    const last = page.getByRole('link', { name: 'Dental practice 401' });
    await eventually('the end of the list', async () => {
      await page.evaluate('document.getElementById("page").scrollTo(0, 1e9)');
      return (await last.count()) === 1;
    });
    expect(await drawn.count()).toBeLessThan(60);

    await page.getByRole('searchbox', { name: 'Search leads' }).fill('hamburg');
    await page.getByText('1 lead of account default').waitFor();
    await page.waitForURL(/q=hamburg/);
    await page.goto(`${dashboard.url}/leads?has-email=no&list=dentists-hamburg`);
    await page.getByRole('link', { name: 'Remove the filter Without e-mail' }).click();
    await page.getByText('mara@praxis-401.de').waitFor();
    await page.goto(`${dashboard.url}/leads?cursor=399&push-state=nonsense`);
    await page.getByRole('link', { name: 'Dental practice 401' }).waitFor();
  }, 240_000);

  test('a lead is opened, pushed after a dry run, and left out for good with a reason', async () => {
    await page.goto(`${dashboard.url}/leads?list=dentists-hamburg`);
    await page.getByRole('link', { name: 'Dental practice 401' }).click();
    await page.waitForURL(/\/leads\/\d+\?list=dentists-hamburg/);
    const panel = page.getByRole('complementary', { name: 'Selected lead' });
    await panel.getByRole('link', { name: 'a search' }).first().waitFor();
    await panel.getByRole('link', { name: 'Push to a campaign…' }).click();
    await page.getByRole('textbox', { name: 'E-mail' }).waitFor();
    expect(await page.getByRole('textbox', { name: 'E-mail' }).inputValue()).toBe(
      'mara@praxis-401.de',
    );
    expect(await page.getByRole('textbox', { name: 'Company' }).inputValue()).toBe(
      'Dental practice 401',
    );

    await page.goBack();
    await page.getByRole('checkbox', { name: 'Select all that match' }).check();
    await page.getByText('1 lead selected').waitFor();
    await page
      .getByRole('toolbar', { name: 'Selected leads' })
      .getByRole('button', { name: 'Leave out for good…' })
      .click();
    await page.getByRole('textbox', { name: 'Reason' }).fill('asked us to stop');
    await page.getByRole('button', { name: 'Leave out 1 lead' }).click();
    await panel.getByText('Left out for good by test').waitFor();
    const store = createLeadStore(world.database);
    await eventually(
      'the lead to be left out',
      async () => (await store.counts('default')).excluded === 1,
    );
  }, 240_000);

  test('work on a list leads to the form of whatever capability takes one, filled in', async () => {
    const other = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    other.setDefaultTimeout(60_000);
    await other.route('**/api/live?*', (route) => route.abort());
    await other.route('**/api/agents', async (route) => {
      const list = AgentList.parse(await (await route.fetch()).json());
      const [first] = list.agents[0]?.capabilities ?? [];
      const inputSchema = {
        type: 'object',
        properties: { list: { type: 'string', title: 'List' } },
      };
      if (first) Object.assign(first, { inputSchema, title: 'Do something with a list' });
      await route.fulfill({ json: list });
    });
    await other.goto(`${dashboard.url}/leads`);
    const act = other.getByRole('button', { name: 'With this list…' });
    expect(await act.isDisabled()).toBe(true);
    await other.getByRole('button', { name: 'List: Any list' }).click();
    await other.getByRole('menuitem', { name: /dentists-hamburg/ }).click();
    await act.click();
    await other.getByRole('menuitem', { name: /Do something with a list/ }).click();
    const list = other.getByRole('textbox', { name: 'List' });
    await list.waitFor();
    expect(await list.inputValue()).toBe('dentists-hamburg');
    await other.close();
  }, 240_000);

  test('the page fits a phone without a sideways scroll, and a lead fills it', async () => {
    const phone = await browser.newPage({ viewport: { width: 390, height: 844 } });
    await phone.goto(`${dashboard.url}/leads`);
    await phone.getByRole('link', { name: 'Dental practice 1', exact: true }).click();
    await phone.getByRole('complementary', { name: 'Selected lead' }).waitFor();
    expect(await phone.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    await phone.getByRole('button', { name: 'Close' }).click();
    await phone.waitForURL(/\/leads$/);
    await phone.close();
  }, 240_000);
});
