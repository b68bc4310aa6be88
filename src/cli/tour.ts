import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import type { StartedRun } from '../contracts/api.ts';
import { campaignAnalytics, campaignOverview, dailyAnalytics } from '../contracts/instantly.ts';
import type { NewTask } from '../contracts/runs.ts';
import { readLocalAddresses, type Config } from '../platform/config.ts';
import { ExitCode, Stop } from './exit.ts';
import { follow, type RunEnd } from './follow.ts';
import { faint, number, print, printJson, say, strong, table } from './output.ts';
import { withSession, type Session } from './session.ts';
import { showStory, tellStory, type Story } from './tour-story.ts';

const account = 'tour';
const days = 28;
/** Stand-ins answer in milliseconds: what still fails after this long is broken. */
const giveUpAfterSeconds = 120;
const workerComesWithinMs = 60_000;

/** One run of the tour, and how it ended. */
interface Visit {
  readonly run: StartedRun;
  readonly capability: string;
  readonly end: RunEnd;
}

/** Rows of the tour in one table, with what they add up to. */
interface Stored {
  readonly table: string;
  readonly rows: number;
  readonly changed: number;
  readonly sums: Readonly<Record<string, number>>;
}

/** `tour`: a first look with numbers in it, always on the stand-ins, whatever keys are set. */
export function tourCommand(): Command {
  const command = new Command('tour')
    .description('fill the tables from the stand-ins and show what there is to see')
    .option('--json', 'print JSON only')
    .addHelpText(
      'after',
      `\nPulls ${days} days of e-mail analytics and ${days} days of campaign figures for the account “${account}”.\nRunning it again changes nothing.\n\nExample:\n  agentic tour`,
    );
  return command.action(() =>
    withSession(async (session) => {
      await workerOf(session, 'instantly');
      const requests = plan();
      if (!command.opts().json) say(`The tour starts ${requests.length} runs on stand-ins …`);
      process.setMaxListeners(requests.length + 10); // each run listens for Ctrl-C itself
      const visits = await Promise.all(requests.map((request) => visit(session, request)));
      const stored = await countRows(session, visits);
      const story = await tellStory(session, account, (ago) => visit(session, dayOf(ago)));
      const addresses = addressesOf(session.config);
      if (command.opts().json) {
        const runs = visits.map(({ run, capability, end }) => ({
          ...run,
          capability,
          state: end.state,
          ...(end.state === 'failed' ? { failure: end.failure, message: end.message } : {}),
        }));
        printJson({ account, runs, tables: stored, story: story ?? null, ...addresses });
      } else report(visits, stored, story, addresses);
      const reasons = failuresOf(visits);
      if (reasons.length > 0) throw new Stop(ExitCode.failed, reasons.join('\n'));
    }),
  );
}

/** Why runs failed, one line for each different reason. */
function failuresOf(visits: readonly Visit[]): readonly string[] {
  const reasons = visits.flatMap(({ end }) =>
    end.state === 'failed' ? [`${end.failure}: ${end.message}`] : [],
  );
  return [...new Set(reasons)].map((reason) => {
    const count = reasons.filter((each) => each === reason).length;
    return `${count} of ${visits.length} runs failed, ${reason}`;
  });
}

const common = {
  account,
  giveUpAfterSeconds,
  requestedBy: { kind: 'tour' as const, name: 'agentic tour' },
};

/** The day so many days ago, in UTC. */
const ago = (count: number): string =>
  Temporal.Now.plainDateISO('UTC').subtract({ days: count }).toString();

const dayOf = (count: number): NewTask => ({
  ...common,
  capability: dailyAnalytics.id,
  input: { date: ago(count) },
});

/** The last complete days one by one, and a longer range of campaigns; days are UTC. */
function plan(): readonly NewTask[] {
  const range = { startDate: ago(days), endDate: ago(1) };
  return [
    ...Array.from({ length: days }, (_, at) => dayOf(days - at)),
    { ...common, capability: campaignOverview.id, input: range },
    { ...common, capability: campaignAnalytics.id, input: range },
  ];
}

/** Waits for a worker that is about to come up. */
async function workerOf(session: Session, agent: string): Promise<void> {
  const giveUpAt = Date.now() + workerComesWithinMs;
  for (let isFirst = true; !(await session.isServed(agent)); isFirst = false) {
    if (isFirst) say(`Waiting for a worker that serves ${agent} …`);
    if (Date.now() > giveUpAt) {
      const message = `No worker serves ${agent}: start the system with \`npm start\`, or a worker with \`agentic worker\`.`;
      throw new Stop(ExitCode.unreachable, message);
    }
    await sleep(500);
  }
}

async function visit(session: Session, request: NewTask): Promise<Visit> {
  const { startTask } = await import('../platform/start-run.ts');
  const run = await session.ask(() => startTask(session.client, request));
  const onProgress = (line: string): void => {
    if (line.includes('failed') || line.includes('no worker')) say(`  ${run.workflowId}: ${line}`);
  };
  const end = await follow(session, run, { onProgress });
  return { run, capability: request.capability, end };
}

/** What the account has in each table, by SQL. */
async function countRows(
  { database: { sql } }: Session,
  visits: readonly Visit[],
): Promise<readonly Stored[]> {
  const [daily, overviews, campaigns] = await Promise.all([
    sql<Sums[]>`
      select count(*)::int as rows, coalesce(sum(sent), 0)::int as sent,
        coalesce(sum(bounced), 0)::int as bounced, coalesce(sum(unique_replies), 0)::int as replies,
        count(distinct date)::int as days, count(distinct email_account)::int as mailboxes
      from instantly_email_daily_analytics where account = ${account}`,
    sql<Sums[]>`
      select count(*)::int as rows, coalesce(sum(emails_sent_count), 0)::int as sent,
        coalesce(sum(bounced_count), 0)::int as bounced,
        coalesce(sum(reply_count_unique), 0)::int as replies
      from instantly_campaign_analytics_overview where account = ${account}`,
    sql<Sums[]>`
      select count(*)::int as rows, coalesce(sum(emails_sent_count), 0)::int as sent,
        coalesce(sum(bounced_count), 0)::int as bounced,
        coalesce(sum(reply_count_unique), 0)::int as replies,
        count(distinct campaign_id)::int as campaigns
      from instantly_campaign_analytics where account = ${account}`,
  ]);
  const changedBy = (capability: string): number =>
    visits
      .filter((visit) => visit.capability === capability)
      .reduce((sum, { end }) => sum + changedIn(end), 0);
  const stored = (name: string, capability: string, [found]: readonly Sums[]): Stored => {
    const { rows = 0, ...sums } = found ?? {};
    return { table: name, rows, changed: changedBy(capability), sums };
  };
  return [
    stored('instantly_email_daily_analytics', dailyAnalytics.id, daily),
    stored('instantly_campaign_analytics_overview', campaignOverview.id, overviews),
    stored('instantly_campaign_analytics', campaignAnalytics.id, campaigns),
  ];
}

type Sums = Readonly<Record<string, number>>;

const changedIn = (end: RunEnd): number =>
  end.state === 'completed' ? z.object({ changed: z.int() }).parse(end.outcome.result).changed : 0;

interface Addresses {
  readonly dashboardUrl: string;
  readonly temporalUrl: string | null;
}

function addressesOf(config: Config): Addresses {
  const local = readLocalAddresses(resolve(config.AGENTIC_STATE_DIR));
  return {
    dashboardUrl:
      local?.DASHBOARD_URL ?? `http://${config.DASHBOARD_HOST}:${config.DASHBOARD_PORT}`,
    temporalUrl: config.TEMPORAL_UI_URL ?? null,
  };
}

function report(
  visits: readonly Visit[],
  stored: readonly Stored[],
  story: Story | undefined,
  { dashboardUrl, temporalUrl }: Addresses,
): void {
  print(
    `${strong('The tour')}: ${days} days of e-mail analytics, ${days} days of campaign figures, for the account “${account}”.`,
  );
  print('Its numbers are made up by stand-ins for the vendors; no key was used.\n');
  print(
    table(
      ['table', 'rows', 'changed', 'which add up to'],
      stored.map(({ table: name, rows, changed, sums }) => [name, rows, changed, wordsOf(sums)]),
    ),
  );
  const isRepeat = failuresOf(visits).length === 0 && stored.every((each) => each.changed === 0);
  if (isRepeat) print(faint('\n0 rows changed: the same work again stores the same rows.'));
  print(`\n${strong('Runs')}`);
  print(
    table(
      [],
      visits.map(({ run, end }) => [end.state, run.workflowId, faint(run.runId)]),
    ),
  );
  showStory(story);
  print(`\nDashboard  ${dashboardUrl}`);
  if (temporalUrl !== null) print(`Temporal   ${temporalUrl}`);
  print('Next, try  npm run -s agentic -- instantly daily');
}

const wordsOf = (sums: Sums): string =>
  Object.entries(sums)
    .map(([name, sum]) => `${number(sum)} ${name}`)
    .join(', ');
