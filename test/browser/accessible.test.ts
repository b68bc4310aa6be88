import { afterAll, beforeAll, expect, test } from '@jest/globals';
import axe, { type AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { createMemoryStore } from '../../src/platform/memory-store.ts';
import { createSchedules } from '../../src/platform/schedules.ts';
import { startSwarm } from '../../src/platform/start-swarm.ts';
import { launchBrowser } from '../support/browser.ts';
import { describeInBrowser, serveDashboard } from '../support/dashboard.ts';
import { pagePaths } from '../support/page-paths.ts';
import { teach } from '../support/teach.ts';
import { createWorld, type World } from '../support/world.ts';

/** WCAG 2.2 AA, as far as a program can tell. */
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

describeInBrowser('Every page by the rules of WCAG 2.2 AA', () => {
  let world: World;
  let dashboard: Awaited<ReturnType<typeof serveDashboard>>;
  let browser: Browser;
  let paths: Readonly<Record<string, string>>;

  beforeAll(async () => {
    world = await createWorld(import.meta.filename);
    const { client, database } = world;
    await createSchedules(client, world.config).reconcile();
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
    paths = pagePaths({ run: run.workflowId, swarm: swarm.workflowId });
    dashboard = await serveDashboard(world);
    browser = await launchBrowser();
  }, 180_000);
  afterAll(async () => {
    await browser.close();
    await dashboard.close();
    await world.close();
  });

  async function violationsOf(page: Page, path: string): Promise<readonly string[]> {
    await page.goto(`${dashboard.url}${path}`);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await page.getByRole('button', { name: 'Live updates: Live' }).waitFor();
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate<AxeResults>(
      `axe.run(document, ${JSON.stringify({ runOnly: rules, resultTypes: ['violations'] })})`,
    );
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(
        ({ target, failureSummary }) => `${path} ${id}: ${target.join(' ')} ${failureSummary}`,
      ),
    );
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
      for (const path of Object.values(paths)) found.push(...(await violationsOf(page, path)));
      expect(found).toEqual([]);
    },
    600_000,
  );
});
