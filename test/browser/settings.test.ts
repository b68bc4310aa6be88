import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { registerSearchAttributes } from '../../src/platform/search-attributes.ts';
import { launchBrowser } from '../support/browser.ts';
import { describeInBrowser, serveDashboard } from '../support/dashboard.ts';
import { createWorld, type World } from '../support/world.ts';
import { scratchFolder } from '../support/scratch.ts';

describeInBrowser('Settings in a browser', () => {
  let world: World;
  let dashboard: Awaited<ReturnType<typeof serveDashboard>>;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    world = await createWorld(import.meta.filename);
    // what looks at logins is a process of its own, which reads the environment
    const { TEMPORAL_NAMESPACE, DATABASE_URL, SANDBOX_URL } = world.config;
    const AGENTIC_STATE_DIR = scratchFolder();
    const env = { TEMPORAL_NAMESPACE, DATABASE_URL, SANDBOX_URL, AGENTIC_STATE_DIR };
    Object.assign(process.env, env);
    await registerSearchAttributes(world.client);
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

  test('checks name what is wrong first with what to do, and look again when asked', async () => {
    world.standIns.faults.set([
      { vendor: 'instantly', workspace: 'default', fault: { kind: 'status', status: 401 } },
    ]);
    await page.goto(`${dashboard.url}/settings`);
    await page.waitForURL('**/settings/checks');
    const row = page.getByRole('row', { name: /login instantly\/default/ });
    await row.getByText('Wrong').waitFor();
    await row.getByText(/refused the key: set a new one/).waitFor();
    const rows = page.getByRole('region', { name: 'Checks' }).locator('tbody tr');
    expect(await rows.first().textContent()).toMatch(/^Wrong/);
    expect(await rows.last().textContent()).toMatch(/^OK/);
    await page.getByRole('row', { name: /^OK database/ }).waitFor();
    world.standIns.faults.clear();
    await page.getByRole('button', { name: 'Look again' }).click();
    await row.getByText('OK').waitFor();
  }, 240_000);

  test('data tells what is stored, how long it stays, and what is past its time', async () => {
    await world.database.sql`insert into log_lines (at, level, message, fields)
      values (now() - interval '40 days', 'info', 'old', '{}')`;
    await page.getByRole('link', { name: 'Data' }).click();
    await page.getByRole('row', { name: /LOG_RETENTION_DAYS 30 days/ }).waitFor();
    const past = page.getByRole('region', { name: 'Past its time' });
    await past.getByRole('row', { name: /log_lines 1 row/ }).waitFor();
    await page.getByRole('row', { name: /^effects 0/ }).waitFor();
  }, 240_000);

  test('look is kept: rows stand closer, and single keys do nothing', async () => {
    await page.getByRole('link', { name: 'Look' }).click();
    await page.getByRole('button', { name: 'Dense' }).click();
    await page.getByRole('button', { name: 'Off', exact: true }).click();
    await page.getByRole('button', { name: 'Dark', exact: true }).click();
    await page.reload();
    await page.getByRole('button', { name: 'Dense', pressed: true }).waitFor();
    expect(await page.evaluate('document.documentElement.dataset')).toMatchObject({
      ...{ density: 'dense', theme: 'dark' },
    });
    await page.keyboard.press('n');
    await page.keyboard.press('?');
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(new URL(page.url()).pathname).toBe('/settings/look');
    await page.getByRole('button', { name: 'On', exact: true }).click();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  }, 240_000);

  test('clock times are in UTC until local ones are chosen, and headers say which', async () => {
    await world.database.sql`insert into audit (at, by, "from", action, target, reason, detail)
      values ('2026-01-05T20:30:00Z', 'mara', 'cli', 'run.cancel', 'x', 'wrong day', '{}')`;
    const delhi = await browser.newPage({ timezoneId: 'Asia/Kolkata' });
    await delhi.goto(`${dashboard.url}/audit`);
    const row = delhi.getByRole('row', { name: /run\.cancel/ });
    await delhi.getByRole('columnheader', { name: 'Time, UTC' }).waitFor();
    await row.getByText('5 Jan 20:30').waitFor();
    await delhi.goto(`${dashboard.url}/settings/look`);
    await delhi.getByRole('button', { name: 'Local' }).click();
    await delhi.goto(`${dashboard.url}/audit`);
    await delhi.getByRole('columnheader', { name: 'Time, local' }).waitFor();
    await row.getByText('6 Jan 02:00').waitFor(); // UTC+5:30, which is the next day
    await delhi.close();
  }, 240_000);

  test.each(['/settings/checks', '/settings/data', '/settings/look'])(
    '%s fits a phone without a sideways scroll',
    async (path) => {
      const phone = await browser.newPage({ viewport: { width: 390, height: 844 } });
      await phone.goto(`${dashboard.url}${path}`);
      await phone.getByRole('region').first().waitFor();
      expect(await phone.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
      await phone.close();
    },
    40_000,
  );
});
