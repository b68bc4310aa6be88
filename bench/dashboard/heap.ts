import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { CDPSession, Page } from 'playwright-core';
import { z } from 'zod';
import { startTask } from '../../src/platform/start-run.ts';
import { launchBrowser } from '../../test/support/browser.ts';
import { atLeast, atMost, rounded, type BenchOptions, type BenchResult } from '../harness.ts';
import type { Filled } from './fill.ts';

type Part = Pick<BenchResult, 'checks' | 'figures'>;

const samplesWanted = 45;
const startEveryMs = 500;
const mb = 1_048_576;
/** Code is still being compiled and lists filled; what comes after this share of the time counts. */
const warmUpShare = 0.2;

interface Sample {
  readonly minute: number;
  readonly mb: number;
  readonly nodes: number;
}

/**
 * The memory of pages that stay open while runs start and end: measured after a forced collection,
 * so that what is left is what the page holds on to.
 *
 * @param client of a Temporal with a worker, which does the runs.
 */
export async function measureHeap(
  { say }: BenchOptions,
  { url, client }: { readonly url: string; readonly client: Client },
  filled: Filled,
  minutes: number,
): Promise<Part> {
  const paths = {
    overview: '/',
    runs: '/runs?last=all',
    'swarm, grid': `/swarms/${encodeURIComponent(filled.swarm)}`,
  };
  const browser = await launchBrowser();
  const work = keepStarting(client);
  try {
    const pages = await Promise.all(
      Object.entries(paths).map(async ([name, path]) => {
        const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
        page.setDefaultTimeout(60_000);
        await page.goto(url + path);
        await page.getByRole('button', { name: 'Live updates: Live' }).waitFor();
        return { name, meter: await meterOf(page), samples: new Array<Sample>() };
      }),
    );
    const began = performance.now();
    const lengthMs = minutes * 60_000;
    const passedMs = () => performance.now() - began;
    for (let index = 1; passedMs() < lengthMs; index += 1) {
      await delay(Math.max(0, (lengthMs * index) / samplesWanted - passedMs()));
      const minute = passedMs() / 60_000;
      for (const { meter, samples } of pages) samples.push({ minute, ...(await meter()) });
      if (index % 9 === 1) say(`heap after ${rounded(minute)} of ${minutes} min …`);
    }
    const started = await work.end();
    return resultOf(pages, started / (passedMs() / 60_000), minutes);
  } finally {
    await work.end();
    await browser.close();
  }
}

function resultOf(
  pages: readonly { readonly name: string; readonly samples: readonly Sample[] }[],
  startedAMinute: number,
  minutes: number,
): Part {
  const trends = pages.map(({ name, samples }) => ({ name, samples, ...trendOf(samples) }));
  return {
    checks: [
      atLeast('runs that started and ended meanwhile, a minute', startedAMinute, 10, 'runs'),
      ...trends.flatMap(({ name, ratio, slope }) => [
        atMost(`heap of ${name}: last fifth beside first`, ratio, 1.1, 'times'),
        atMost(`heap of ${name}: growth a minute`, slope * 100, 1, '% of itself'),
      ]),
    ],
    figures: {
      [`heap after a forced collection, ${minutes} min`]: trends.map((trend) => ({
        what: trend.name,
        'first MB': rounded(trend.first),
        'last MB': rounded(trend.last),
        'most MB': rounded(Math.max(...trend.samples.map((sample) => sample.mb))),
        '% a minute': rounded(trend.slope * 100),
        'elements at first': trend.samples[0]?.nodes ?? 0,
        'elements at last': trend.samples.at(-1)?.nodes ?? 0,
      })),
    },
  };
}

/** Medians of the first and last fifth, and the straight line through all, as a share of the first. */
function trendOf(all: readonly Sample[]) {
  const samples = all.slice(Math.floor(all.length * warmUpShare));
  const fifth = Math.max(1, Math.floor(samples.length / 5));
  const first = median(samples.slice(0, fifth).map((sample) => sample.mb));
  const last = median(samples.slice(-fifth).map((sample) => sample.mb));
  const mean = (of: (sample: Sample) => number) =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const [x, y] = [mean((sample) => sample.minute), mean((sample) => sample.mb)];
  const rise = mean((sample) => (sample.minute - x) * (sample.mb - y));
  const run = mean((sample) => (sample.minute - x) ** 2);
  return { first, last, ratio: last / first, slope: rise / run / first };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const HeapUsage = z.object({ usedSize: z.number() });
const Counters = z.object({ nodes: z.number() });

async function meterOf(page: Page): Promise<() => Promise<Omit<Sample, 'minute'>>> {
  const session: CDPSession = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.enable');
  return async () => {
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = HeapUsage.parse(await session.send('Runtime.getHeapUsage'));
    const { nodes } = Counters.parse(await session.send('Memory.getDOMCounters'));
    return { mb: usedSize / mb, nodes };
  };
}

/** Starts a short run every half second, one in ten of them failing. */
function keepStarting(client: Client): { end(): Promise<number> } {
  let started = 0;
  let isOver = false;
  const work = async () => {
    while (!isOver) {
      const fail = started % 10 === 9 ? { fail: 'InvalidRequest' } : {};
      const input = { label: `live-${started}`, ms: 300, ...fail };
      await startTask(client, { capability: 'practice.wait', account: 'default', input });
      started += 1;
      await delay(startEveryMs);
    }
  };
  const working = work();
  return {
    async end() {
      isOver = true;
      await working;
      return started;
    },
  };
}
