import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';
import { z } from 'zod';
import { postgresUrl } from '../../src/local/postgres-server.ts';
import { createSchedules } from '../../src/platform/schedules.ts';
import { violationsOf } from '../support/axe.ts';
import { launchBrowser } from '../support/browser.ts';
import { describeInBrowser, serveDashboard } from '../support/dashboard.ts';
import { eventually, scratchFolder } from '../support/scratch.ts';
import { anyPort, startPostgres, startTemporal, type TestServer } from '../support/servers.ts';
import { createWorld, type World } from '../support/world.ts';

describeInBrowser('The dashboard in a browser', () => {
  let world: World;
  let dashboard: Awaited<ReturnType<typeof serveDashboard>>;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];
  const day = new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10);

  beforeAll(async () => {
    world = await createWorld(import.meta.filename);
    await createSchedules(world.client, world.config).reconcile();
    dashboard = await serveDashboard(world);
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.setDefaultTimeout(60_000);
    page.on('response', (response) => {
      if (response.status() >= 500) problems.push(`${response.status()} ${response.url()}`);
    });
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
  }, 240_000);
  afterAll(async () => {
    await browser.close();
    await dashboard.close();
    await world.close();
  });

  test('a run started by a click is followed to its end, and its numbers are on the chart', async () => {
    world.standIns.faults.set([
      { times: 1, fault: { kind: 'status', status: 429, retryAfterSeconds: 12 } },
    ]);
    await page.goto(dashboard.url);
    await page.getByRole('link', { name: 'New run' }).first().click();
    await page.getByRole('link', { name: 'Fill in Daily e-mail analytics' }).click();
    await page.getByRole('textbox', { name: 'Day' }).fill(day);
    await page.keyboard.press('Tab');
    await page.getByRole('button', { name: 'Start', exact: true }).click();

    await page
      .getByRole('heading', { level: 1, name: `Daily e-mail analytics · ${day}` })
      .waitFor();
    await page.getByText('Waiting').first().waitFor();
    await page.getByText('Completed').first().waitFor();
    await page.getByRole('button', { name: /^Attempt 1, failed/ }).click();
    const panel = page.getByRole('complementary', { name: 'Selected attempt' });
    await panel.getByText('429').first().waitFor();
    const bar = page.getByRole('button', { name: /^Attempt 2, completed/ });
    await bar.waitFor();
    // while it is open, its timeline ends now, and all that is on it moves
    await eventually('the end of the run', async () => {
      const open = await world.database.sql`select from runs where closed_at is null`;
      return open.length === 0;
    });
    await page.reload();
    await bar.waitFor();
    await zoomAndMove(bar);

    const [sum] = await world.database.sql<{ sent: number }[]>`
      select sum(sent)::int as sent from instantly_email_daily_analytics where date = ${day}`;
    const sent = (sum?.sent ?? 0).toLocaleString('en');
    await page.getByRole('link', { name: 'Analytics' }).first().click();
    await page
      .getByRole('region', { name: 'Figures of the period' })
      .getByText(sent, { exact: true })
      .waitFor();
    await page
      .getByRole('figure', { name: new RegExp(`^E-mails sent by day.*: ${sent} in all`) })
      .waitFor();
    await page.getByRole('button', { name: 'Sent by day: as table' }).click();
    await page.getByRole('cell', { name: sent }).first().waitFor();
  });

  /** On the timeline of the run that is shown. */
  async function zoomAndMove(bar: Locator): Promise<void> {
    const boxOf = async () => (await bar.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    const whole = await boxOf();
    await page.mouse.move(whole.x + 1, whole.y + 6);
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -500);
    await page.keyboard.up('Control');
    await eventually('a longer bar', async () => (await boxOf()).width > whole.width * 1.5);
    const near = await boxOf();
    // to where there is more of it: nothing can be drawn beyond the ends
    const lanes = await page.getByRole('region', { name: 'Timeline' }).boundingBox();
    const by = lanes && whole.x < lanes.x + lanes.width / 2 ? -200 : 200;
    await page.mouse.down();
    await page.mouse.move(whole.x + by, whole.y + 6, { steps: 5 });
    await page.mouse.up();
    const movedBy = async () => Math.abs((await boxOf()).x - near.x);
    await eventually('a bar that has moved', async () => (await movedBy()) > 100);
    await page.keyboard.press('0');
    const all = page.getByRole('button', { name: 'Whole run' });
    await all.and(page.locator('[aria-pressed=true]')).waitFor();
    expect((await boxOf()).x).toBeCloseTo(whole.x, 0);
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await all.and(page.locator('[aria-pressed=false]')).waitFor();
    await page.getByRole('button', { name: 'Zoom out' }).click();
    await all.and(page.locator('[aria-pressed=true]')).waitFor();
  }

  test('a wrong field is named under it, by the page and by the server', async () => {
    await page.goto(`${dashboard.url}/new/instantly.campaign-overview`);
    await page.getByRole('textbox', { name: 'From' }).fill('2026-02-01');
    await page.keyboard.press('Tab');
    await page.getByRole('textbox', { name: 'To' }).fill('2026-01-01');
    await page.keyboard.press('Tab');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByText('expected a day not after endDate').first().waitFor();
    const runs = await world.database.sql`
      select 1 from runs where capability = 'instantly.campaign-overview'`;
    expect(runs).toHaveLength(0);
  });

  test('a run is cancelled with a reason, which the audit keeps', async () => {
    world.standIns.faults.set([{ fault: { kind: 'silence' } }]);
    const handle = await world.start({
      capability: 'instantly.daily-analytics',
      input: { date: '2026-03-03' },
    });
    await page.goto(`${dashboard.url}/runs/${encodeURIComponent(handle.workflowId)}`);
    await page.getByRole('button', { name: 'Cancel…' }).click();
    await page.getByRole('textbox', { name: 'Reason' }).fill('wrong account');
    await page.getByRole('button', { name: 'Cancel the run' }).click();
    await page.getByText('Cancelled').first().waitFor();
    const rows = await world.database.sql`select "by", action, reason from audit`;
    expect(rows).toContainEqual(expect.objectContaining({ by: 'test', reason: 'wrong account' }));
    world.standIns.faults.set([]);
  });

  test('a campaign starts after a dry run, with its id typed and a reason given', async () => {
    const answer = await fetch(`${world.standIns.url}/instantly/api/v2/campaigns?status=0`, {
      headers: { authorization: 'Bearer stand-in-default', 'user-agent': 'test' },
    });
    const listed = z.object({ items: z.array(z.object({ id: z.uuid() })) });
    const raw: unknown = await answer.json();
    const id = listed.parse(raw).items[0]?.id ?? '';
    const activations = () =>
      world.standIns.requests.list().filter(({ path }) => path.endsWith('/activate')).length;

    await page.goto(`${dashboard.url}/new/instantly.activate-campaign`);
    await page.getByRole('textbox', { name: 'Campaign' }).fill(id);
    await page.getByRole('button', { name: 'Try it dry…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Activate a campaign?' });
    await dialog.getByText(/^Starts the campaign/).waitFor();
    const start = dialog.getByRole('button', { name: 'Activate a campaign' });
    expect(await start.isDisabled()).toBe(true);
    await eventually(
      'the focus on the way out',
      async () => (await page.evaluate('document.activeElement.textContent')) === 'Cancel',
    );
    await dialog.getByRole('textbox', { name: `Type ${id}` }).fill('yes');
    await dialog.getByRole('textbox', { name: 'Reason' }).fill('spring begins');
    expect(await start.isDisabled()).toBe(true);
    expect(activations()).toBe(0);
    await dialog.getByRole('textbox', { name: `Type ${id}` }).fill(id);
    await start.click();
    await page.getByText('Completed').first().waitFor();
    expect(activations()).toBe(1);
    const rows = await world.database.sql`select action, reason from audit`;
    expect(rows).toContainEqual({ action: 'run.start', reason: 'spring begins' });
  });

  test('a schedule is paused, resumed and backfilled from its page', async () => {
    const id = 'instantly.daily-analytics/default';
    const schedules = createSchedules(world.client, world.config);
    const isPaused = async () =>
      (await schedules.list()).find((schedule) => schedule.id === id)?.isPaused;
    await page.goto(`${dashboard.url}/schedules`);
    await page.getByRole('button', { name: 'Pause…' }).first().click();
    await page.getByRole('textbox', { name: 'Reason' }).fill('holiday');
    await page.getByRole('button', { name: 'Pause the schedule' }).click();
    await eventually('the pause', isPaused);
    await page.getByRole('button', { name: 'Resume…' }).first().click();
    await page.getByRole('button', { name: 'Resume the schedule' }).click();
    await eventually('the end of the pause', async () => (await isPaused()) === false);

    await page.getByRole('button', { name: 'Backfill…' }).first().click();
    await page.getByRole('textbox', { name: 'First day' }).fill('2026-01-05');
    await page.keyboard.press('Tab');
    await page.getByRole('textbox', { name: 'Last day' }).fill('2026-01-07');
    await page.keyboard.press('Tab');
    await page.getByRole('button', { name: 'Backfill 3 days' }).click();
    await eventually('three days of rows', async () => {
      const rows = await world.database.sql`
        select distinct date from instantly_email_daily_analytics
        where account = 'default' and date between '2026-01-05' and '2026-01-07'`;
      return rows.length === 3;
    });
  });

  test('the runs are found by words, state and keys, and the address says which', async () => {
    await page.goto(`${dashboard.url}/runs`);
    await page.getByRole('searchbox', { name: 'Search runs' }).fill('2026-01-06');
    await page.getByRole('link', { name: 'Daily e-mail analytics · 2026-01-06' }).waitFor();
    await page.waitForURL(/q=2026-01-06/);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    await page.getByPlaceholder('A page, a run’s id, a capability').first().fill('Agents');
    await page.getByRole('dialog').getByText('Agents', { exact: true }).first().click();
    await page.getByRole('heading', { level: 1, name: 'Agents' }).waitFor();
    await page.getByRole('region', { name: 'Agent Instantly' }).waitFor();
  });

  test.each([
    '/',
    '/runs',
    '/swarms',
    '/new',
    '/schedules',
    '/analytics/email',
    '/analytics/campaigns',
    '/agents',
  ])('%s fits a phone and both themes without a sideways scroll', async (path) => {
    const phone = await browser.newPage({ viewport: { width: 390, height: 844 } });
    for (const colorScheme of ['light', 'dark'] as const) {
      await phone.emulateMedia({ colorScheme });
      await phone.goto(`${dashboard.url}${path}`);
      await phone.getByRole('heading', { level: 1 }).first().waitFor();
      await phone.getByRole('button', { name: 'Live updates: Live' }).waitFor();
      expect(await phone.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    }
    await phone.close();
  });

  test('nothing failed in the browser on the way', () => {
    expect(problems.filter((problem) => !problem.includes('400'))).toEqual([]);
  });
});

describeInBrowser('The dashboard while its servers are away', () => {
  let world: World;
  let dashboard: Awaited<ReturnType<typeof serveDashboard>>;
  let browser: Browser;
  const folder = scratchFolder();
  const running = new Map<string, TestServer>();
  const starts = new Map<string, () => Promise<TestServer>>();
  const start = async (name: string) => {
    const server = await starts.get(name)?.();
    if (server) running.set(name, server);
  };

  beforeAll(async () => {
    const ports = [await anyPort(), await anyPort()] as const;
    starts.set('Temporal', () => startTemporal({ stateDir: `${folder}/t`, port: ports[0] }));
    starts.set('The database', () => startPostgres({ stateDir: `${folder}/p`, port: ports[1] }));
    await Promise.all([...starts.keys()].map(start));
    world = await createWorld(import.meta.filename, {
      hasWorker: false,
      env: {
        TEMPORAL_ADDRESS: `127.0.0.1:${ports[0]}`,
        TEMPORAL_NAMESPACE: 'default',
        DATABASE_URL: postgresUrl(ports[1]),
      },
    });
    dashboard = await serveDashboard(world);
    browser = await launchBrowser();
  }, 240_000);
  afterAll(async () => {
    await browser.close();
    await dashboard.close();
    await world.close();
    await Promise.all([...running.values()].map((server) => server.end()));
  });

  test('says which one cannot be reached, and comes back by itself', async () => {
    const page = await browser.newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(dashboard.url);
    await page.getByText('No worker serves').first().waitFor();
    for (const name of starts.keys()) {
      await running.get(name)?.end();
      const banner = page.getByRole('alert').filter({ hasText: `${name} cannot be reached` });
      await banner.waitFor();
      if (name === 'The database') {
        const runs = await browser.newPage();
        await runs.goto(`${dashboard.url}/runs`);
        await runs.getByText('The list of runs could not be loaded').waitFor({ timeout: 60_000 });
        expect(await violationsOf(runs, 'the database is away')).toEqual([]);
        await runs.close();
      }
      await start(name);
      await banner.waitFor({ state: 'hidden' });
    }
    await page.getByText('No worker serves').first().waitFor();
  }, 240_000);
});
