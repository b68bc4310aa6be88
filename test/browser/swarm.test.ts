import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../support/browser.ts';
import { describeInBrowser, serveDashboard } from '../support/dashboard.ts';
import { eventually } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';

describeInBrowser('A swarm in a browser', () => {
  let world: World;
  let dashboard: Awaited<ReturnType<typeof serveDashboard>>;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];
  const lines = Array.from({ length: 90 }, (_, index) =>
    JSON.stringify({
      label: `task-${index}`,
      ms: 2_000,
      ...(index % 6 === 5 ? { fail: 'NotFound' } : {}),
    }),
  );
  const failing = 15;

  beforeAll(async () => {
    world = await createWorld(import.meta.filename);
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
  const heading = () => page.getByRole('heading', { level: 1, name: 'Practice in November' });
  const confirm = async (verb: RegExp | string, reason: string) => {
    await dialog().getByRole('textbox', { name: 'Reason' }).fill(reason);
    await dialog().getByRole('button', { name: verb }).click();
    await dialog()
      .waitFor({ state: 'hidden' })
      .catch(async (cause: unknown) => {
        const words = await dialog().innerText();
        throw new Error(`The dialog stayed open, and says: ${words}`, { cause });
      });
  };

  test('a list without swarms says how to start one, and a wrong line is named before it is sent', async () => {
    await page.goto(dashboard.url);
    await page.getByRole('navigation', { name: 'Main' }).getByText('Swarms').click();
    await page.getByText('No swarm has run yet.').waitFor();
    await page.getByRole('link', { name: 'Start the first swarm' }).click();
    await dialog().getByRole('textbox', { name: 'Title' }).fill('Practice in November');
    await dialog().getByRole('combobox', { name: 'Capability' }).fill('Practice task');
    await page.getByRole('option', { name: 'Practice task' }).click();
    const tasks = dialog().getByRole('textbox', { name: 'Pasted tasks' });
    await tasks.fill('{"ms": 1}\nnot JSON');
    await dialog().getByText('Line 2 is not a JSON object').waitFor();
    expect(await dialog().getByRole('button', { name: 'Start' }).isDisabled()).toBe(true);
    await tasks.fill('{"ms": -1}');
    await dialog().getByRole('button', { name: 'Start 1 task' }).click();
    await dialog().getByText('line 1').first().waitFor();
  });

  // one task of 2 s at a time: nobody is so slow that it ends before it is paused
  test('a swarm fills its grid, is paused with a reason, resumed, and counts exactly', async () => {
    await dialog().getByRole('textbox', { name: 'Pasted tasks' }).fill(lines.join('\n'));
    await dialog().getByRole('textbox', { name: 'Window' }).fill('1');
    await dialog().getByRole('textbox', { name: 'Fails above' }).fill('50');
    await dialog().getByRole('button', { name: 'Start 90 tasks' }).click();
    await heading().waitFor();
    const grid = page.getByRole('application', { name: /^90 tasks/ });
    await grid.waitFor();
    await page.getByRole('link', { name: /^Completed\s*[1-9]/ }).waitFor();

    await page.getByRole('button', { name: 'Pause…' }).click();
    await confirm('Pause the swarm', 'the vendor asked us to');
    await page.getByText('the vendor asked us to').waitFor();
    await page.getByRole('button', { name: /^Window/ }).click();
    await dialog().getByRole('textbox', { name: 'Window' }).fill('90');
    await confirm('Change the window', 'it is ready for more');
    const rows = await world.database.sql`select action, reason from audit`;
    expect(rows).toContainEqual(expect.objectContaining({ reason: 'the vendor asked us to' }));
    await page.getByRole('button', { name: 'Resume…' }).click();
    await confirm('Resume the swarm', '');

    await page.getByText('Completed, with failures').first().waitFor({ timeout: 120_000 });
    await page
      .getByRole('application', { name: /: 75 completed, 15 failed, 0 retrying, 0 open/ })
      .waitFor();
  }, 300_000);

  test('keys lead to the next failure, and its task says what happened', async () => {
    await page.getByRole('application', { name: /^90 tasks/ }).focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('f');
    await page.getByRole('status').filter({ hasText: 'Task 5: failed' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('f');
    await page.keyboard.press('Enter');
    const panel = page.getByRole('complementary', { name: 'Selected tasks' });
    await panel.getByText('NotFound').first().waitFor();
    expect(await panel.getByLabel('Input', { exact: true }).textContent()).toContain('"label"');

    await page.getByRole('link', { name: /^Failed\s*15/ }).click();
    await page.getByRole('rowheader', { name: 'Open task 5', exact: true }).waitFor();
    expect(await page.getByRole('rowheader').count()).toBe(failing);
  });

  test('failed tasks are tried again in a swarm of their own, with a reason', async () => {
    await page.getByRole('link', { name: /^Failures/ }).click();
    await page.getByRole('button', { name: 'Retry these…' }).click();
    const verb = dialog().getByRole('button', { name: 'Retry 15 tasks' });
    expect(await verb.isDisabled()).toBe(true);
    const before = page.url();
    await confirm('Retry 15 tasks', 'the vendor found them again');
    await eventually('the page of the new swarm', () => Promise.resolve(page.url() !== before));
    await page.getByText('15 tasks', { exact: true }).first().waitFor();
    await page.getByRole('link', { name: 'Swarms' }).first().click();
    await eventually(
      'two swarms in the list',
      async () => (await page.getByRole('row').count()) === 3,
    );
  });

  test('both pages fit a phone in both themes, and nothing failed in the browser', async () => {
    const phone = await browser.newPage({ viewport: { width: 390, height: 844 } });
    const [row] = await world.database.sql<{ id: string }[]>`
      select workflow_id as id from swarms order by created_at limit 1`;
    for (const path of ['/swarms', `/swarms/${encodeURIComponent(row?.id ?? '')}`]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        await phone.emulateMedia({ colorScheme });
        await phone.goto(`${dashboard.url}${path}`);
        await phone.getByRole('button', { name: 'Live updates: Live' }).waitFor();
        expect(await phone.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(
          390,
        );
      }
    }
    await phone.close();
    expect(problems).toEqual([]);
  });
});
