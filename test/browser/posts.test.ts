import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { createPostStore } from '../../src/platform/posts.ts';
import { launchBrowser } from '../support/browser.ts';
import { describeInBrowser, serveDashboard } from '../support/dashboard.ts';
import { askedPost, paidAnswer, postDraft } from '../support/posts.ts';
import { createWorld, type World } from '../support/world.ts';

describeInBrowser('Posts in a browser', () => {
  let world: World;
  let dashboard: Awaited<ReturnType<typeof serveDashboard>>;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    world = await createWorld(import.meta.filename, { hasWorker: false });
    dashboard = await serveDashboard(world);
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.setDefaultTimeout(60_000);
  }, 240_000);
  afterAll(async () => {
    await browser.close();
    await dashboard.close();
    await world.close();
  });

  test('an empty page says what will be here; a broken answer says so and tries again', async () => {
    await page.goto(`${dashboard.url}/posts`);
    await page.getByText('No post was written yet.').waitFor();
    await page.route('**/api/posts?*', (route) => route.fulfill({ status: 503, body: 'away' }));
    await page.goto(`${dashboard.url}/posts?state=draft`);
    await page.getByText('The list of posts could not be loaded').waitFor();
    await page.unroute('**/api/posts?*');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('No posts match').waitFor();
  }, 240_000);

  test('a draft is shown as text whatever it says, then approved with a reason', async () => {
    const store = createPostStore(world.database);
    const hostile = '<img src=x onerror="document.title=1"> <b>bold</b>';
    const draft = { ...postDraft, body: `${hostile}\n\nIt saved 77 hours.` };
    await store.note(askedPost('one'), paidAnswer('one'), { kind: 'draft', draft });
    await page.goto(`${dashboard.url}/posts`);
    const panel = page.getByRole('complementary', { name: 'Selected post' });
    const text = panel.getByRole('region', { name: 'Text of the post' });
    await text.getByText(hostile).waitFor();
    expect(await text.locator('img, b').count()).toBe(0);
    await panel.getByText('“77” stands in no quote from the video').waitFor();
    await panel.getByText('by a price list').waitFor();

    await panel.getByRole('button', { name: 'Approve…' }).click();
    const approve = page.getByRole('button', { name: 'Approve the post' });
    expect(await approve.isDisabled()).toBe(true);
    await page.getByRole('textbox', { name: 'Reason' }).fill('read and checked');
    await approve.click();
    await panel.getByText('By test, ').waitFor();
    await panel.getByText('It may leave.').waitFor();
    expect(await panel.getByRole('button', { name: 'Refuse…' }).count()).toBe(0);
    expect(await store.show(1)).toMatchObject({ state: 'approved' });
  }, 240_000);

  test('a post is refused, one that was withheld says why, and a state filters the list', async () => {
    const store = createPostStore(world.database);
    await store.note(askedPost('two'), paidAnswer('two'), { kind: 'draft', draft: postDraft });
    const problem = 'the answer was withheld (SAFETY)';
    await store.note(
      askedPost('three'),
      { ...paidAnswer('three'), problem },
      {
        kind: 'blocked',
        problem,
      },
    );
    await page.goto(`${dashboard.url}/posts`);
    const panel = page.getByRole('complementary', { name: 'Selected post' });
    await panel.getByText(problem).waitFor();
    await page.getByRole('button', { name: postDraft.hook }).first().click();
    await page.waitForURL(/selected=2/);
    await panel.getByRole('button', { name: 'Refuse…' }).click();
    await page.getByRole('textbox', { name: 'Reason' }).fill('not our tone');
    await page.getByRole('button', { name: 'Refuse the post' }).click();
    await panel.getByText('It does not leave.').waitFor();
    await page.getByRole('button', { name: 'State: Any state' }).click();
    await page.getByRole('menuitem', { name: 'Refused' }).click();
    await page.waitForURL(/state=refused/);
    await page
      .getByRole('region', { name: 'Posts, newest first' })
      .getByText('1')
      .first()
      .waitFor();
  }, 240_000);

  test('the page fits a phone without a sideways scroll, and a post fills it until it is closed', async () => {
    const phone = await browser.newPage({ viewport: { width: 390, height: 844 } });
    await phone.goto(`${dashboard.url}/posts`);
    await phone.getByRole('button', { name: postDraft.hook }).first().click();
    await phone.getByRole('button', { name: 'Close' }).click();
    await phone.waitForURL(/\/posts$/);
    await phone.getByRole('complementary', { name: 'Selected post' }).waitFor();
    expect(await phone.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    await phone.close();
  }, 240_000);
});
