import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { createAuditLog } from '../../src/platform/audit.ts';
import { openLog, type KeptLog } from '../../src/platform/logger.ts';
import { launchBrowser } from '../support/browser.ts';
import { describeInBrowser, serveDashboard } from '../support/dashboard.ts';
import { eventually } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';

describeInBrowser('Logs and audit in a browser', () => {
  let world: World;
  let dashboard: Awaited<ReturnType<typeof serveDashboard>>;
  let browser: Browser;
  let page: Page;
  let log: KeptLog;
  const run = 'klap.export/default/x';

  beforeAll(async () => {
    world = await createWorld(import.meta.filename, { hasWorker: false });
    dashboard = await serveDashboard(world);
    log = openLog('worker', world.config, world.database, { isSilent: true });
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.setDefaultTimeout(60_000);
  }, 240_000);
  afterAll(async () => {
    await log.close();
    await browser.close();
    await dashboard.close();
    await world.close();
  });

  const rows = () => page.locator('tbody tr:not(.space)');
  const lines = () => page.getByRole('region', { name: 'Lines, newest first' });

  test('an empty log says what will be here; a broken answer says so and tries again', async () => {
    await page.goto(`${dashboard.url}/logs?last=all`);
    await page.getByText('No line yet.').waitFor();
    await page.route('**/api/logs?*', (route) => route.fulfill({ status: 503, body: 'away' }));
    await page.goto(`${dashboard.url}/logs?level=error`);
    await page.getByText('The log could not be loaded').waitFor();
    await page.unroute('**/api/logs?*');
    await lines().getByRole('button', { name: 'Try again' }).click();
    await page.getByText('No lines match in the last 24 h').waitFor();
    await page.getByRole('button', { name: 'Remove the filter Error and above' }).click();
    await page.waitForURL(/\/logs$/);
  }, 240_000);

  test('lines are found by words and narrowed by a click; back undoes it, and a link shows the same', async () => {
    await world.database.sql`
      insert into log_lines (at, level, message, agent, workflow_id, fields)
      select now() - make_interval(secs => 5000 - n), case when n % 100 = 0 then 'error' else 'info' end,
        'Clip ' || n || ' of 3000 exported', 'klap', ${run} || n % 2,
        jsonb_build_object('process', 'worker', 'attempt', n % 3)
      from generate_series(1, 3000) n`;
    await page.goto(`${dashboard.url}/logs`);
    await page.getByText('3,000 lines in the last 24 h').waitFor();
    await page.getByRole('button', { name: 'Clip 3000 of 3000' }).waitFor();
    expect(await rows().count()).toBeLessThan(61);

    await page.getByRole('searchbox', { name: 'Search the log' }).fill('clip 2900');
    await page.waitForURL(/q=clip\+2900/);
    await page.getByRole('button', { name: 'Clip 2900 of 3000' }).click();
    await page.waitForURL(/selected=/);
    const panel = page.getByRole('complementary', { name: 'Selected line' });
    await panel.getByRole('button', { name: `${run}0` }).click();
    await page.waitForURL(/run=klap/);
    await page.getByRole('button', { name: `Remove the filter run ${run}0` }).waitFor();
    await page.goBack();
    await panel.waitFor();

    const link = page.url().replace(/q=[^&]*/, 'q=clip+17');
    await page.goto(link);
    await panel.getByText('Clip 2900 of 3000').waitFor();
    await page.goto(`${dashboard.url}/logs?selected=999999`);
    await panel.getByText('No line has this number.').waitFor();

    await page.goto(`${dashboard.url}/logs?field=attempt:2&level=error`);
    await page.getByText(/^10 lines/).waitFor();
    expect(await page.getByRole('button', { name: 'Level: Errors' }).count()).toBe(1);
    await page.getByRole('button', { name: 'Remove the filter attempt = 2' }).click();
    await page.getByText(/^30 lines/).waitFor();
  }, 240_000);

  test('a bar of the histogram leads to its time, and the table says the same', async () => {
    await page.goto(`${dashboard.url}/logs?level=error`);
    const chart = page.getByRole('group', { name: '30 lines over time' });
    await chart
      .getByRole('link', { name: /UTC: error [1-9]/ })
      .first()
      .click();
    await page.waitForURL(/from=.*to=/);
    await page.getByRole('button', { name: /^Remove the filter from/ }).waitFor();
    expect(await page.getByRole('button', { name: 'Follow' }).count()).toBe(0);
    await page.getByRole('button', { name: 'As table' }).click();
    await page.getByRole('columnheader', { name: 'Warning' }).waitFor();
  }, 240_000);

  test('new lines wait until they are wanted, come at once while followed, and following ends on scroll', async () => {
    await page.goto(`${dashboard.url}/logs`);
    await page.getByRole('button', { name: 'Clip 3000 of 3000' }).waitFor();
    log.logger.warn('Said after the page was read');
    await page.getByRole('button', { name: '1 new line, show' }).waitFor();
    expect(await page.getByText('Said after the page was read').count()).toBe(0);
    await page.getByRole('button', { name: '1 new line, show' }).click();
    await page.getByRole('button', { name: 'Said after the page was read' }).waitFor();

    const follow = page.getByRole('button', { name: 'Follow' });
    await follow.click();
    log.logger.info('Said while it was followed');
    await page.getByRole('button', { name: 'Said while it was followed' }).waitFor();
    await page.evaluate(`document.getElementById('page').scrollTo({ top: 900 })`);
    await page.locator('button[aria-pressed="false"]', { hasText: 'Follow' }).waitFor();
    log.logger.info('Said while somebody read');
    await page.getByRole('button', { name: '1 new line, show' }).waitFor({ state: 'attached' });
    await page.evaluate(`document.getElementById('page').scrollTo({ top: 0 })`);
    await page.getByRole('button', { name: 'Said while it was followed' }).waitFor();
    expect(await page.getByText('Said while somebody read').count()).toBe(0);
  }, 240_000);

  test('the log reads on as one scrolls', async () => {
    await page.goto(`${dashboard.url}/logs?q=clip&field=attempt:2`);
    await page.getByRole('button', { name: 'Clip 3000 of 3000' }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Clip 2999 of 3000' }).waitFor();
    const oldest = page.getByRole('button', { name: 'Clip 2 of 3000' });
    await eventually(
      'the oldest line',
      async () => {
        await page.evaluate(
          `document.getElementById('page').scrollTo({ top: document.getElementById('page').scrollHeight })`,
        );
        return (await oldest.count()) > 0;
      },
      60_000,
    );
    expect(await rows().count()).toBeLessThan(61);
  }, 240_000);

  test('the audit tells who did what and why, what was before, and leads to the run', async () => {
    await page.goto(`${dashboard.url}/audit`);
    await page.getByText('Nobody has done anything yet.').waitFor();
    const audit = createAuditLog(world.database);
    const mara = { by: 'dashboard:mara@example.com', from: 'dashboard' as const };
    await audit.note({ ...mara, action: 'run.start', target: run, reason: '' });
    await audit.note({ ...mara, action: 'run.cancel', target: run, reason: 'wrong video' });
    await audit.note({
      ...{ by: 'cli:tom@host', from: 'cli', action: 'flow-key.limits', target: 'klap:default' },
      reason: 'a new contract',
      detail: { before: { perMinute: 30 }, after: { perMinute: 60 } },
    });
    await page.goto(`${dashboard.url}/audit`);
    await page.getByText('3 entries').waitFor();
    await page.getByRole('button', { name: 'flow-key.limits' }).click();
    await page.waitForURL(/selected=3/);
    const panel = page.getByRole('complementary', { name: 'Selected entry' });
    await panel.getByText('Before').waitFor();
    await panel.getByText('60').waitFor();
    await panel.getByText('Command line').waitFor();

    await page.getByRole('button', { name: 'Action: Any action' }).click();
    await page.getByRole('menuitem', { name: 'run', exact: true }).click();
    await page.waitForURL(/action=run/);
    await page.getByText('2 entries').waitFor();
    await page.getByRole('button', { name: 'run.cancel' }).click();
    await panel.getByText('wrong video').waitFor();
    expect(await panel.getByRole('link', { name: 'Open the run' }).getAttribute('href')).toBe(
      `/runs/${encodeURIComponent(run)}`,
    );
    await panel.getByRole('button', { name: 'dashboard:mara@example.com' }).click();
    await page.waitForURL(/by=dashboard/);
    await page.goBack();
    await panel.waitFor();

    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Export JSONL' }).click(),
    ]);
    expect(file.suggestedFilename()).toBe('audit.jsonl');
    await page.goto(`${dashboard.url}/audit?by=nobody`);
    await page.getByText('No entries match').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByText('3 entries').waitFor();
  }, 240_000);

  test('both pages are found by their keys and in the palette, and fit a phone as cards', async () => {
    await page.goto(dashboard.url);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('j');
    await page.waitForURL(/\/logs$/);
    await page.keyboard.press('ControlOrMeta+k');
    await page.locator('input[aria-label="Find or do anything"]:focus').waitFor();
    await page.keyboard.type('audit');
    await page.getByRole('dialog').getByText('Audit', { exact: true }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/audit$/);

    const phone = await browser.newPage({ viewport: { width: 390, height: 844 } });
    for (const [path, row, panel] of [
      ['/logs', 'Clip 3000 of 3000', 'Selected line'],
      ['/audit', 'run.cancel', 'Selected entry'],
    ] as const) {
      await phone.goto(dashboard.url + path);
      await phone.getByRole('button', { name: row }).click();
      await phone
        .getByRole('complementary', { name: panel })
        .getByRole('button', { name: 'Close' })
        .click();
      await phone.waitForURL(new RegExp(`${path}$`));
      expect(await phone.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    }
    await phone.close();
  }, 240_000);
});
