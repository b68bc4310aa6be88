import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { readAsOf } from '../../src/platform/memory-file.ts';
import { createMemoryStore } from '../../src/platform/memory-store.ts';
import { agentic, envOf } from '../cli/agentic.ts';
import { annealed, letDaysPass } from '../support/annealed.ts';
import { eventually, scratchFolder, write } from '../support/scratch.ts';
import { root } from '../support/servers.ts';
import { startWorker } from '../support/worker-process.ts';
import { createWorld, type World } from '../support/world.ts';

const of = { agent: 'instantly', world: 'live' } as const;
const stateDir = scratchFolder();
const file = join(stateDir, 'lessons/instantly.md');
const procedure = readFileSync(join(root, 'information/instantly.md'), 'utf8');

/** The story ends today; it begins on the last Tuesday that leaves time for a constraint to lapse twice. */
const today = Temporal.Now.plainDateISO('UTC');
const tuesday = today.subtract({ days: 5 + (today.dayOfWeek % 7) });
const thursday = tuesday.add({ days: 2 });

let world: World;
let settings: NodeJS.ProcessEnv;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, {
    hasWorker: false,
    standIns: { today: today.toString(), defaults: { mailboxes: 250 } },
    env: { INSTANTLY_API_KEY_ACME: 'stand-in-acme' },
  });
  settings = {
    INSTANTLY_API_KEY_ACME: 'stand-in-acme',
    INSTANTLY_BASE_URL: world.config.INSTANTLY_BASE_URL,
    AGENTIC_STATE_DIR: stateDir,
    INFORMATION_DIR: join(stateDir, 'lessons'),
  };
  env = { ...envOf(world), ...settings };
});
afterAll(() => world.close());

/** What is said on the way. `TELL=<file> npm run test:long -- anneal-tuesday` writes it down. */
const story: string[] = [];
afterAll(() => {
  if (process.env.TELL) writeFileSync(process.env.TELL, story.join('\n'));
});

async function say(args: readonly string[], input?: string): Promise<string> {
  const { out, err, code } = await agentic(args, {
    env,
    ...(input === undefined ? {} : { input }),
  });
  story.push(`$ agentic ${args.join(' ')}`, out, err);
  expect({ args, err, code }).toMatchObject({ code: 0 });
  return out;
}

/** What only readers of the story want to see. */
const tell = async (...args: readonly string[]) => {
  if (process.env.TELL) await say(args);
};

const task = ['--capability', 'instantly.daily-analytics', '--account', 'acme'];
const runOf = (day: Temporal.PlainDate) => `instantly.daily-analytics/acme/${day.toString()}`;
const daily = (day: Temporal.PlainDate) =>
  say(['run', 'instantly.daily-analytics', '--account', 'acme', '--date', day.toString()]);

/** After so many questions about the whole workspace there is no such endpoint any more. */
const goneAfter = (times: number) => {
  const whole = { workspace: 'acme', aboveAddresses: 200 };
  const answered = { ...whole, times, fault: { kind: 'slow' as const, delayMs: 1 } };
  const gone = { ...whole, fault: { kind: 'status' as const, status: 410 } };
  world.standIns.faults.set(times === 0 ? [gone] : [answered, gone]);
};
/** How many questions the vendor has answered with 410 since. */
function refusals(): number {
  const struck = world.standIns.faults.list().at(-1)?.struck ?? 0;
  story.push(`=> answered with 410: ${struck}`);
  return struck;
}

/** The section of the file, once a worker has written it as wanted. */
async function section(what: string, isThere: (text: string) => boolean): Promise<string> {
  const written = await eventually(
    `the file to say ${what}`,
    () => {
      const text = readAsOf(readFileSync(file, 'utf8'))?.text ?? '';
      return text !== '' && isThere(text) && text;
    },
    60_000,
  );
  story.push('information/instantly.md', written);
  return written;
}

/** Lets a worker do something, and puts what its memory took note of on the day it is told of. */
async function on(day: Temporal.PlainDate, what: () => Promise<void>): Promise<void> {
  story.push(`=== ${day.toString()}`);
  const { seq } = await createMemoryStore(world.database).newest(of);
  const worker = await startWorker(world, stateDir, { env: settings });
  try {
    await what();
    await annealed(world.database);
  } finally {
    await worker.end('SIGTERM');
  }
  if (!day.equals(today)) await moveTo(day, seq);
}

/** It is that day on which all behind an entry was seen; the next worker writes the file. */
async function moveTo(day: Temporal.PlainDate, after: number): Promise<void> {
  const log = await createMemoryStore(world.database).log(of);
  const newest = log.at(-1)?.at.slice(0, 10) ?? '';
  await letDaysPass(world.database, of, { days: day.until(newest).total('days'), after });
  write(file, procedure);
}

const Run = z.looseObject({ workflowId: z.string() });

test('a vendor removes an endpoint on a Tuesday, and it costs one swarm a few calls', async () => {
  write(file, procedure);
  await on(tuesday, async () => {
    goneAfter(8);
    const month = Array.from({ length: 30 }, (_, index) =>
      JSON.stringify({ date: tuesday.subtract({ days: 31 - index }).toString() }),
    );
    const swarm = ['swarm', 'run', '-', ...task, '--title', 'A month', '--window', '4'];
    const ran = await say([...swarm, '--grain', '2', '--json'], month.join('\n'));
    const { workflowId } = Run.parse(JSON.parse(ran));
    expect(JSON.parse(ran)).toMatchObject({
      state: 'completed',
      counts: { total: 30, completed: 30 },
    });
    expect(refusals()).toBeGreaterThan(0);
    expect(await say(['swarm', 'show', workflowId])).toMatch(/whole-workspace +8\b/);
    const [broken] = await world.database.sql`select broken from swarms`;
    expect(broken).toEqual({
      broken: { 'instantly.daily-analytics': { 'whole-workspace': 'Gone' } },
    });
    await annealed(world.database);
    await tell('memory', 'show', 'instantly');

    goneAfter(0);
    await daily(tuesday.subtract({ days: 1 }));
    expect(refusals()).toBe(0);
    expect(await say(['runs', 'show', runOf(tuesday.subtract({ days: 1 }))])).toContain('L-0001');
  });

  await on(thursday, async () => {
    await section('L-0001', (text) => text.includes('### L-0001 avoid method whole-workspace'));
    goneAfter(0);
    expect(await daily(thursday.subtract({ days: 1 }))).toContain('whole-workspace was left: Gone');
    expect(refusals()).toBe(1);
    await tell('runs', 'show', runOf(thursday.subtract({ days: 1 })));
    await annealed(world.database);
    goneAfter(0);
    await daily(thursday.subtract({ days: 2 }));
    expect(refusals()).toBe(0);
  });

  await on(today, async () => {
    const held = await section('that it holds for longer', (text) => text.includes('renewals: 1'));
    expect(held).toContain('### L-0001 avoid method whole-workspace');
    world.standIns.faults.clear();
    expect(await daily(today.subtract({ days: 1 }))).toContain('Done by whole-workspace');
    await tell('runs', 'show', runOf(today.subtract({ days: 1 })));
    const lifted = await section('that it is back', (text) => !text.includes('L-0001'));
    expect(lifted).not.toContain('avoid');
    // free again, it has to prove itself before it may come first: by one run a day
    expect(await daily(today.subtract({ days: 2 }))).toContain('Done by whole-workspace');
    await annealed(world.database);
    expect(await daily(today.subtract({ days: 3 }))).toContain('Done by in-chunks');
    await annealed(world.database);
    expect(await say(['memory', 'explain', 'L-0001'])).toMatch(
      /learnt: avoid[\s\S]*renewed for the 1\. time[\s\S]*taken back/,
    );
    await tell('memory', 'show', 'instantly');
    await tell('anneal', 'report', 'instantly', '--entry', '5');
    expect(await say(['anneal', 'verify'])).toContain('instantly (live): ok');
  });
}, 600_000);
