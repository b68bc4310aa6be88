import { z } from 'zod';
import type { ShortsState } from '../contracts/shorts.ts';
import type { Database } from './database.ts';

/** A video that is to be cut, or a folder that was cut elsewhere. */
interface NewJob {
  readonly account: string;
  readonly id: string;
  readonly videoUrl: string | null;
  readonly name: string;
  /** The key in the ledger. */
  readonly effect: string | null;
  readonly run: string;
  readonly isStandIn: boolean;
}

/** A clip as the vendor tells it. */
export interface FoundClip {
  readonly id: string;
  readonly position: number;
  readonly name: string;
  readonly score: number | null;
  readonly rawScore: number | null;
  readonly scoreWhy: string | null;
  readonly captions: Readonly<Record<string, string>>;
  readonly transcript: string | null;
}

/** Which clip. */
export interface ClipPlace {
  readonly account: string;
  readonly folder: string;
  readonly clip: string;
}

const ClipRow = z.object({
  job: z.string(),
  name: z.string(),
  state: z.enum(['generated', 'exporting', 'exported', 'downloaded', 'failed']),
  bytes: z.number().nullable(),
  sha256: z.string().nullable(),
  file: z.string().nullable(),
  exportId: z.string().nullable(),
  failedExports: z.int(),
  failedIn: z.string().nullable(),
  isStandIn: z.boolean(),
});
/** How far the work on a clip is. */
export type ClipRow = z.infer<typeof ClipRow>;

/** What changes of a clip; what is left out stays. */
type ClipChange = Partial<{
  readonly state: ClipRow['state'];
  readonly why: string | null;
  readonly effect: string;
  readonly run: string;
  readonly exportId: string;
  readonly failedExports: number;
  readonly failedIn: string;
  readonly arrived: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly file: string;
}>;

/** What changes of a video; what is left out stays. */
type JobChange = Partial<{
  readonly state: ShortsState;
  readonly why: string | null;
  readonly taskId: string;
  readonly folder: string;
  readonly run: string;
}>;

/** Videos and clips, written as the work on them goes on. A write that changes nothing leaves no line. */
export interface ShortStore {
  /** Notes a video, once. */
  open(job: NewJob): Promise<void>;
  /** The video that this folder belongs to. */
  jobOf(account: string, folder: string): Promise<string | undefined>;
  /** Changes a video, and says so in its log if that is new. */
  change(account: string, id: string, change: JobChange, line: string): Promise<void>;
  /** Notes the clips of a folder; what is known of their files stays. */
  save(account: string, job: string, folder: string, clips: readonly FoundClip[]): Promise<void>;
  clip(place: ClipPlace): Promise<ClipRow | undefined>;
  /** Changes a clip, and says so in the log of its video if that is new. */
  move(place: ClipPlace, change: ClipChange, line: string): Promise<void>;
}

/** @param database where the tables `shorts_jobs`, `shorts_clips` and `shorts_log` are. */
export function createShortStore({ sql }: Database): ShortStore {
  return {
    async open({ account, id, videoUrl, name, effect, run, isStandIn }) {
      await sql`
        with opened as (
          insert into shorts_jobs (account, id, video_url, name, state, effect, run, is_stand_in,
            created_at)
          values (${account}, ${id}, ${videoUrl}, ${name}, 'pending', ${effect}, ${run},
            ${isStandIn}, date_trunc('milliseconds', now()))
          on conflict do nothing returning account, id
        )
        insert into shorts_log (account, job, line)
        select account, id, ${videoUrl === null ? 'Taken in' : `To be cut: ${videoUrl}`} from opened`;
    },

    async jobOf(account, folder) {
      const [row] = await sql<{ id: string }[]>`
        select id from shorts_jobs where account = ${account} and folder = ${folder}`;
      return row?.id;
    },

    async change(account, id, change, line) {
      const next = columnsOf(change);
      await sql`
        with changed as (
          update shorts_jobs j set ${sql(next)}, updated_at = now()
          where account = ${account} and id = ${id}
            and not (to_jsonb(j) @> ${JSON.stringify(next)}::text::jsonb)
          returning account, id
        )
        insert into shorts_log (account, job, line) select account, id, ${line} from changed`;
    },

    async save(account, job, folder, clips) {
      await sql`
        insert into shorts_clips as c (account, folder, id, job, position, name, score, raw_score,
          score_why, captions, transcript)
        select ${account}, ${folder}, f.id, ${job}, f.position, f.name, f.score, f."rawScore",
          f."scoreWhy", f.captions, f.transcript
        from jsonb_to_recordset(${JSON.stringify(clips)}::text::jsonb) as f(id text, position int,
          name text, score float8, "rawScore" float8, "scoreWhy" text, captions jsonb,
          transcript text)
        on conflict (account, folder, id) do update set position = excluded.position,
          name = excluded.name, score = excluded.score, raw_score = excluded.raw_score,
          score_why = excluded.score_why, captions = excluded.captions,
          transcript = excluded.transcript`;
    },

    async clip({ account, folder, clip }) {
      const [row] = await sql`
        select c.job, c.name, c.state, c.bytes::float8 as bytes, c.sha256, c.file,
          c.export_id as "exportId", c.failed_exports as "failedExports",
          c.failed_in as "failedIn", j.is_stand_in as "isStandIn"
        from shorts_clips c join shorts_jobs j on j.account = c.account and j.id = c.job
        where c.account = ${account} and c.folder = ${folder} and c.id = ${clip}`;
      return row && ClipRow.parse(row);
    },

    async move({ account, folder, clip }, change, line) {
      const next = columnsOf(change);
      await sql`
        with changed as (
          update shorts_clips c set ${sql(next)}, updated_at = now()
          where account = ${account} and folder = ${folder} and id = ${clip}
            and not (to_jsonb(c) @> ${JSON.stringify(next)}::text::jsonb)
          returning account, job, id
        )
        insert into shorts_log (account, job, clip, line)
        select account, job, id, ${line} from changed`;
    },
  };
}

/** What changes, by the names of the columns: `exportId` is `export_id`. */
const columnsOf = (
  change: Readonly<Record<string, string | number | null>>,
): Record<string, string | number | null> =>
  Object.fromEntries(
    Object.entries(change).map(([name, value]) => [
      name.replaceAll(/[A-Z]/g, (big) => `_${big.toLowerCase()}`),
      value,
    ]),
  );
