import { z } from 'zod';
import {
  Clip,
  type ShortsJob,
  ShortsPage,
  ShortsState,
  ShortsView,
  type ShortsQuery,
} from '../contracts/shorts.ts';
import { byScore, shortsStateOf, summaryOf } from '../rules/shorts.ts';
import type { Database } from './database.ts';

/** Videos and clips as pages, the command line and runs read them. */
export interface ShortReader {
  page(query: Partial<ShortsQuery>): Promise<ShortsPage>;
  show(id: string): Promise<ShortsView | undefined>;
  /** The file of a clip that is here, below the folder of media. */
  fileOf(job: string, clip: string): Promise<string | undefined>;
}

const batch = 200;
const mostLines = 500;
const moment = z.date().transform((at) => at.toISOString());
const count = z.int();

const JobRow = z.object({
  account: z.string(),
  id: z.string(),
  state: ShortsState,
  why: z.string().nullable(),
  videoUrl: z.string().nullable(),
  name: z.string(),
  folder: z.string().nullable(),
  taskId: z.string().nullable(),
  isStandIn: z.boolean(),
  effect: z.string().nullable(),
  run: z.string().nullable(),
  createdAt: moment,
  updatedAt: moment,
  bestScore: z.number().nullable(),
  clips: z.object({
    total: count,
    ...{ generated: count, exporting: count, exported: count },
    ...{ downloaded: count, failed: count, unknown: count },
  }),
});

const ClipLine = Clip.extend({ updatedAt: moment });
const LogLine = z.object({ at: moment, clip: z.string().nullable(), line: z.string() });

/** Reads from the tables of shorts, and from the ledger what nobody can tell. */
export function createShortReader({ sql }: Database): ShortReader {
  /** The vendor has refused it, or was never asked, and nobody is at it. */
  const isOpen = sql`(e.state = 'intent' and e.lease_until < now())`;
  /** Why it stands where it stands, in the ledger's words where it has no own. */
  const reason = (own: string) => sql`case
    when ${sql(own)} is not null then ${sql(own)}
    when e.state in ('unknown', 'refused') or (${isOpen} and e.reason <> 'new') then e.reason
    end`;
  /** A clip's or video's own state, unless the ledger knows better. */
  const settled = (state: string) => sql`case
    when ${sql(state)} not in ('pending', 'processing', 'exporting') then ${sql(state)}
    when e.state = 'unknown' then 'unknown'
    when e.state = 'refused' then 'failed'
    when ${sql(state)} = 'exporting' and ${isOpen} then 'generated'
    else ${sql(state)} end`;

  const jobsWhere = (condition: ReturnType<typeof sql>, limit: number) => sql`
    with chosen as (
      select * from shorts_jobs where ${condition}
      order by created_at desc, account desc, id desc limit ${limit}
    )
    select j.account, j.id, ${settled('j.state')} as state,
      ${reason('j.why')} as why, j.video_url as "videoUrl", j.name, j.folder, j.task_id as "taskId",
      j.is_stand_in as "isStandIn", j.effect, j.run, j.created_at as "createdAt",
      greatest(j.updated_at, c.latest) as "updatedAt", c.best as "bestScore", c.counts as clips
    from chosen j left join effects e on e.key = j.effect
    cross join lateral (
      select max(s.score) as best, max(s.updated_at) as latest, jsonb_build_object(
        'total', count(*),
        'generated', count(*) filter (where s.state = 'generated'),
        'exporting', count(*) filter (where s.state = 'exporting'),
        'exported', count(*) filter (where s.state = 'exported'),
        'downloaded', count(*) filter (where s.state = 'downloaded'),
        'failed', count(*) filter (where s.state = 'failed'),
        'unknown', count(*) filter (where s.state = 'unknown')) as counts
      from (
        select x.score, x.updated_at, ${settled('x.state')} as state
        from shorts_clips x left join effects e on e.key = x.effect
        where x.account = j.account and x.job = j.id
      ) s
    ) c
    order by j.created_at desc, j.account desc, j.id desc`;

  async function jobs(condition: ReturnType<typeof sql>, limit: number): Promise<ShortsJob[]> {
    const rows = await jobsWhere(condition, limit);
    return rows.map((row) => jobOf(JobRow.parse(row)));
  }

  return {
    async page({ account, state, folder, cursor, limit = 50 }) {
      const found: ShortsJob[] = [];
      let from = cursor;
      for (;;) {
        const after = from === undefined ? undefined : placeIn(from);
        const rows = await jobs(
          sql`true
            ${account === undefined ? sql`` : sql`and account = ${account}`}
            ${folder === undefined ? sql`` : sql`and folder = ${folder}`}
            ${after === undefined ? sql`` : sql`and (created_at, account, id) < (${after.at}::timestamptz, ${after.account}, ${after.id})`}`,
          batch,
        );
        for (const row of rows.filter((each) => state === undefined || each.state === state)) {
          if (found.length === limit) return { jobs: found, next: cursorOf(found) };
          found.push(row);
        }
        if (rows.length < batch) return { jobs: found, next: null };
        from = cursorOf(rows) ?? undefined;
      }
    },

    async show(id) {
      const [job] = await jobs(sql`id = ${id}`, 1);
      if (!job) return undefined;
      const { account } = job;
      const clips = await sql`
        select x.id, x.folder, x.position, x.name, ${settled('x.state')} as state,
          ${reason('x.why')} as why, x.score, x.score_why as "scoreWhy", x.captions, x.transcript, x.bytes::float8 as bytes,
          x.sha256, x.file, x.arrived::float8 as arrived, x.effect, x.run,
          x.updated_at as "updatedAt"
        from shorts_clips x left join effects e on e.key = x.effect
        where x.account = ${account} and x.job = ${id}`;
      const log = await sql`
        select at, clip, line from shorts_log where account = ${account} and job = ${id}
        order by id desc limit ${mostLines}`;
      return ShortsView.parse({
        job,
        clips: byScore(clips.map((row) => ClipLine.parse(row))),
        log: log.map((row) => LogLine.parse(row)),
      });
    },

    async fileOf(job, clip) {
      const [row] = await sql<{ file: string | null }[]>`
        select file from shorts_clips
        where job = ${job} and id = ${clip} and state = 'downloaded'`;
      return row?.file ?? undefined;
    },
  };
}

function jobOf(row: z.infer<typeof JobRow>): ShortsJob {
  const { clips, ...job } = row;
  const state = shortsStateOf(row.state, clips);
  return { ...job, clips, state, summary: summaryOf({ ...row, state }) };
}

const cursorOf = (jobs: readonly ShortsJob[]): string | null => {
  const last = jobs.at(-1);
  return last ? [last.createdAt, last.account, last.id].join(' ') : null;
};

function placeIn(cursor: string) {
  const [at = '', account = '', id = ''] = cursor.split(' ');
  return { at: z.iso.datetime().catch(new Date(0).toISOString()).parse(at), account, id };
}
