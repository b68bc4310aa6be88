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

const folder = join(import.meta.dirname, '../../docs/screenshots');
const widths = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };
const themes = ['light', 'dark'] as const;

const url = readLocalAddresses(readConfig().AGENTIC_STATE_DIR)?.DASHBOARD_URL;
if (url === undefined) throw new Error('Nothing runs in this folder: npm start first');
const list = RunList.parse(
  await (await fetch(`${url}/api/runs?capability=instantly.daily-analytics`)).json(),
);
const run = encodeURIComponent(list.runs[0]?.workflowId ?? '');
const swarms = SwarmList.parse(await (await fetch(`${url}/api/swarms`)).json());
const [newest] = swarms.swarms;
const swarm = newest && encodeURIComponent(newest.workflowId);
const { runs: ofPipelines } = RunList.parse(
  await (await fetch(`${url}/api/runs?type=pipeline`)).json(),
);
const [pipeline] = ofPipelines;
const pages = {
  overview: '/',
  'needs-you': '/needs-you',
  pipelines: '/pipelines',
  'pipeline-start': '/pipelines/daily-analytics',
  ...(pipeline === undefined
    ? {}
    : { 'pipeline-run': `/runs/${encodeURIComponent(pipeline.workflowId)}` }),
  coordination: '/coordination',
  runs: '/runs',
  run: `/runs/${run}`,
  'run-input-output': `/runs/${run}?tab=io`,
  'run-logs': `/runs/${run}?tab=logs`,
  'run-events': `/runs/${run}?tab=events`,
  swarms: '/swarms',
  'swarm-start': '/swarms?start=yes',
  ...(swarm === undefined
    ? {}
    : {
        swarm: `/swarms/${swarm}`,
        'swarm-tasks': `/swarms/${swarm}?tab=tasks`,
        'swarm-failures': `/swarms/${swarm}?tab=failures`,
      }),
  'new-run': '/new',
  'new-run-form': '/new/instantly.daily-analytics',
  schedules: '/schedules',
  'analytics-email': '/analytics/email',
  'analytics-campaigns': '/analytics/campaigns',
  leads: '/leads',
  shorts: '/shorts',
  posts: '/posts',
  agents: '/agents',
  memory: '/memory',
  'flow-keys': '/flow-keys',
  'flow-key': '/flow-keys/instantly:tour',
  ledger: '/ledger',
  suppressions: '/suppressions',
  'settings-checks': '/settings/checks',
  'settings-data': '/settings/data',
  'settings-look': '/settings/look',
};

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
