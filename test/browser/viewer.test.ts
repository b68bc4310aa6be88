import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { Role } from '../../src/contracts/sign-in.ts';
import { createMemoryStore } from '../../src/platform/memory-store.ts';
import { createSchedules } from '../../src/platform/schedules.ts';
import { startSwarm } from '../../src/platform/start-swarm.ts';
import { launchBrowser } from '../support/browser.ts';
import { describeInBrowser, serveDashboard } from '../support/dashboard.ts';
import { startGoogle, type Google } from '../support/google.ts';
import { pagePaths } from '../support/page-paths.ts';
import { eventually } from '../support/scratch.ts';
import { teach } from '../support/teach.ts';
import { createWorld, type World } from '../support/world.ts';

/** Lead to other pages, or only choose what is shown. */
const harmless = ['With this list…', 'Push to a campaign…'];

describeInBrowser('What the pages let each role do', () => {
  let world: World;
  let google: Google;
  let dashboard: Awaited<ReturnType<typeof serveDashboard>>;
  let browser: Browser;
  let paths: Readonly<Record<string, string>>;

  beforeAll(async () => {
    world = await createWorld(import.meta.filename);
    const { client, database } = world;
    await createSchedules(client, world.config).reconcile();
    await teach(createMemoryStore(database), { agent: 'instantly', world: 'stand-in' }, 'tour');
    world.standIns.faults.set([
      { times: 1, fault: { kind: 'status', status: 429, retryAfterSeconds: 3_600 } },
    ]);
    const run = await world.start({
      ...{ capability: 'instantly.daily-analytics', account: 'tour' },
      input: { date: '2026-05-05' },
    });
    const swarm = await startSwarm(
      { client, database, checkServed: () => Promise.resolve() },
      {
        kind: 'tasks',
        tasks: [
          { capability: 'practice.wait', input: { label: '1', fail: 'NotFound' } },
          { capability: 'practice.wait', input: { label: '2', ms: 600_000 } },
        ],
      },
      { title: 'Two', failureThreshold: 1 },
    );
    await eventually('the failed task', async () => {
      const [row] = await database.sql`select from swarm_outcomes where state = 'failed'`;
      return row !== undefined;
    });
    paths = pagePaths({ run: run.workflowId, swarm: swarm.workflowId });
    google = await startGoogle(
      Role.options.map((role) => ({
        ...{ sub: role, name: role, email: `${role}@example.com`, email_verified: true },
      })),
      Role.options.map((role) => ({ who: `${role}@example.com`, role })),
    );
    dashboard = await serveDashboard(world, google.settings);
    browser = await launchBrowser();
  }, 180_000);
  afterAll(async () => {
    await browser.close();
    await dashboard.close();
    await google.close();
    await world.close();
  });

  async function signedInAs(role: Role): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(`${dashboard.url}/sign-in`);
    await page.getByRole('link', { name: 'Sign in with Google' }).click();
    await page.getByRole('button', { name: `${role}@example.com` }).click();
    await page.getByRole('button', { name: `Account: ${role}@example.com, ${role}` }).waitFor();
    return page;
  }

  /** Goes to a page, and waits until it knows who looks and what there is. */
  async function open(page: Page, path: string): Promise<void> {
    await page.goto(`${dashboard.url}${path}`);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await page.getByRole('button', { name: /^Account: .*@/ }).waitFor();
    await eventually(
      'the page to be loaded',
      async () => (await page.locator('.skeleton').count()) === 0,
    );
  }

  /** Buttons that begin something, as `words: enabled` or `words: why not`. */
  async function acts(page: Page): Promise<readonly string[]> {
    const found = await page.evaluate<{ words: string; isDisabled: boolean; title: string }[]>(
      `[...document.querySelectorAll('main button')].map((button) => ({
        words: button.textContent.trim(), isDisabled: button.disabled, title: button.title }))`,
    );
    return found
      .filter(({ words }) => words.endsWith('…') && !harmless.includes(words))
      .map(({ words, isDisabled, title }) => `${words}: ${isDisabled ? title : 'enabled'}`);
  }

  test('a viewer sees every act of every page disabled, with the role it needs', async () => {
    const page = await signedInAs('viewer');
    const seen = new Set<string>();
    for (const path of Object.values(paths)) {
      await open(page, path);
      const all = await acts(page);
      all.forEach((each) => seen.add(each));
      expect({ path, acts: all.filter((each) => !each.includes(': Needs the role ')) }).toEqual({
        path,
        acts: [],
      });
    }
    expect([...seen]).toEqual(
      expect.arrayContaining([
        'Cancel…: Needs the role operator',
        'Pause…: Needs the role operator',
        'Start a swarm…: Needs the role operator',
        'Retry these…: Needs the role operator',
        'Let somebody in…: Needs the role admin',
      ]),
    );

    await open(page, '/struggling');
    await page.getByRole('checkbox').first().check();
    const toolbar = page.getByRole('toolbar', { name: 'Selected causes' });
    const retry = toolbar.getByRole('button', { name: /^Retry now/ });
    expect(await retry.getAttribute('title')).toBe('Needs the role operator');
    await page.keyboard.press('r');
    expect(await page.getByRole('dialog').count()).toBe(0);
    await open(page, '/new/instantly.daily-analytics');
    const start = page.getByRole('button', { name: 'Start', exact: true });
    expect(await start.isDisabled()).toBe(true);
    expect(await start.getAttribute('title')).toBe('Needs the role operator');
    await page.context().close();
  }, 240_000);

  test('an operator may do all but what is for admins', async () => {
    const page = await signedInAs('operator');
    await open(page, paths.run ?? '');
    expect(await acts(page)).toEqual(['Cancel…: enabled']);
    await open(page, '/settings/people');
    expect(await acts(page)).toEqual(['Let somebody in…: Needs the role admin']);
    await page.context().close();
  }, 240_000);
});
