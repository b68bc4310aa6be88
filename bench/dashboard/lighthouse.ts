import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { findBrowser } from '../../test/support/browser.ts';
import { atLeast, quantile, rounded, type BenchOptions, type BenchResult } from '../harness.ts';

type Part = Pick<BenchResult, 'checks' | 'figures' | 'versions'>;

const cli = join(import.meta.dirname, 'node_modules/lighthouse/cli/index.js');
const Score = z.object({ score: z.number() });
const Metric = z.object({ numericValue: z.number() });
const Report = z.object({
  lighthouseVersion: z.string(),
  categories: z.object({ performance: Score, accessibility: Score }),
  audits: z.object({
    'largest-contentful-paint': Metric,
    'total-blocking-time': Metric,
    'cumulative-layout-shift': Metric,
  }),
});
type Report = z.infer<typeof Report>;

/** A desk, and a middling phone on a slow network: both as Lighthouse simulates them. */
const devices = { desktop: ['--preset=desktop'], phone: [] } as const;
const least = { performance: { desktop: 90, phone: 60 }, accessibility: 95 };

/** Medians of what Lighthouse says of the first view, from a browser without a cache. */
export async function measureFirstView(
  { say }: BenchOptions,
  url: string,
  { runs, paths }: { readonly runs: number; readonly paths: readonly string[] },
): Promise<Part> {
  const rows = [];
  const checks = [];
  let version = '';
  for (const path of paths) {
    for (const device of ['desktop', 'phone'] as const) {
      const reports: Report[] = [];
      for (let run = 1; run <= runs; run += 1) {
        say(`Lighthouse, ${path}, ${device}, ${run} of ${runs} …`);
        reports.push(await reportOf(url + path, devices[device]));
      }
      const median = (of: (report: Report) => number) => rounded(quantile(reports.map(of), 0.5));
      const performance = median(({ categories }) => categories.performance.score * 100);
      const accessibility = median(({ categories }) => categories.accessibility.score * 100);
      checks.push(
        atLeast(
          `Lighthouse, ${path}, ${device}: performance`,
          performance,
          least.performance[device],
          'of 100',
        ),
        atLeast(
          `Lighthouse, ${path}, ${device}: accessibility`,
          accessibility,
          least.accessibility,
          'of 100',
        ),
      );
      rows.push({
        what: `${path}, ${device}`,
        performance,
        accessibility,
        'LCP, ms': median(({ audits }) => audits['largest-contentful-paint'].numericValue),
        'TBT, ms': median(({ audits }) => audits['total-blocking-time'].numericValue),
        CLS: median(({ audits }) => audits['cumulative-layout-shift'].numericValue),
      });
      version = reports[0]?.lighthouseVersion ?? '';
    }
  }
  return {
    checks,
    figures: { [`Lighthouse, medians of ${runs}`]: rows },
    versions: { lighthouse: version },
  };
}

/** Now and then the browser records no trace, and Lighthouse asks to be run again. */
async function reportOf(address: string, flags: readonly string[], tries = 8): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'agentic-lighthouse-'));
  const file = join(folder, 'report.json');
  const given = [
    ...[cli, address, ...flags, '--output=json', `--output-path=${file}`, '--quiet'],
    ...['--only-categories=performance,accessibility', '--no-enable-error-reporting'],
    '--chrome-flags=--headless=new --no-sandbox --disable-gpu --disable-background-networking',
  ];
  try {
    await promisify(execFile)(process.execPath, given, {
      env: { ...process.env, CHROME_PATH: findBrowser() },
    });
    return Report.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    if (tries <= 1) throw error;
    return await reportOf(address, flags, tries - 1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
