import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { violationsOf } from '../support/axe.ts';
import { launchBrowser } from '../support/browser.ts';
import { describeInBrowser, serveDashboard } from '../support/dashboard.ts';
import { startGoogle, type Google } from '../support/google.ts';
import { createWorld, type World } from '../support/world.ts';

describeInBrowser('Sign-in in a browser', () => {
  let world: World;
  let google: Google;
  let dashboard: Awaited<ReturnType<typeof serveDashboard>>;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const refused: string[] = [];

  beforeAll(async () => {
    world = await createWorld(import.meta.filename, { hasWorker: false });
    const account = (sub: string, email: string) => ({
      ...{ sub, email, name: sub, email_verified: true },
    });
    google = await startGoogle(
      [account('mara', 'mara@example.com'), account('stranger', 'stranger@elsewhere.test')],
      [{ who: 'mara@example.com', role: 'admin' }],
    );
    dashboard = await serveDashboard(world, google.settings);
    browser = await launchBrowser();
    context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    page = await context.newPage();
    page.setDefaultTimeout(60_000);
    // the policy of our pages lets no inline script and no foreign host through
    page.on('console', (message) => {
      if (/content security policy/i.test(message.text())) refused.push(message.text());
    });
  }, 240_000);
  afterAll(async () => {
    await browser.close();
    await dashboard.close();
    await google.close();
    await world.close();
  });

  const choose = async (name: string) => {
    await page.getByRole('link', { name: 'Sign in with Google' }).click();
    await page.getByRole('button', { name }).click();
  };

  test('leads a stranger away with the reason, and a person on the list to the page they wanted', async () => {
    await page.goto(`${dashboard.url}/suppressions?q=acme`);
    await page.getByRole('heading', { name: 'Agentic OS' }).waitFor();
    await choose('stranger@elsewhere.test');
    await page.getByText('stranger@elsewhere.test is not on the list. Ask an admin').waitFor();
    expect(await violationsOf(page, 'refused')).toEqual([]);

    await page.goto(`${dashboard.url}/suppressions?q=acme`);
    await choose('mara@example.com');
    await page.waitForURL(`${dashboard.url}/suppressions?q=acme`);
    await page.getByText('No entries match “acme”.').waitFor();
    await page.getByRole('button', { name: 'Account: mara@example.com, admin' }).waitFor();
  }, 240_000);

  test('a person on the list changes things, lets others in and makes a token that is shown once', async () => {
    await page.goto(`${dashboard.url}/settings/people`);
    await page.getByRole('button', { name: 'Let somebody in…' }).click();
    await page.getByLabel('Address').fill('ola@example.com');
    await page.getByLabel('Role').selectOption('operator');
    await page.getByLabel('Reason').fill('joins us');
    await page.getByRole('button', { name: 'Let in', exact: true }).click();
    await page.getByRole('rowheader', { name: 'ola@example.com' }).waitFor();
    const own = page.getByRole('row', { name: /mara@example.com/ }).first();
    expect(await own.textContent()).toContain('you');

    await page.getByRole('link', { name: 'Tokens' }).click();
    await page.getByRole('button', { name: 'Make the first…' }).click();
    await page.getByLabel('Name').fill('nightly');
    await page.getByLabel('Reason').fill('nightly import');
    await page.getByRole('button', { name: 'Make it' }).click();
    const secret = await page.locator('code.secret').textContent();
    const headers = { authorization: `Bearer ${secret ?? ''}` };
    expect((await fetch(`${dashboard.url}/api/runs`, { headers })).status).toBe(200);
    const shown = page.getByRole('dialog', { name: 'The token nightly' });
    await shown.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('rowheader', { name: 'nightly' }).waitFor();
    await shown.waitFor({ state: 'detached' });
    expect(await page.getByText(secret ?? '').count()).toBe(0);
  }, 240_000);

  test('another site’s page can change nothing, though the browser has a session', async () => {
    const evil = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(`<form method="post" action="${dashboard.url}/api/session/sign-out" enctype="text/plain">
        <input name='{"everywhere":true,"x":"' value='"}'><button>Win</button></form>`);
    }).listen(0, '127.0.0.1');
    await once(evil, 'listening');
    const address = evil.address();
    const other = await context.newPage();
    await other.goto(`http://localhost:${typeof address === 'object' ? address?.port : 0}/`);
    const answered = other.waitForResponse('**/api/session/sign-out');
    await other.getByRole('button', { name: 'Win' }).click();
    expect((await answered).status()).toBe(403);
    await other.close();
    evil.close();
    await page.reload();
    await page.getByRole('rowheader', { name: 'nightly' }).waitFor();
  }, 240_000);

  test('whoever signs out is led to sign in, also in other tabs', async () => {
    const other = await context.newPage();
    await other.goto(`${dashboard.url}/runs`);
    await page.getByRole('button', { name: /^Account/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
    await page.getByRole('link', { name: 'Sign in with Google' }).waitFor();
    await other.reload();
    await other.getByRole('link', { name: 'Sign in with Google' }).waitFor();
    await other.close();
    expect(refused).toEqual([]);
  }, 240_000);
});
