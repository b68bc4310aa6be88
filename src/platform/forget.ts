import type { Database } from './database.ts';
import { createSuppressions } from './suppressions.ts';

/** Removes what is kept of an address, or of everybody at a domain and below it. */
export interface Forgetting {
  /** How many rows of each table have something of it. */
  look(pattern: string): Promise<Readonly<Record<string, number>>>;
  /**
   * Puts it on the suppression list first, so that nothing of it comes back, then removes it from
   * all tables, in all accounts. A repeat finds nothing.
   */
  forget(
    pattern: string,
    word: { readonly by: string; readonly reason: string },
  ): Promise<Forgotten>;
}

/** What went. */
interface Forgotten {
  readonly removed: Readonly<Record<string, number>>;
  readonly isNewlySuppressed: boolean;
}

/** Tables of what runs said and did, with the columns that may name somebody. There the name is blacked out. */
const records: readonly (readonly [table: string, columns: Readonly<Record<string, string>>])[] = [
  ['runs', { input: 'jsonb', output: 'jsonb', title: 'text', message: 'text' }],
  ['attempts', { message: 'text', vendor_answer: 'jsonb' }],
  ['log_lines', { message: 'text', fields: 'jsonb' }],
  ['swarm_tasks', { input: 'jsonb' }],
  ['swarm_outcomes', { message: 'text', vendor_answer: 'jsonb', result: 'jsonb' }],
  ['audit', { target: 'text', reason: 'text', detail: 'jsonb' }],
];
const blackedOut = '[forgotten]';

/** What Temporal, vendors and files keep, which no statement of ours reaches. */
export const leftBehind: readonly string[] = [
  'Temporal keeps the input and the id of past runs until TEMPORAL_RETENTION_DAYS are over; ids of runs and large payloads go with them',
  'The suppression list keeps the entry itself: that is how nobody writes to it again',
  'Memory: lessons and their evidence (tables memory_…, files below information/) quote what failures said; look with `agentic memory`, and have a lesson that names somebody changed or removed',
  'Instantly: delete the lead in each campaign with `agentic instantly delete-lead`, or in its web app for the whole workspace',
  'Apify: data sets of past scrapes, until they expire there or are deleted in its console',
  'Google Sheets and files that were exported (below exports/ in the state folder, and elsewhere) or imported: rows have to be deleted by hand',
];

/** @param database all of whose tables are searched: this reads them whole. */
export function createForgetting(database: Database): Forgetting {
  const { sql } = database;
  const suppressions = createSuppressions(database);

  /** Leads that have something of it. */
  const leadsWith = ({ literal, regex }: Wanted) =>
    sql`search like ${literal} and search ~* ${regex}`;
  const textOf = (columns: Readonly<Record<string, string>>) =>
    sql.unsafe(`concat_ws(' ', ${Object.keys(columns).join(', ')})`);

  const counted = async (query: PromiseLike<readonly { readonly count: number }[]>) =>
    (await query)[0]?.count ?? 0;

  return {
    async look(pattern) {
      const wanted = wantedOf(pattern);
      const { regex } = wanted;
      const counts: Record<string, number> = {
        leads: await counted(sql`select count(*)::int from leads where ${leadsWith(wanted)}`),
        lead_pushes: await counted(
          sql`select count(*)::int from lead_pushes where email ~* ${regex}`,
        ),
        lead_file_rows: await counted(
          sql`select count(*)::int from lead_file_rows where found::text ~* ${regex}`,
        ),
        crawled_sites: await counted(
          sql`select count(*)::int from crawled_sites where ${asked(wanted)}`,
        ),
        effects: await counted(sql`select count(*)::int from effects where ${settled(wanted)}`),
      };
      for (const [table, columns] of records) {
        counts[table] = await counted(
          sql`select count(*)::int from ${sql(table)} where ${textOf(columns)} ~* ${regex}`,
        );
      }
      return counts;
    },

    async forget(pattern, word) {
      const wanted = wantedOf(pattern);
      const { regex } = wanted;
      const isNewlySuppressed = (await suppressions.add([pattern], word)) > 0;
      const gone = await sql`
        delete from leads where ${leadsWith(wanted)} and (key ~* ${`^(email|site):${wanted.whole}$`}
          or site ~* ${`^${wanted.whole}$`})`;
      const emptied = await sql`
        update leads set
          emails = array(select e from unnest(emails) with ordinality as u (e, at)
            where e !~* ${regex} order by at),
          custom = regexp_replace(custom::text, ${regex}, ${blackedOut}, 'gi')::jsonb,
          search = regexp_replace(search, ${regex}, '', 'gi'),
          first_name = null, last_name = null, job_title = null, updated_at = now()
        where ${leadsWith(wanted)}`;
      const removed: Record<string, number> = {
        leads: gone.count + emptied.count,
        lead_pushes: (await sql`delete from lead_pushes where email ~* ${regex}`).count,
        lead_file_rows: (await sql`delete from lead_file_rows where found::text ~* ${regex}`).count,
        crawled_sites: (await sql`delete from crawled_sites where ${asked(wanted)}`).count,
        effects: (await sql`delete from effects where ${settled(wanted)}`).count,
      };
      for (const [table, columns] of records) {
        const blackOut = Object.entries(columns).map(
          ([column, type]) =>
            `${column} = regexp_replace(${column}::text, $1, '${blackedOut}', 'gi')::${type}`,
        );
        const updated = await sql.unsafe(
          `update ${table} set ${blackOut.join(', ')}
            where concat_ws(' ', ${Object.keys(columns).join(', ')}) ~* $1`,
          [regex],
        );
        removed[table] = updated.count;
      }
      return { removed, isNewlySuppressed };
    },
  };

  /** Websites that contacts were, or are to be, read off. */
  function asked({ regex }: Wanted) {
    return sql`site ~* ${regex} or url ~* ${regex}`;
  }

  /** Rows of the ledger that nobody is at; the suppression list does their work now. */
  function settled({ regex }: Wanted) {
    return sql`key ~* ${regex} and state in ('done', 'refused') and lease_until < now()`;
  }
}

interface Wanted {
  /** For `like`: what any text with it in has. */
  readonly literal: string;
  /** An address in a longer text, from its first letter to its last. */
  readonly regex: string;
  /** The same without what has to stand around it. */
  readonly whole: string;
}

/** An address is itself; a domain is it and all below it, with whatever stands before an @. */
function wantedOf(pattern: string): Wanted {
  const escaped = pattern.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
  const whole = pattern.includes('@') ? escaped : String.raw`([\w.+'%-]+@)?([\w-]+\.)*${escaped}`;
  return {
    literal: `%${pattern.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`,
    regex: String.raw`(?<![\w.+'%@-])${whole}(?![\w-]|\.[\w-])`,
    whole,
  };
}
