import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { createSchedules } from '../../src/platform/schedules.ts';
import { startSwarm } from '../../src/platform/start-swarm.ts';
import { launchBrowser } from '../support/browser.ts';
import { describeInBrowser, serveDashboard } from '../support/dashboard.ts';
import { eventually } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';

describeInBrowser('Struggling now, and acts on many runs', () => {
  let world: World;
  let dashboard: Awaited<ReturnType<typeof serveDashboard>>;
  let browser: Browser;
  let page: Page;

  const day = (date: string, account = 'default') => ({
    ...{ capability: 'instantly.daily-analytics', account, input: { date } },
  });
  const wait = (label: string, more: Readonly<Record<string, unknown>> = {}) => ({
    ...{ capability: 'practice.wait', account: 'default', input: { label, ...more } },
  });
  const swarmOf = (title: string, tasks: readonly unknown[]) =>
    startSwarm(
      { client: world.client, database: world.database, checkServed: () => Promise.resolve() },
      { kind: 'tasks', tasks },
      { title, failureThreshold: 1 },
    );
  const row = (name: string | RegExp) => page.getByRole('row').filter({ hasText: name });
  /** Gives the reason that a dialog asks for, and presses its button. */
  const confirm = async (button: string) => {
    await page.getByRole('textbox', { name: 'Reason' }).fill('a test');
    await page.getByRole('button', { name: button, exact: true }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  };

  beforeAll(async () => {
    world = await createWorld(import.meta.filename);
    await createSchedules(world.client, world.config).reconcile();
    dashboard = await serveDashboard(world);
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.setDefaultTimeout(60_000);
  }, 180_000);
  afterAll(async () => {
    await browser.close();
    await dashboard.close();
    await world.close();
  });

  test('says so while nothing struggles, and comes to life by itself when something does', async () => {
    await page.goto(dashboard.url);
    await page.getByRole('button', { name: 'Live updates: Live' }).waitFor();
    await page
      .getByRole('link', { name: /^Struggling now/ })
      .first()
      .click();
    await page.getByRole('heading', { name: 'Struggling now', level: 1 }).waitFor();
    await page.getByText('Nothing struggles.').waitFor();

    world.standIns.faults.set([
      { times: 1, fault: { kind: 'status', status: 429, retryAfterSeconds: 900 } },
    ]);
    await world.start(day('2026-03-01'));
    await page.getByText('Main cause: the limit of instantly:default.').waitFor();
    await swarmOf('Mixed', [
      ...[day('2026-03-02'), day('2026-03-03')],
      ...[wait('a', { fail: 'VendorSilent' }), wait('b', { fail: 'VendorSilent' })],
    ]);
    await page.getByText('5 tasks, 2 causes').waitFor();
    await page.getByText('3 of 5 struggling tasks wait for one key').waitFor();
    await page
      .getByRole('link', { name: /^Struggling now 2/ })
      .first()
      .waitFor();
    const waiting = row('Daily e-mail analytics').filter({ hasText: 'Waiting' });
    expect(await waiting.textContent()).toContain('429');
    await row('VendorSilent').filter({ hasText: 'Retrying' }).waitFor();
  }, 240_000);

  test('opens a cause to its runs, keeps that in the address, and shows the same by run', async () => {
    await page.getByRole('button', { name: 'Daily e-mail analytics', exact: true }).click();
    await row(/Mixed/).waitFor();
    expect(new URL(page.url()).searchParams.get('selected')).toContain('instantly.daily-analytics');
    await page.getByRole('button', { name: 'By run' }).click();
    await page.getByRole('heading', { name: 'Runs that retry or wait' }).waitFor();
    await row(/Mixed/).nth(1).waitFor();
    await page.goBack();
    await page.goto(`${dashboard.url}/struggling?agent=practice`);
    await page.getByText('2 tasks, 1 cause', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Agent: Practice' }).waitFor();
  }, 240_000);

  test('lets nobody retry while the key is closed, and pauses what feeds it', async () => {
    await page.goto(`${dashboard.url}/struggling`);
    await page.getByText('5 tasks, 2 causes').waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await page.getByText('1 cause, 3 tasks selected').waitFor();
    await page.getByText('instantly:default is closed until').first().waitFor();
    const retry = page.getByRole('button', { name: 'Retry now: key is held' });
    expect(await retry.isDisabled()).toBe(true);
    expect(await retry.getAttribute('title')).toContain('instantly:default is closed until');

    const feeding = page.getByRole('region', { name: 'Schedules that feed these' });
    await feeding.getByRole('checkbox').first().check();
    await feeding.getByRole('button', { name: 'Pause 1…' }).click();
    await confirm('Pause 1 schedule');
    await feeding.getByText('paused').first().waitFor();
  }, 240_000);

  test('retries at once what is not held back, as an act with a result for each run', async () => {
    await page.keyboard.press('x');
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await page.getByText('1 cause, 2 tasks selected').waitFor();
    await page.keyboard.press('r');
    await page.getByRole('dialog', { name: 'Retry now 1 run?' }).waitFor();
    await confirm('Retry now 1 run');
    await page.getByRole('heading', { name: 'Try again now: 1 run', level: 1 }).waitFor();
    // what is being tried at this very moment needs no push
    await page.getByText(/0 failed, 0 not yet. Asked for by test: “a test”/).waitFor();
    await row(/Mixed/)
      .filter({ hasText: /Tried again at once|Nothing of it waits/ })
      .waitFor();
  }, 240_000);

  test('cancels all runs that match the filter of the page, with the exact count', async () => {
    for (let index = 1; index <= 4; index += 1)
      await world.start(wait(`many-${index}`, { ms: 600_000 }));
    // what comes to a list that is open already waits until it is wanted
    await eventually('all four', async () => {
      const rows = await world.database.sql`select from runs where title like '%many-%'`;
      return rows.length === 4;
    });
    await page.goto(`${dashboard.url}/runs?q=many-`);
    await page
      .getByRole('checkbox', { name: /^Select / })
      .nth(3)
      .waitFor();
    await page
      .getByRole('checkbox', { name: /^Select / })
      .first()
      .check();
    await page.getByText('1 run selected').waitFor();
    await page.getByRole('button', { name: 'Select all 4 that match' }).click();
    await page.getByText('All 4 runs that match selected').waitFor();
    await page.getByRole('button', { name: 'Cancel…' }).click();
    await page.getByRole('dialog', { name: 'Cancel 4 runs?' }).waitFor();
    const button = page.getByRole('button', { name: 'Cancel 4 runs', exact: true });
    expect(await button.isDisabled()).toBe(true);
    await confirm('Cancel 4 runs');
    await page.getByText('4 done, 0 skipped, 0 failed, 0 not yet.').waitFor();
    await eventually('their ends', async () => {
      const [found] = await world.database.sql<{ size: number }[]>`
        select count(*)::int as size from audit where action = 'run.cancel' and "from" = 'bulk'`;
      return found?.size === 4;
    });
  }, 240_000);

  test.each(['/struggling', '/struggling?by=run', '/runs'])(
    '%s fits a phone without a sideways scroll',
    async (path) => {
      const phone = await browser.newPage({ viewport: { width: 390, height: 844 } });
      await phone.goto(`${dashboard.url}${path}`);
      await phone.getByRole('heading', { level: 1 }).first().waitFor();
      await phone.getByRole('button', { name: 'Live updates: Live' }).waitFor();
      await phone.getByRole('checkbox').first().waitFor();
      expect(await phone.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
      await phone.close();
    },
  );
});
