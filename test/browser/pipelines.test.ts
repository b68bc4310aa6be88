import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { createCoordination } from '../../src/platform/coordination.ts';
import { launchBrowser } from '../support/browser.ts';
import { describeInBrowser, serveDashboard } from '../support/dashboard.ts';
import { ask, begin, pipelineOf, type RunningPipeline } from '../support/pipelines.ts';
import { eventually } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';

const practice = (id: string, input: object, more: object = {}) => ({
  id,
  task: { capability: 'practice.wait', input: { label: id, ...input } },
  ...more,
});

describeInBrowser('Pipelines in a browser', () => {
  let world: World;
  let dashboard: Awaited<ReturnType<typeof serveDashboard>>;
  let browser: Browser;
  let page: Page;
  let run: RunningPipeline;
  const problems: string[] = [];
  const id = 'pipeline/campaign/spring';
  const address = `/runs/${encodeURIComponent(id)}`;

  beforeAll(async () => {
    world = await createWorld(import.meta.filename, { standIns: { today: '2026-06-01' } });
    dashboard = await serveDashboard(world);
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.setDefaultTimeout(60_000);
    page.on('response', (response) => {
      if (response.status() >= 401) problems.push(`${response.status()} ${response.url()}`);
    });
    page.on('pageerror', (error) => problems.push(error.message));
  }, 240_000);
  afterAll(async () => {
    await browser.close();
    await dashboard.close();
    await world.close();
  });

  const dialog = () => page.getByRole('dialog');
  const menu = () => page.getByRole('navigation', { name: 'Main' });
  const step = (title: string, state: string) =>
    page.getByRole('button', { name: new RegExp(`^${title} ${state}`) });
  const confirm = async (verb: string, reason: string) => {
    const button = dialog().getByRole('button', { name: verb, exact: true });
    expect(await button.isDisabled()).toBe(true);
    await dialog().getByRole('textbox', { name: 'Reason' }).fill(reason);
    await button.click();
    await dialog().waitFor({ state: 'hidden' });
  };

  test('an empty inbox says so; a question shows up in the navigation and leads to its answer', async () => {
    await page.goto(`${dashboard.url}/needs-you`);
    await page.getByText('Nothing waits for you.').waitFor();
    run = await begin(
      world,
      pipelineOf('campaign', [
        practice('places', {}),
        ask('activate', {}, { question: 'Send to 412 leads?', show: { leads: 412 } }),
        ask('second', { after: ['places'] }),
        practice('sheet', { fail: 'NotFound' }, { after: ['places'] }),
        practice('push', {}, { after: ['activate', 'sheet'] }),
        practice('notice', {}, { after: ['second'] }),
      ]),
      { key: 'spring' },
    );
    await menu().getByRole('link', { name: 'Needs you 3 wait for you' }).waitFor();
    await page.getByRole('button', { name: 'Send to 412 leads?' }).click();
    const panel = page.getByRole('complementary', { name: 'Selected step' });
    await panel.getByText('412', { exact: true }).waitFor();
    await panel.getByText('push').first().waitFor();
    await page.keyboard.press('a');
    await dialog().getByRole('textbox', { name: 'Reason' }).waitFor();
    await confirm('Approve', 'the list was read');
    await page.getByRole('button', { name: 'Send to 412 leads?' }).waitFor({ state: 'hidden' });
    expect((await run.reaches('activate', 'completed')).output).toEqual({
      ...{ approved: true, by: 'test', reason: 'the list was read' },
    });
  });

  test('the graph shows each step; keys follow its lines, and a question is refused from it', async () => {
    await page.getByRole('link', { name: 'Test of campaign' }).first().click();
    await page.getByRole('heading', { level: 1, name: 'Test of campaign' }).waitFor();
    await step('places', 'Completed').click();
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('.graph-node:focus').innerText()).toMatch(
      /^(activate|second|sheet)\b/,
    );
    await step('second', 'Needs you').click();
    await page.getByRole('button', { name: 'Refuse…' }).click();
    await confirm('Refuse', 'not this month');
    await page.getByText('Refused by test: not this month').waitFor();
    await step('notice', 'Skipped').click();
    await page.getByText('Left out: second was rejected').waitFor();
  });

  test('a failed step is tried again with another input, and the pipeline ends well', async () => {
    await step('sheet', 'Needs you').click();
    await page.getByRole('button', { name: 'Retry…' }).click();
    const input = dialog().getByRole('textbox', { name: 'Input' });
    await input.fill('{"label": ');
    await dialog().getByText('This is not a JSON object').waitFor();
    await input.fill('{"label": "mended"}');
    await confirm('Retry with this input', 'the name was wrong');
    await step('push', 'Completed').waitFor();
    await page.getByText('Completed').first().waitFor();
    const { outputs } = await run.handle.result();
    expect(outputs.sheet).toEqual({ label: 'mended' });
    expect(await world.database.sql`select action, reason, "by" from audit order by id`).toEqual([
      { action: 'pipeline.approve', reason: 'the list was read', by: 'test' },
      { action: 'pipeline.reject', reason: 'not this month', by: 'test' },
      { action: 'pipeline.repair', reason: 'the name was wrong', by: 'test' },
    ]);
    await page.getByRole('link', { name: 'Input and output' }).click();
    await page.getByLabel('Source', { exact: true }).last().getByText('name: campaign').waitFor();
  });

  test('the same steps stand in a list, and a ready pipeline is started with its parameters', async () => {
    await page.goto(`${dashboard.url}${address}?view=list`);
    await page.getByRole('list', { name: 'Steps' }).getByText('begins at once').waitFor();

    await menu().getByRole('link', { name: 'Pipelines' }).click();
    await page.getByRole('link', { name: 'Run Daily analytics' }).click();
    const form = page.getByRole('form', { name: 'Run Daily analytics' });
    await form.getByRole('textbox', { name: 'Account' }).fill('nobody');
    await form.getByRole('button', { name: 'Start' }).click();
    await form.getByText('has no account “nobody”').first().waitFor();
    await form.getByRole('textbox', { name: 'Account' }).fill('tour');
    await form.getByRole('textbox', { name: 'Key' }).fill('by-hand');
    await form.getByRole('button', { name: 'Start' }).click();
    await page.getByRole('heading', { level: 1, name: /^Daily analytics/ }).waitFor();
    await page.getByText('pipeline/daily-analytics/by-hand').first().waitFor();
  });

  test('a lease is taken away and a message published, each from the page of coordination', async () => {
    const coordination = createCoordination(world.database);
    const wish = { name: 'sheet:leads', places: 1, forMs: 600_000 };
    await coordination.acquire({ ...wish, holder: 'run/1' });
    await menu().getByRole('link', { name: 'Coordination' }).click();
    await page.getByRole('button', { name: 'Take away…' }).click();
    await confirm('Take it away', 'its host is gone');
    await page.getByText('Nobody holds a lease or waits for one.').waitFor();

    const body = { id: 'lead-1', payload: { label: 'x' } };
    await page.request.post(`${dashboard.url}/api/topics/leads.found/messages`, { data: body });
    await page.getByRole('button', { name: 'Publish…' }).click();
    await dialog().getByRole('textbox', { name: 'Id' }).fill('lead-2');
    await dialog().getByRole('button', { name: 'Publish', exact: true }).click();
    await dialog().waitFor({ state: 'hidden' });
    await page.getByRole('complementary', { name: 'Selected topic' }).getByText('lead-2').waitFor();
  });

  test('each page fits a phone in both themes, and nothing failed in the browser', async () => {
    const phone = await browser.newPage({ viewport: { width: 390, height: 844 } });
    phone.setDefaultTimeout(60_000);
    for (const path of [
      ...['/needs-you', '/pipelines', '/pipelines/daily-analytics', '/coordination'],
      ...[address, `${address}?tab=io`],
    ]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        await phone.emulateMedia({ colorScheme });
        await phone.goto(`${dashboard.url}${path}`);
        await phone.getByRole('button', { name: 'Live updates: Live' }).waitFor();
        const width = () => phone.evaluate('document.documentElement.scrollWidth');
        await eventually(`${path} to fit`, async () => (await width()) === 390);
      }
    }
    await phone.close();
    expect(problems).toEqual([]);
  });
});
