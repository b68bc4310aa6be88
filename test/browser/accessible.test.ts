import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { createMemoryStore } from '../../src/platform/memory-store.ts';
import { createSchedules } from '../../src/platform/schedules.ts';
import { startSwarm } from '../../src/platform/start-swarm.ts';
import { violationsOf } from '../support/axe.ts';
import { launchBrowser } from '../support/browser.ts';
import { describeInBrowser, serveDashboard } from '../support/dashboard.ts';
import { pagePaths } from '../support/page-paths.ts';
import { eventually } from '../support/scratch.ts';
import { teach } from '../support/teach.ts';
import { createWorld, type World } from '../support/world.ts';

/** Brings a page into a state that its address does not say. */
type Act = (page: Page) => Promise<unknown>;

const click =
  (...names: readonly (string | RegExp)[]): Act =>
  async (page) => {
    for (const name of names) await page.getByRole('button', { name }).first().click();
    await page.getByRole('dialog').waitFor();
  };
const press =
  (key: string): Act =>
  async (page) => {
    await page.keyboard.press(key);
    await page.getByRole('dialog').waitFor();
  };
const read =
  (text: string | RegExp): Act =>
  (page) =>
    page.getByText(text).first().waitFor();

/** States by name: where, and how the page gets there. */
const states: Readonly<Record<string, readonly [string, Act]>> = {
  'a reason is asked for': ['/schedules', click('Pause…')],
  'a range of days is asked for': ['/schedules', click('Backfill…')],
  'a calendar is open': [
    '/schedules',
    async (page) => {
      await click('Backfill…')(page);
      await page.getByRole('textbox', { name: 'First day' }).click();
      await page.getByRole('table').last().waitFor();
    },
  ],
  'a lesson is proposed': ['/memory/instantly?world=stand-in', click('Propose a lesson…')],
  'a token is made': ['/settings/tokens', click('Make a token…')],
  'somebody is let in': ['/settings/people', click('Let somebody in…')],
  'addresses are suppressed': ['/suppressions', click('Add…')],
  'a real act is tried dry': [
    '/new/instantly.activate-campaign',
    async (page) => {
      const id = '01970000-0000-7000-8000-000000000000';
      await page.getByRole('textbox', { name: 'Campaign' }).fill(id);
      await click('Try it dry…')(page);
    },
  ],
  'a form has a wrong field': [
    '/new/instantly.daily-analytics',
    async (page) => {
      await page.getByRole('textbox', { name: 'Day' }).fill('');
      await page.keyboard.press('Escape'); // the calendar
      await page.keyboard.press('Tab');
      await page.getByRole('button', { name: 'Start', exact: true }).click();
      await page.getByRole('alert').first().waitFor();
    },
  ],
  'the palette is open': ['/', press('Control+k')],
  'all keys are shown': ['/', press('?')],
  'the live menu is open': [
    '/',
    async (page) => {
      await page.getByRole('button', { name: /^Live updates/ }).click();
      await page.getByRole('menuitem', { name: 'Paused' }).waitFor();
    },
  ],
  'no run matches': ['/runs?q=nobody-has-this&state=failed', read('No runs match')],
  'no lead matches': ['/leads?q=nobody-has-this', read('No leads match')],
  'no address matches': ['/suppressions?q=nobody-has-this', read(/^No entries match/)],
  'nobody knows the run': ['/runs/nobody-has-this', read('No run has this id')],
  'there is no such page': ['/nowhere', read('No page has this address')],
};

describeInBrowser('Every page by the rules of WCAG 2.2 AA', () => {
  let world: World;
  let dashboard: Awaited<ReturnType<typeof serveDashboard>>;
  let browser: Browser;
  let paths: Readonly<Record<string, string>>;

  beforeAll(async () => {
    world = await createWorld(import.meta.filename);
    const { client, database } = world;
    const schedules = createSchedules(client, world.config);
    await schedules.reconcile();
    await teach(createMemoryStore(database), { agent: 'instantly', world: 'stand-in' }, 'tour');
    const run = await world.start({
      ...{ capability: 'instantly.daily-analytics', account: 'tour' },
      input: { date: '2026-05-05' },
    });
    const waits = (label: string, fail?: string) => ({
      capability: 'practice.wait',
      account: 'default',
      input: { label, ...(fail === undefined ? {} : { fail }) },
    });
    await world.failureOf(waits('wrong', 'InvalidRequest'));
    const swarm = await startSwarm(
      { client, database, checkServed: () => Promise.resolve() },
      { kind: 'tasks', tasks: [waits('1'), waits('2'), waits('3', 'InvalidRequest')] },
      { title: 'Three', failureThreshold: 1 },
    );
    await client.workflow.getHandle(swarm.workflowId).result();
    await run.result();
    const daily = 'instantly.daily-analytics/default';
    await schedules.backfill(daily, { from: '2026-01-05', to: '2026-01-07' });
    await eventually('three firings', async () => {
      const all = await schedules.list();
      return all.some(({ id, recent }) => id === daily && recent.length === 3);
    });
    paths = pagePaths({ run: run.workflowId, swarm: swarm.workflowId });
    dashboard = await serveDashboard(world);
    browser = await launchBrowser();
  }, 180_000);
  afterAll(async () => {
    await browser.close();
    await dashboard.close();
    await world.close();
  });

  async function lookAt(page: Page, path: string): Promise<void> {
    await page.goto(`${dashboard.url}${path}`);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await page.getByRole('button', { name: 'Live updates: Live' }).waitFor();
  }

  test.each(['light', 'dark'] as const)(
    'no violation in the %s theme',
    async (colorScheme) => {
      const page = await browser.newPage({
        ...{ colorScheme, reducedMotion: 'reduce' },
        viewport:
          colorScheme === 'light' ? { width: 1440, height: 900 } : { width: 390, height: 844 },
      });
      page.setDefaultTimeout(60_000);
      const found: string[] = [];
      for (const path of Object.values(paths)) {
        await lookAt(page, path);
        found.push(...(await violationsOf(page, path)));
      }
      expect(found).toEqual([]);
    },
    600_000,
  );

  test('no violation while a dialog, a menu or the palette is open, and where nothing is found', async () => {
    const page = await browser.newPage({
      ...{ colorScheme: 'light', reducedMotion: 'reduce' },
      viewport: { width: 1440, height: 900 },
    });
    page.setDefaultTimeout(60_000);
    const found: string[] = [];
    for (const [name, [path, act]] of Object.entries(states)) {
      await lookAt(page, path);
      await act(page);
      found.push(...(await violationsOf(page, name)));
    }
    expect(found).toEqual([]);
  }, 600_000);

  test('no violation on a phone with the menu sheet or a dialog over the page', async () => {
    const page = await browser.newPage({
      ...{ colorScheme: 'dark', reducedMotion: 'reduce' },
      viewport: { width: 390, height: 844 },
    });
    page.setDefaultTimeout(60_000);
    await lookAt(page, '/');
    await click('Menu')(page);
    const found = [...(await violationsOf(page, 'the menu sheet'))];
    await lookAt(page, '/schedules');
    await click('Pause…')(page);
    found.push(...(await violationsOf(page, 'a reason on a phone')));
    expect(found).toEqual([]);
  }, 240_000);
});
