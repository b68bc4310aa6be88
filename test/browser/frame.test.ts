import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { violationsOf } from '../support/axe.ts';
import { launchBrowser } from '../support/browser.ts';
import { Cable } from '../support/cable.ts';
import { describeInBrowser, serveDashboard } from '../support/dashboard.ts';
import { business, saveLeads } from '../support/leads.ts';
import { eventually } from '../support/scratch.ts';
import { anyPort } from '../support/servers.ts';
import { createWorld, type World } from '../support/world.ts';

/** Counts the streams that a page holds open. */
const countStreams = `{
  const opened = [];
  const Real = window.EventSource;
  window.EventSource = class extends Real {
    constructor(address) {
      super(address);
      opened.push(this);
    }
  };
  window.openStreams = () => opened.filter((each) => each.readyState !== 2).length;
}`;
const look = (state: 'hidden' | 'visible') => `{
  Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}`;

describeInBrowser('The frame around the pages', () => {
  let world: World;
  let dashboard: Awaited<ReturnType<typeof serveDashboard>>;
  let cable: Cable;
  let browser: Browser;
  let url: string;

  beforeAll(async () => {
    world = await createWorld(import.meta.filename);
    dashboard = await serveDashboard(world);
    const { hostname, port } = new URL(dashboard.url);
    cable = new Cable(await anyPort(), { host: hostname, port: Number(port) });
    await cable.mend();
    url = `http://127.0.0.1:${cable.port}`;
    browser = await launchBrowser();
    for (const label of ['one', 'two', 'three']) {
      await world.run({ capability: 'practice.wait', input: { label } });
    }
    await saveLeads(world, [business(1), business(2), business(3), business(4)]);
  }, 240_000);
  afterAll(async () => {
    await browser.close();
    cable.cut();
    await dashboard.close();
    await world.close();
  });

  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    cable.cut();
    await cable.mend();
  });

  async function open(path: string): Promise<Page> {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.setDefaultTimeout(60_000);
    await page.addInitScript(countStreams);
    await page.goto(url + path);
    await live(page, 'Live').waitFor();
    return page;
  }
  const live = (page: Page, words: string | RegExp) =>
    page.getByRole('button', {
      name: typeof words === 'string' ? `Live updates: ${words}` : words,
    });

  test('a hidden tab follows nothing, and is fresh again as soon as somebody looks at it', async () => {
    const page = await open('/runs');
    const streams = (many: number) =>
      eventually(
        `${many} streams`,
        async () => (await page.evaluate('openStreams()')) === many,
        60_000,
      );
    await streams(1);
    await page.evaluate(look('hidden'));
    await streams(0);
    await world.run({ capability: 'practice.wait', input: { label: 'unseen' } });
    expect(await page.evaluate('openStreams()')).toBe(0);
    await page.evaluate(look('visible'));
    await streams(1);
    await page.getByRole('button', { name: '1 new run, show' }).waitFor();
  }, 180_000);

  test('a page that hears nothing says how old it is, then that it is offline, and comes back by itself', async () => {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.setDefaultTimeout(60_000);
    await page.clock.install();
    await page.goto(url);
    await live(page, 'Live').waitFor();
    cable.block();
    await page.clock.fastForward(12_000);
    const old = live(page, /^Live updates: \d+ s old$/);
    await old.waitFor();
    expect(await old.getAttribute('class')).toContain('old');
    const found = [...(await violationsOf(page, 'old'))];
    await page.clock.fastForward(30_000);
    await live(page, 'Offline, trying again').waitFor();
    found.push(...(await violationsOf(page, 'offline')));
    expect(found).toEqual([]);

    cable.cut();
    await live(page, 'Offline, trying again').waitFor();
    await cable.mend();
    await live(page, 'Live').waitFor();
  }, 240_000);

  test('lists are worked through by keys: down, up, open, back, filter, and out of the filter', async () => {
    const page = await open('/runs');
    const current = page.locator('tr.cur');
    await page.getByRole('link', { name: /three/ }).first().waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await eventually(
      'the second row',
      async () => (await current.getAttribute('aria-rowindex')) === '2',
    );
    await page.keyboard.press('k');
    await eventually(
      'the first row',
      async () => (await current.getAttribute('aria-rowindex')) === '1',
    );
    const beside = page.context().waitForEvent('page');
    await page.keyboard.press('o');
    const other = await beside;
    await other.waitForURL(/\/runs\/practice\.wait/);
    await other.close();

    await page.keyboard.press('Enter');
    await page.waitForURL(/\/runs\/practice\.wait/);
    const tab = page.getByRole('navigation', { name: 'Run' }).locator('[aria-current=page]');
    await tab.filter({ hasText: 'Timeline' }).waitFor();
    await page.keyboard.press(']');
    await tab.filter({ hasNotText: 'Timeline' }).waitFor();
    await page.keyboard.press('[');
    await tab.filter({ hasText: 'Timeline' }).waitFor();
    await page.keyboard.press('Escape');
    await page.waitForURL(`${url}/runs`);

    await page.keyboard.press('/');
    await page.keyboard.type('three');
    await page.waitForURL(/q=three/);
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await page.keyboard.press('c');
    await page.getByRole('heading', { level: 1, name: 'Schedules' }).waitFor();
    await page.keyboard.press('n');
    await page.waitForURL(`${url}/new`);
    await page.keyboard.press('t');
    await page.locator('html[data-theme=dark]').waitFor();
  }, 180_000);

  test('rows are selected by keys, one or up to one, and what is open closes before the page is left', async () => {
    const page = await open('/leads');
    await page.getByRole('link', { name: 'Dental practice 1', exact: true }).waitFor();
    const boxes = page.getByRole('row').getByRole('checkbox', { checked: true });
    const ticked = (many: number) =>
      eventually(`${many} ticks`, async () => (await boxes.count()) === many);
    for (const key of ['j', 'x']) await page.keyboard.press(key);
    await ticked(1);
    for (const key of ['j', 'j', 'Shift+X']) await page.keyboard.press(key);
    await ticked(3);
    await page.keyboard.press('x');
    await ticked(2);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/leads\/\d+/);
    await page.keyboard.press('Escape');
    await page.waitForURL(`${url}/leads`);
  }, 240_000);

  test('whoever asks for less motion gets none', async () => {
    const page = await browser.newPage({ reducedMotion: 'reduce' });
    await page.goto(url);
    await live(page, 'Live').waitFor();
    const longest = await page.evaluate(`Math.max(0, ...[...document.querySelectorAll('*')].flatMap(
      (element) => {
        const { animationDuration, transitionDuration } = getComputedStyle(element);
        return [animationDuration, transitionDuration].join(', ').split(', ').map(parseFloat);
      }))`);
    expect(longest).toBeLessThanOrEqual(0.001);
  }, 240_000);
});
