import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { z } from 'zod';
import { createLedger } from '../../src/platform/ledger.ts';
import { launchBrowser } from '../support/browser.ts';
import { describeInBrowser, serveDashboard } from '../support/dashboard.ts';
import { eventually } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';

describeInBrowser('Flow keys and the ledger in a browser', () => {
  let world: World;
  let dashboard: Awaited<ReturnType<typeof serveDashboard>>;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    world = await createWorld(import.meta.filename);
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

  test('a 429 closes the key before one’s eyes; a person pauses and resumes it, and the audit has both', async () => {
    await page.goto(`${dashboard.url}/flow-keys`);
    await page.getByText('No login was used yet.').waitFor();
    world.standIns.faults.set([
      { times: 1, fault: { kind: 'status', status: 429, retryAfterSeconds: 20 } },
    ]);
    const run = await world.start({
      capability: 'instantly.daily-analytics',
      input: { date: '2026-03-03' },
    });
    await page.getByRole('link', { name: 'instantly:default' }).click();
    const why = page.getByRole('region', { name: 'Why' });
    await why.getByText(/^The vendor asks us to wait until .* UTC/).waitFor();
    await why.getByText('1 run waits and goes on by itself.').waitFor();
    await page.getByText(/^Closed by the vendor until/).waitFor();
    await page
      .getByRole('link', { name: /^Daily e-mail analytics/ })
      .first()
      .click();
    await page
      .getByText(/^Instantly asks us to wait until .*; the task goes on by itself/)
      .waitFor();
    await page.getByTitle('Key closed').first().waitFor();
    await page.getByRole('link', { name: 'See the key' }).click();
    await run.result();
    await why.getByText('No run waits for it.').waitFor();

    await page.getByRole('button', { name: 'Pause…' }).click();
    await page.getByRole('textbox', { name: 'Reason' }).fill('new contract');
    await page.getByRole('button', { name: 'Pause the key' }).click();
    await why.getByText('Paused by test').waitFor();
    await page.getByRole('button', { name: 'Resume…' }).click();
    await page.getByRole('textbox', { name: 'Reason' }).fill('signed');
    await page.getByRole('button', { name: 'Resume the key' }).click();
    await page.getByText('Resumed by test').waitFor();
    const audit = await world.database.sql`
      select action, target, "by", reason from audit order by id`;
    const target = { target: 'instantly:default', by: 'test' };
    expect(audit).toEqual([
      { action: 'flow-key.pause', reason: 'new contract', ...target },
      { action: 'flow-key.resume', reason: 'signed', ...target },
    ]);
  }, 240_000);

  test('the overview leads to an unknown outcome, which is settled there', async () => {
    const ledger = createLedger({ database: world.database });
    const key = 'lead:default:spring:mara@example.com';
    await ledger.once('send', {
      ...{ key, request: {}, answer: z.unknown() },
      call: () => Promise.reject(new Error('connection reset')),
    });
    await page.goto(dashboard.url);
    await page
      .getByRole('region', { name: 'Needs you' })
      .getByRole('link', { name: /^Decide/ })
      .click();
    const effect = page.getByRole('complementary', { name: 'Selected effect' });
    await effect.getByRole('button', { name: 'Decide…' }).click();
    await page.getByRole('radio', { name: 'It was done' }).check();
    await page.getByRole('textbox', { name: 'How you know' }).fill('it is in the campaign');
    await page.getByRole('button', { name: 'Note that it was done' }).click();
    await eventually('the verdict', async () => (await ledger.show(key))?.state === 'done');
    await page.getByText('Nothing waits for you.').waitFor();
  });

  test.each(['/flow-keys', '/flow-keys/instantly:default', '/ledger', '/suppressions'])(
    '%s fits a phone without a sideways scroll',
    async (path) => {
      const phone = await browser.newPage({ viewport: { width: 390, height: 844 } });
      await phone.goto(`${dashboard.url}${path}`);
      await phone.getByRole('heading', { level: 1 }).first().waitFor();
      await phone.getByRole('button', { name: 'Live updates: Live' }).waitFor();
      expect(await phone.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
      await phone.close();
    },
  );
});
