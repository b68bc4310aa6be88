import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { ExportOutput, ShortsOutput } from '../../src/contracts/klap.ts';
import { launchBrowser } from '../support/browser.ts';
import { describeInBrowser, serveDashboard } from '../support/dashboard.ts';
import { eventually, scratchFolder } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';

describeInBrowser('Shorts in a browser', () => {
  let world: World;
  let dashboard: Awaited<ReturnType<typeof serveDashboard>>;
  let browser: Browser;
  let page: Page;
  let cut: ShortsOutput;

  beforeAll(async () => {
    world = await createWorld(import.meta.filename, {
      standIns: { defaults: { klap: { taskMs: 0, exportMs: 0, failingClips: [2] } } },
      env: { MEDIA_DIR: scratchFolder() },
    });
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

  const clipOf = (number: number) =>
    cut.chosen.find(({ clip }) => clip.endsWith(`_${number}`)) ?? { clip: '', name: '' };
  const exportOf = (number: number) => ({
    capability: 'klap.export',
    account: 'tour',
    input: { folder: cut.folder, clip: clipOf(number).clip },
  });

  test('an empty page says what will be here and how to begin', async () => {
    await page.goto(`${dashboard.url}/shorts`);
    await page.getByText('No video has been cut yet.').waitFor();
    await page.getByRole('link', { name: 'Cut the first video' }).waitFor();
  }, 240_000);

  test('a video opens on its clips; one that is here plays, is sought in, and can be saved', async () => {
    const { result } = await world.run({
      capability: 'klap.shorts',
      account: 'tour',
      input: { url: 'https://video.example/talk', name: 'A talk', clips: 4 },
    });
    cut = ShortsOutput.parse(result);
    const file = ExportOutput.parse((await world.run(exportOf(1))).result);
    await world.failureOf(exportOf(2));

    await page.goto(`${dashboard.url}/shorts?state=partial`);
    await page.getByText('1 of 4 downloaded, 1 failed').waitFor();
    await page.getByRole('link', { name: 'A talk' }).click();
    await page
      .getByText('“A talk” has 4 shorts: 1 downloaded, 2 not exported, 1 failed.')
      .waitFor();
    const card = page.getByRole('listitem', { name: clipOf(1).name });
    await card.getByText('40 kB, checked').waitFor();
    await card.getByRole('button', { name: `Play ${clipOf(1).name}` }).click();
    const isPlaying = `(() => { const video = document.querySelector('video'); return video !== null && video.readyState >= 2 && video.videoWidth === 90; })()`;
    await eventually('the first picture', async () => (await page.evaluate(isPlaying)) === true);
    const path = `${dashboard.url}/api/shorts/${cut.job}/clips/${file.clip}/video`;
    const part = await page.request.get(path, { headers: { range: 'bytes=100-199' } });
    expect(part.status()).toBe(206);
    expect(part.headers()).toMatchObject({
      'content-range': `bytes 100-199/${file.bytes}`,
      'content-type': 'video/mp4',
    });
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      card.getByRole('link', { name: 'Save' }).click(),
    ]);
    expect(saved.suggestedFilename()).toBe(`${file.clip}.mp4`);
  }, 240_000);

  test('clips are filtered by the address; captions, failures and what can be done stand on each', async () => {
    await page.goto(`${dashboard.url}/shorts/${cut.job}?state=failed`);
    const failed = page.getByRole('listitem', { name: clipOf(2).name });
    await failed.getByText('ran out of memory').waitFor();
    expect(await page.locator('li.clip').count()).toBe(1);
    await failed.getByText('Captions and words').click();
    await failed.getByText('#shorts').waitFor();
    await failed.getByRole('link', { name: 'Export again…' }).click();
    const clip = page.getByRole('textbox', { name: 'Clip' });
    await clip.waitFor();
    expect(await clip.inputValue()).toBe(clipOf(2).clip);
  }, 240_000);

  test('nobody can name a file that is not in the table', async () => {
    const get = async (path: string) =>
      (await page.request.get(`${dashboard.url}${path}`)).status();
    const clips = `/api/shorts/${cut.job}/clips`;
    expect(await get(`${clips}/${clipOf(3).clip}/video`)).toBe(404);
    expect(await get(`${clips}/..%2F..%2F..%2Fetc%2Fpasswd/video`)).toBe(400);
    expect(await get('/api/shorts/..%2F..%2Fx/clips/a/video')).toBe(400);
  });

  test('both pages fit a phone without a sideways scroll', async () => {
    const phone = await browser.newPage({ viewport: { width: 390, height: 844 } });
    for (const path of ['/shorts', `/shorts/${cut.job}`]) {
      await phone.goto(`${dashboard.url}${path}`);
      await phone.getByText('A talk').first().waitFor();
      expect(await phone.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    }
    await phone.close();
  }, 240_000);
});
