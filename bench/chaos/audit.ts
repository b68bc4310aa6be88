import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { RunDetail } from '../../src/contracts/api.ts';
import { PipelineDetail } from '../../src/contracts/pipeline.ts';
import { SwarmDetail } from '../../src/contracts/swarm.ts';
import { mediaFolderOf, memoryFoldersOf } from '../../src/platform/config.ts';
import type { Database } from '../../src/platform/database.ts';
import { createLeadStore } from '../../src/platform/leads.ts';
import { memoryFileOf } from '../../src/platform/memory-files.ts';
import { createMemoryVerifier } from '../../src/platform/memory-verify.ts';
import { ask, DayRow } from '../../test/sandbox/ask.ts';
import { inCampaign, inSheet } from '../../test/support/at-vendors.ts';
import { eventually } from '../../test/support/scratch.ts';
import type { PatientClient } from './client.ts';
import { compareEffects, countsOf, type EffectsFound } from './effects.ts';
import type { Stage } from './stage.ts';
import { account, type Accepted } from './work.ts';

/** What was found when all was quiet: each list names what must not be, in words. */
export interface Audit {
  /** Accepted work without its one outcome. */
  readonly ends: readonly string[];
  readonly effects: EffectsFound;
  /** Rows that are not what the vendor says. */
  readonly rows: readonly string[];
  /** Memories that are not what their logs give. */
  readonly memories: readonly string[];
  readonly figures: Readonly<Record<string, unknown>>;
}

interface AuditOptions {
  readonly stage: Stage;
  readonly client: PatientClient;
  readonly database: Database;
  readonly accepted: Accepted;
}

const memoryWithinMs = 120_000;
const pathOf = (kind: string, id: string) => `/api/${kind}/${encodeURIComponent(id)}`;

/** Looks at everything that was accepted, at the vendors, in the tables and in the files. */
export async function audit(options: AuditOptions): Promise<Audit> {
  const { stage, database, accepted } = options;
  const effects = await compareEffects(database, stage.vendorsUrl);
  const hasUnknown = Object.keys(effects.unknown).length > 0;
  const ends: string[] = [];
  const rows: string[] = [];
  const how: string[] = [];

  for (const { id, emails } of accepted.swarms) {
    ends.push(...(await swarmTrouble(options, id, emails.length)));
  }
  for (const { id, date } of accepted.days) {
    const state = await stateOf(options, id);
    how.push(`day ${state}`);
    if (state === 'open') ends.push(`${id} is not over`);
    rows.push(...(await dayTrouble(options, date, state === 'completed')));
  }
  for (const { id, list } of accepted.lists) {
    const state = await stateOf(options, id);
    how.push(`leads ${state}`);
    if (state === 'completed') rows.push(...(await listTrouble(options, id, list)));
    else if (!hasUnknown) ends.push(`${id} is ${state}`);
  }
  for (const { id } of accepted.videos) {
    const state = await stateOf(options, id);
    how.push(`video ${state}`);
    if (state !== 'completed' && !hasUnknown) ends.push(`${id} is ${state}`);
  }
  for (const id of accepted.pulses) {
    if ((await stateOf(options, id)) !== 'completed') ends.push(`${id} did not end well`);
  }
  const clips = await clipTrouble(options);
  rows.push(...clips.trouble);
  const memories = await memoryTrouble(options);
  return {
    ...{ ends, effects, rows, memories: memories.trouble },
    figures: {
      accepted: {
        swarms: accepted.swarms.length,
        days: accepted.days.length,
        lists: accepted.lists.length,
        videos: accepted.videos.length,
        pulses: accepted.pulses.length,
      },
      ends: countsOf(how),
      sends: accepted.swarms.reduce((sum, { emails }) => sum + emails.length, 0),
      ledger: effects.states,
      unknown: effects.unknown,
      files: clips.files,
      memories: memories.entries,
    },
  };
}

async function stateOf({ client }: AuditOptions, id: string): Promise<string> {
  const { run } = await client.ask(RunDetail, pathOf('runs', id));
  if (run.closedAt === null) return 'open';
  return run.state.kind === 'failed' ? `failed: ${run.state.failure}` : run.state.kind;
}

/** Each task has one row that says how it ended; only what nobody can tell may have failed. */
async function swarmTrouble(
  { client, database }: AuditOptions,
  id: string,
  total: number,
): Promise<readonly string[]> {
  const detail = await client.ask(SwarmDetail, pathOf('swarms', id));
  const { completed, failed } = detail.counts;
  const [row] = await database.sql<{ rows: number; settled: number }[]>`
    select count(*)::int as rows,
      (count(*) filter (where state in ('completed', 'failed')))::int as settled
    from swarm_outcomes where swarm = ${detail.swarm}`;
  const other = detail.failures.filter(({ failure }) => failure !== 'OutcomeUnknown');
  return [
    ...(detail.run.closedAt === null ? [`${id} is not over`] : []),
    ...(completed + failed === total ? [] : [`${id}: ${completed + failed} of ${total} ended`]),
    ...(row?.rows === total && row.settled === total ? [] : [`${id}: ${row?.rows} outcomes`]),
    ...other.map(({ failure, count, message }) => `${id}: ${count} ${failure}: ${message}`),
  ];
}

/** The vendor's limits hold for us, too, and we look at hundreds of days at once. */
async function readInTime(url: string, path: string, key: string) {
  for (;;) {
    const response = await ask(url, path, { key });
    if (response.status === 200) return z.array(DayRow).parse(await response.json());
    if (response.status !== 429) throw new Error(`${path}: ${response.status}`);
    await delay(Number(response.headers.get('retry-after') ?? 1) * 1_000);
  }
}

/** The rows of a day are those of the vendor; of a day that failed there may be none. */
async function dayTrouble(
  { stage, database }: AuditOptions,
  date: string,
  isStored: boolean,
): Promise<readonly string[]> {
  const query = `start_date=${date}&end_date=${date}`;
  const path = `/accounts/analytics/daily?${query}`;
  const key = `stand-in-${account}`;
  const there = await readInTime(stage.vendorsUrl, path, key);
  const stored = await database.sql`
    select * from instantly_email_daily_analytics where account = ${account} and date = ${date}`;
  const text = (row: Readonly<Record<string, unknown>>): string =>
    Object.keys(DayRow.shape)
      .filter((name) => name !== 'date')
      .map((name) => String(row[name]))
      .join(' ');
  const [ours, theirs] = [stored.map(text).sort(), there.map(text).sort()];
  if (ours.join('\n') === theirs.join('\n') || (!isStored && ours.length === 0)) return [];
  return [
    `${date}: ${ours.length} mailboxes stored, ${theirs.length} at the vendor, or other figures`,
  ];
}

const Created = z.object({ campaignId: z.string() });

/** A list's leads, the rows of its tab and what is in its campaign are the same. */
async function listTrouble(
  { stage, client, database }: AuditOptions,
  id: string,
  list: string,
): Promise<readonly string[]> {
  const { steps } = await client.ask(PipelineDetail, pathOf('pipelines', id));
  const { campaignId } = Created.parse(steps.find((step) => step.id === 'create')?.output);
  const leads: { id: number; businessName?: string | null; emails: readonly string[] }[] = [];
  for await (const page of createLeadStore(database).each(account, { list })) leads.push(...page);
  const unknown = await database.sql<{ email: string }[]>`
    select email from lead_pushes where campaign_id = ${campaignId} and state = 'unknown'`;
  const open = new Set(unknown.map(({ email }) => email));
  const certain = (emails: readonly string[]) => emails.filter((email) => !open.has(email)).join();
  const wanted = [...new Set(leads.flatMap(({ emails: [email] }) => email ?? []))].sort();
  const there = await inCampaign(stage.vendorsUrl, account, campaignId);
  const noted = await database.sql<{ email: string }[]>`
    select email from lead_pushes
    where campaign_id = ${campaignId} and state = 'pushed' order by email collate "C"`;
  const inTable = leads
    .map((lead) => [lead.businessName ?? '', lead.emails.join('\n'), String(lead.id)])
    .sort((a, b) => Number(a[2]) - Number(b[2]));
  const sheet = await inSheet(stage.vendorsUrl, account, list);
  return [
    ...(leads.length > 0 ? [] : [`${list} has no leads`]),
    ...(certain(wanted) === certain(there)
      ? []
      : [`${list}: the campaign has ${there.length} leads instead of ${wanted.length}`]),
    ...(certain(noted.map(({ email }) => email)) === certain(there)
      ? []
      : [`${list}: ${noted.length} are noted as pushed, and ${there.length} are there`]),
    ...(JSON.stringify(sheet) === JSON.stringify(inTable)
      ? []
      : [`${list}: the sheet has ${sheet.length} rows, the table ${inTable.length}, or others`]),
  ];
}

/** Each downloaded clip is there, whole; nothing else is in the folders. */
async function clipTrouble({ stage, database }: AuditOptions) {
  const rows = await database.sql<{ id: string; state: string; why: string; sha256: string }[]>`
    select id, state, coalesce(why, '') as why, sha256 from shorts_clips order by id`;
  const media = mediaFolderOf(stage.config);
  const files = rows.length === 0 ? [] : readdirSync(media, { recursive: true, encoding: 'utf8' });
  const videos = files.filter((file) => file.endsWith('.mp4'));
  const sumOf = (file: string): string =>
    createHash('sha256')
      .update(readFileSync(join(media, file)))
      .digest('hex');
  const trouble = rows
    .filter(({ state }) => state === 'downloaded')
    .flatMap(({ id, sha256 }) => {
      const file = videos.find((each) => each.endsWith(`${id}.mp4`));
      if (file === undefined) return [`the file of ${id} is missing`];
      return sumOf(file) === sha256 ? [] : [`the file of ${id} is not whole`];
    });
  return { trouble, files: videos.length };
}

/** Waits until files follow memory, and rebuilds each memory from its log. */
async function memoryTrouble({ stage, database }: AuditOptions) {
  const folders = memoryFoldersOf(stage.config);
  const fileOf = (of: Parameters<typeof memoryFileOf>[1]) => memoryFileOf(folders, of);
  const verifier = createMemoryVerifier({ database, fileOf });
  const verified = await eventually(
    'memories that are what their logs give',
    async () => {
      const all = await verifier.verify();
      return all.every(({ difference, notes }) => difference === null && notes.length === 0) && all;
    },
    memoryWithinMs,
  ).catch(() => verifier.verify());
  return {
    entries: Object.fromEntries(
      verified.map(({ agent, world, entries }) => [`${agent} (${world})`, entries]),
    ),
    trouble: verified.flatMap(({ agent, world, difference, notes }) =>
      [difference ?? [], ...notes].flat().map((what) => `${agent} (${world}): ${what}`),
    ),
  };
}
