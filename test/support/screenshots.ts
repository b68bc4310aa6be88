/**
 * Takes a picture of each page of the system that runs in this folder, in both themes and two
 * widths, into docs/screenshots: `npm start` in one terminal, `npm run screenshots` in another.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { RunList } from '../../src/contracts/api.ts';
import { SwarmList } from '../../src/contracts/swarm.ts';
import { readConfig, readLocalAddresses } from '../../src/platform/config.ts';
import { launchBrowser } from './browser.ts';
import { pagePaths } from './page-paths.ts';

const folder = join(import.meta.dirname, '../../docs/screenshots');
const widths = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };
const themes = ['light', 'dark'] as const;

const url = readLocalAddresses(readConfig().AGENTIC_STATE_DIR)?.DASHBOARD_URL;
if (url === undefined) throw new Error('Nothing runs in this folder: npm start first');
const list = RunList.parse(
  await (await fetch(`${url}/api/runs?capability=instantly.daily-analytics`)).json(),
);
const swarms = SwarmList.parse(await (await fetch(`${url}/api/swarms`)).json());
const [newest] = swarms.swarms;
const { runs: ofPipelines } = RunList.parse(
  await (await fetch(`${url}/api/runs?type=pipeline`)).json(),
);
const [pipeline] = ofPipelines;
const pages = pagePaths({
  run: list.runs[0]?.workflowId ?? '',
  swarm: newest?.workflowId,
  pipeline: pipeline?.workflowId,
});

mkdirSync(folder, { recursive: true });
const browser = await launchBrowser();
for (const [width, viewport] of Object.entries(widths)) {
  for (const colorScheme of themes) {
    const page = await browser.newPage({ viewport, colorScheme, reducedMotion: 'reduce' });
    for (const [name, path] of Object.entries(pages)) {
      await page.goto(`${url}${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForTimeout(1_200); // the live stream brings what the first view lacks
      const isTooWide = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
      if (isTooWide === true) console.error(`${name} is wider than ${viewport.width} px`);
      await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`) });
    }
    await page.close();
  }
}
await browser.close();
