import { rmSync } from 'node:fs';
import { z } from 'zod';
import { openDatabase } from '../../src/platform/database.ts';
import { readBuild } from '../../src/platform/build.ts';
import { openTemporal } from '../../src/platform/temporal.ts';
import { diceOf } from '../../test/support/dice.ts';
import { read } from '../../test/sandbox/ask.ts';
import { eventually } from '../../test/support/scratch.ts';
import { atLeast, atMost, type BenchResult, type Check } from '../harness.ts';
import { audit, type Audit } from './audit.ts';
import { createClient, type PatientClient } from './client.ts';
import { inSeconds, takeOverTimes, timesOf } from './recovery.ts';
import { bounds, setStage, type Stage } from './stage.ts';
import { boundMs, storm, type Struck } from './storm.ts';
import { account, createWork } from './work.ts';

interface ChaosOptions {
  readonly seed: number;
  /** Processes to kill. */
  readonly kills: number;
  /** Minutes after which the storm ends all the same. */
  readonly minutes: number;
  /** Where all state and logs are; removed when every check passes. */
  readonly folder: string;
  readonly say: (line: string) => void;
}

/** What a storm showed: figures, checks, and in words whatever must not be, however slow the machine. */
export interface ChaosResult extends BenchResult {
  readonly seed: number;
  readonly kills: number;
  readonly complaints: readonly string[];
}

const quietWithinMs = 300_000;
const recoveredWithinSeconds = 5;

/** Runs the whole system under a storm, lets it come to rest, and looks whether every promise held. */
export async function chaos(options: ChaosOptions): Promise<ChaosResult> {
  const { folder, say } = options;
  const began = Date.now();
  const note = (line: string): void =>
    say(`${((Date.now() - began) / 1_000).toFixed(1).padStart(6)} s  ${line}`);
  const stage = await setStage(folder, note);
  const leave = (): void => void stage.stop().finally(() => process.exit(130));
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, leave);
  const giveUp = new AbortController();
  let left: readonly string[] | undefined;
  try {
    const seen = await weather(stage, { ...options, say: note }, giveUp);
    left = await stage.stop();
    const result = resultOf(options, seen, left);
    if (result.checks.every(({ pass }) => pass)) rmSync(folder, { recursive: true, force: true });
    else note(`logs are kept in ${folder}/logs`);
    return result;
  } finally {
    giveUp.abort();
    if (left === undefined) await stage.stop();
  }
}

interface Seen {
  readonly struck: readonly Struck[];
  readonly takeOvers: readonly number[];
  readonly found: Audit;
  readonly stillOpen: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
  readonly figures: Readonly<Record<string, unknown>>;
}

/** All between start and end of the processes. */
async function weather(
  stage: Stage,
  options: ChaosOptions,
  giveUp: AbortController,
): Promise<Seen> {
  const { seed, say } = options;
  const client = createClient(stage.dashboardUrl, giveUp.signal);
  await widenLimits(client);
  const work = createWork({
    client,
    dice: diceOf(seed + 2_000),
    campaignId: await campaignOf(stage),
  });
  work.go();
  await work.pulse('before the storm');
  say(`the storm begins, seed ${seed}`);
  const blown = await storm({ ...options, stage, work });
  say('quiet: nothing new is started, and what is under way comes to its end');
  await work.rest();
  const stillOpen = await eventually(
    'all runs to be over',
    async () => {
      const open = await work.open();
      return open.length === 0 && open;
    },
    quietWithinMs,
  ).catch(() => work.open());
  await work.leave();
  const database = openDatabase(stage.config.DATABASE_URL);
  const temporal = openTemporal(stage.config, 'chaos', database);
  try {
    say(`audit${stillOpen.length > 0 ? `, though ${stillOpen.length} runs are open` : ''}`);
    const { accepted, answers } = work;
    const found = await audit({ stage, client, database, accepted });
    const [server] = await database.sql<{ version: string }[]>`
      select current_setting('server_version') as version`;
    const { serverVersion } = await temporal.workflowService.getSystemInfo({});
    const builds = await database.sql<{ version: string }[]>`
      select distinct version from workers`;
    return {
      ...{ stillOpen, found, struck: blown.struck },
      takeOvers: await takeOverTimes(database, blown.struck),
      versions: {
        agentic: readBuild(),
        temporal: serverVersion,
        postgres: server?.version ?? 'unknown',
      },
      figures: {
        ...found.figures,
        builds: builds.length,
        weather: blown.weather,
        answers,
        refusals: client.refusals,
      },
    };
  } finally {
    await temporal.connection.close();
    await database.close();
  }
}

/** Wide enough to have much under way, narrow enough that it lasts. */
async function widenLimits(client: PatientClient): Promise<void> {
  const wide = { perSecond: 100, perMinute: 6_000, atOnce: 20 };
  const narrow = { perSecond: 12, perMinute: 720, atOnce: 8 };
  for (const [vendor, limits] of [
    ['instantly', narrow],
    ['google', wide],
    ['klap', wide],
    ['apify', wide],
  ] as const) {
    const path = `/api/flow-keys/${encodeURIComponent(`${vendor}:${account}`)}/limits`;
    await client.ask(z.unknown(), path, { ...limits, reason: 'the storm' });
  }
}

const Campaigns = z.object({ items: z.array(z.object({ id: z.string() })) });

async function campaignOf({ vendorsUrl }: Stage): Promise<string> {
  const { items } = await read(vendorsUrl, '/campaigns', Campaigns, { key: `stand-in-${account}` });
  return items[0]?.id ?? '';
}

function resultOf(options: ChaosOptions, seen: Seen, left: readonly string[]): ChaosResult {
  const { seed, kills, minutes } = options;
  const { struck, takeOvers, found, stillOpen, versions, figures } = seen;
  const done = struck.reduce((sum, { killed }) => sum + killed.length, 0);
  const none = (name: string, all: readonly string[]): Check =>
    atMost(name, all.length, 0, 'of them');
  const times = [...timesOf(struck)];
  const ofKills = times.filter(([blow]) => blow.startsWith('kill'));
  const checks = [
    atLeast('processes killed', done, kills, 'kills'),
    none('accepted work without its one outcome', [...found.ends, ...stillOpen]),
    none('things that vendors took in twice', found.effects.twice),
    none('ledger rows that vendors contradict', found.effects.wrong),
    none('rows that are not what vendors say', found.rows),
    none('memories that their logs do not give byte for byte', found.memories),
    none('processes and ports left', left),
    ...ofKills.map(([blow, all]) =>
      atMost(
        `${blow}: seconds until things go on, p95`,
        inSeconds(all).p95,
        recoveredWithinSeconds,
        's',
      ),
    ),
  ];
  return {
    ...{ seed, kills: done, versions, checks },
    settings: { ...bounds, boundMs, minutes, workflowTaskTimeout: 2, stickyTimeout: 2 },
    figures: {
      'seconds until a run asked for after the blow has ended': times.map(([blow, all]) => ({
        what: blow,
        ...inSeconds(all),
      })),
      ...(takeOvers.length === 0
        ? {}
        : {
            'seconds until the work of a killed worker is begun again': [
              { what: 'tries that died with it', ...inSeconds(takeOvers) },
            ],
          }),
      'what happened': Object.entries(figures).map(([what, value]) => ({
        what,
        value: JSON.stringify(value),
      })),
    },
    complaints: [
      ...stillOpen.map((id) => `${id} is still open`),
      ...found.ends,
      ...found.effects.twice,
      ...found.effects.wrong,
      ...found.rows,
      ...found.memories,
      ...left,
    ],
  };
}
