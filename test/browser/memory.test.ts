import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { createMemoryFiles, type MemoryFiles } from '../../src/platform/memory-files.ts';
import { createMemoryStore, type MemoryStore } from '../../src/platform/memory-store.ts';
import { launchBrowser } from '../support/browser.ts';
import { describeInBrowser, serveDashboard } from '../support/dashboard.ts';
import { lesson } from '../support/lessons.ts';
import { eventually, scratchFolder } from '../support/scratch.ts';
import { teach } from '../support/teach.ts';
import { createWorld, type World } from '../support/world.ts';

const of = { agent: 'instantly', world: 'stand-in' } as const;

describeInBrowser('Memory in a browser', () => {
  const folder = scratchFolder();
  const file = join(folder, 'instantly.md');
  const problems: string[] = [];
  let world: World;
  let store: MemoryStore;
  let files: MemoryFiles;
  let dashboard: Awaited<ReturnType<typeof serveDashboard>>;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    world = await createWorld(import.meta.filename);
    store = createMemoryStore(world.database);
    files = createMemoryFiles({
      database: world.database,
      folders: { live: scratchFolder(), 'stand-in': folder },
      say: () => undefined,
    });
    dashboard = await serveDashboard(world);
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.setDefaultTimeout(60_000);
    page.on('response', (response) => {
      if (response.status() >= 400) problems.push(`${response.status()} ${response.url()}`);
    });
    page.on('pageerror', (error) => problems.push(error.message));
  }, 240_000);
  afterAll(async () => {
    files.close();
    await browser.close();
    await dashboard.close();
    await world.close();
  });

  const dialog = () => page.getByRole('dialog');
  const region = (name: string) => page.getByRole('region', { name, exact: true });
  const confirm = async (verb: string, reason: string) => {
    const button = dialog().getByRole('button', { name: verb });
    expect(await button.isDisabled()).toBe(true);
    await dialog().getByRole('textbox', { name: 'Reason' }).fill(reason);
    await button.click();
    await dialog().waitFor({ state: 'hidden' });
  };
  const settled = () => eventually('files to be settled', async () => !(await files.look()));
  const openMemory = () => page.goto(`${dashboard.url}/memory/instantly?world=stand-in`);

  test('an agent without lessons says when they come', async () => {
    await page.goto(dashboard.url);
    await page.getByRole('navigation', { name: 'Main' }).getByText('Memory').click();
    const agents = page.getByRole('navigation', { name: 'Agents' });
    await agents.getByRole('link', { name: /^instantly/ }).click();
    await page
      .getByText('instantly has learnt nothing yet. Lessons appear after its first runs.')
      .waitFor();
  });

  test('a lesson is found, opened and pinned with a reason, and the memory is rolled back', async () => {
    await teach(store, of, 'tour');
    await openMemory();
    const lessons = region('Lessons');
    await lessons.getByText('2 lessons').waitFor();
    await region('Snapshots').getByText('Live').waitFor();
    await region('What changed').getByText('Gate passed.').waitFor();
    await region('What changed').getByText('+2 lessons').waitFor();
    await lessons.getByRole('link', { name: 'method whole-workspace' }).click();

    await page.getByRole('heading', { level: 1, name: 'Avoid method whole-workspace' }).waitFor();
    await region('Evidence').getByText('failed: Gone').waitFor();
    await page.getByRole('button', { name: 'Pin…' }).click();
    await confirm('Pin the lesson', 'the contract says so');
    await page.getByText('Pinned', { exact: true }).waitFor();
    await region('What became of it').getByText('the contract says so').waitFor();

    await page.getByRole('link', { name: 'instantly', exact: true }).click();
    await region('Memory in numbers')
      .getByRole('group', { name: /^Held by people: 1/ })
      .waitFor();
    await region('What changed').getByRole('button', { name: 'Roll back to 1…' }).click();
    await dialog().getByText('As they were: L-0001.').waitFor();
    await confirm('Roll back to 1', 'pinned too early');
    await region('Snapshots').getByRole('link', { name: 'What snapshot 3 changed' }).waitFor();
    await lessons.getByText('Pinned').waitFor({ state: 'detached' });
    const audit = await world.database.sql`select action, target, reason from audit order by id`;
    expect(audit).toEqual([
      { action: 'memory.pin', target: 'instantly/L-0001', reason: 'the contract says so' },
      { action: 'memory.rollback', target: 'instantly', reason: 'pinned too early' },
    ]);
  }, 240_000);

  test('deprecating asks for the id of the lesson', async () => {
    await region('Lessons').getByRole('link', { name: 'method in-chunks' }).click();
    await page.getByRole('button', { name: 'Deprecate…' }).click();
    await dialog().getByRole('textbox', { name: 'Reason' }).fill('a look');
    const verb = dialog().getByRole('button', { name: 'Deprecate for good' });
    expect(await verb.isDisabled()).toBe(true);
    await dialog().getByRole('textbox', { name: 'Type L-0002' }).fill('L-0002');
    expect(await verb.isEnabled()).toBe(true);
    await dialog().getByRole('button', { name: 'Back' }).click();
    await dialog().waitFor({ state: 'hidden' });
  });

  test('a file that was edited into trouble says which line and why, and is restored', async () => {
    await settled();
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('runs: 1', 'runs: some'));
    await settled();
    await openMemory();
    const trouble = region('Its file can’t be read');
    const line = text.split('\n').indexOf('- runs: 1') + 1;
    await trouble.getByText(`line ${line}`, { exact: true }).waitFor();
    await trouble.getByText('runs: expected a whole number').waitFor();
    await trouble.getByRole('button', { name: 'Restore the file…' }).click();
    await confirm('Restore the file', 'nobody knows how many');
    await trouble.getByText('A worker writes it anew').waitFor();
    await settled();
    await trouble.waitFor({ state: 'detached' });
    expect(readFileSync(file, 'utf8')).toContain('- runs: 1');
  }, 240_000);

  test('a run leads to the snapshot and the lessons that decided it', async () => {
    const run = await world.start({
      ...{ capability: 'instantly.daily-analytics', account: 'tour' },
      input: { date: '2026-03-03' },
    });
    await run.result();
    await page.goto(`${dashboard.url}/runs/${encodeURIComponent(run.workflowId)}?tab=memory`);
    const memory = region('Memory');
    await memory.getByRole('link', { name: 'snapshot 3' }).waitFor();
    await memory.getByRole('link', { name: 'L-0001' }).click();
    await page.getByRole('heading', { level: 1, name: 'Avoid method whole-workspace' }).waitFor();
    await region('Runs that obeyed it').getByRole('link', { name: run.workflowId }).waitFor();
  }, 240_000);

  test('a lesson is proposed after a look at what it would have changed, and the chart says how it goes', async () => {
    await openMemory();
    await page
      .getByRole('figure', { name: /30 days: .* of \d+ tasks?; lessons changed on 1 day$/ })
      .waitFor();
    await page.getByRole('button', { name: 'Propose a lesson…' }).click();
    const choose = async (field: string, option: string) => {
      await dialog().getByRole('combobox', { name: field }).click();
      await page.getByRole('option', { name: option, exact: true }).click();
    };
    await choose('Capability', 'instantly.daily-analytics');
    await dialog().getByRole('textbox', { name: 'Account' }).fill('globex');
    await choose('Method', 'whole-workspace');
    await dialog().getByRole('button', { name: 'Try last month under it' }).click();
    await dialog().getByText('The gate has no objection.').waitFor();
    await dialog().getByRole('textbox', { name: 'Why' }).fill('The contract says so');
    await confirm('Add the lesson', 'before they find out');
    await region('Lessons').getByText('globex').waitFor();
    const audit = await world.database.sql`
      select target, reason from audit where action = 'memory.propose'`;
    expect(audit).toEqual([
      { target: expect.stringMatching(/^instantly\/L-/), reason: 'before they find out' },
    ]);
  }, 240_000);

  test('what memory refuses is answered in the inbox and on the page of the run', async () => {
    await store.append(of, {
      ...{ kind: 'human', at: new Date().toISOString(), reason: 'a test' },
      by: { kind: 'person', name: 'mara' },
      act: {
        kind: 'written',
        lesson: lesson({
          ...{ id: 'L-0400', capability: 'instantly.add-lead', account: 'tour', expires: null },
          rule: { kind: 'avoid', method: 'one' },
        }),
      },
    });
    const lead = (email: string) => ({
      ...{ capability: 'instantly.add-lead', account: 'tour' },
      input: { campaignId: '018f0000-0000-7000-8000-000000000000', email },
    });
    const left = await world.start(lead('mara@kunde.de'));
    await page.goto(`${dashboard.url}/needs-you`);
    const question = region('Memory refuses every method');
    await question.getByRole('link', { name: 'L-0400' }).waitFor();
    await question.getByRole('button', { name: 'Leave out…' }).click();
    await confirm('Leave it out', 'a look first');
    await page.getByText('Nothing waits for you.').waitFor();
    await expect(left.result()).rejects.toMatchObject({ cause: { type: 'LeftOut' } });

    const tried = await world.start(lead('tom@kunde.de'));
    await page.goto(`${dashboard.url}/runs/${encodeURIComponent(tried.workflowId)}`);
    await question.getByRole('button', { name: 'Try one once…' }).click();
    await confirm('Try one once', 'the vendor says it is back');
    await question.waitFor({ state: 'detached' });
    // there is no such campaign: but it was tried
    await expect(tried.result()).rejects.toMatchObject({ cause: { cause: { type: 'NotFound' } } });
  }, 240_000);

  test('all pages fit a phone in both themes, and nothing failed in the browser', async () => {
    const phone = await browser.newPage({ viewport: { width: 390, height: 844 } });
    phone.setDefaultTimeout(60_000);
    for (const path of [
      '/memory/instantly',
      '/memory/practice',
      '/memory/instantly/lessons/L-0001',
    ]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        await phone.emulateMedia({ colorScheme });
        await phone.goto(`${dashboard.url}${path}`);
        await phone.getByRole('heading', { level: 1 }).first().waitFor();
        await phone.getByRole('button', { name: 'Live updates: Live' }).waitFor();
        const width = await phone.evaluate('document.documentElement.scrollWidth');
        expect(width).toBeLessThanOrEqual(390);
      }
    }
    await phone.close();
    expect(problems).toEqual([]);
  }, 240_000);
});
