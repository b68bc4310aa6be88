import { isDeepStrictEqual } from 'node:util';
import type { LessonExplanation } from '../contracts/memory-views.ts';
import type { Lesson, MemoryEntry, Observation } from '../contracts/memory.ts';
import { ruleInWords } from '../rules/lesson.ts';
import { fewestForGrain } from '../rules/start.ts';
import { attemptsOf } from './attempt-list.ts';
import type { Database } from './database.ts';
import { headingOf, itemsOf } from './lesson-text.ts';
import { entryInWords, lessonViews, NotInMemory } from './memory-reader.ts';
import type { MemoryOwner } from './memory-store.ts';

const mostShown = 20;

type Explanation = LessonExplanation;

/**
 * All that is known of one lesson: what it says, what became of it, on what evidence, whom it made
 * work in another way, and who tried again.
 *
 * @throws {NotInMemory} for a lesson that never was.
 */
export async function explainLesson(
  database: Database,
  of: MemoryOwner,
  id: string,
): Promise<Explanation> {
  const { sql } = database;
  const versions = await sql<
    { seq: number; at: Date; lesson: Lesson | null; entry: MemoryEntry }[]
  >`
    select s.seq, e.at, e.entry,
      jsonb_path_query_first(s.memory, '$.lessons[*] ? (@.id == $id)', ${sql.json({ id })}) as lesson
    from memory_snapshots s join memory_entries e using (agent, world, seq)
    where s.agent = ${of.agent} and s.world = ${of.world} order by s.seq`;
  const last = versions.findLast(({ lesson }) => lesson !== null)?.lesson;
  if (!last) {
    const how = `\`agentic memory show ${of.agent}\` lists them`;
    throw new NotInMemory(`${of.agent} has no lesson ${id} (${of.world}), and never had; ${how}.`);
  }
  const [[view], evidence, obeyedBy, canaries] = await Promise.all([
    lessonViews(database, of, [last]),
    evidenceOf(database, of, last),
    obeyedByOf(database, of, id),
    canariesOf(database, of, id),
  ]);
  if (!view) throw new Error(`${id} was lost`);
  const { agent, world } = of;
  return {
    ...{ agent, world, now: new Date().toISOString(), lesson: view, evidence, obeyedBy, canaries },
    isGone: versions.at(-1)?.lesson === null,
    text: [`### ${headingOf(last)}`, '', ...itemsOf(last)].join('\n'),
    story: storyOf(versions),
  };
}

interface Version {
  readonly seq: number;
  readonly at: Date;
  readonly lesson: Lesson | null;
  readonly entry: MemoryEntry;
}

/** What changed from one memory to the next, counts aside. */
function storyOf(versions: readonly Version[]): Explanation['story'] {
  return versions.flatMap(({ seq, at, lesson, entry }, index) => {
    const was = versions[index - 1]?.lesson ?? null;
    const what = changeInWords(was, lesson);
    if (what === null) return [];
    const by = entry.kind === 'human' ? ` – ${entryInWords(entry)}` : '';
    return [{ entry: seq, at: at.toISOString(), what: `${what}${by}` }];
  });
}

function changeInWords(was: Lesson | null, is: Lesson | null): string | null {
  if (!was) return is && `learnt: ${ruleInWords(is.rule)}. ${is.why}`;
  if (!is) return 'taken back';
  if (was.status !== is.status) return is.status === 'active' ? 'unpinned' : is.status;
  if (!isDeepStrictEqual(was.rule, is.rule)) return `changed: ${ruleInWords(is.rule)}`;
  if (was.why !== is.why) return `reworded: ${is.why}`;
  if (was.renewals !== is.renewals) {
    return `renewed for the ${is.renewals}. time, until ${is.expires ?? 'somebody takes it back'}`;
  }
  return was.runs === is.runs ? null : `seen again, in ${is.runs} runs now`;
}

/** What runs have shown about what a lesson speaks of. */
async function evidenceOf(
  database: Database,
  { agent, world }: MemoryOwner,
  { capability, account, rule }: Lesson,
): Promise<Explanation['evidence']> {
  const { sql } = database;
  const about =
    rule.kind === 'start' && rule.tunable === 'grain'
      ? sql`(o ->> 'tasks')::int >= ${fewestForGrain}`
      : 'tunable' in rule
        ? sql`o -> 'tunables' ? ${rule.tunable}`
        : sql`o ->> 'method' = ${rule.method}`;
  const rows = await sql<{ seq: number; seen: Observation }[]>`
    select seq, o as seen from memory_entries,
      jsonb_array_elements(case when entry ->> 'kind' = 'observed' then entry -> 'observations' else '[]' end) o
    where agent = ${agent} and world = ${world} and o ->> 'capability' = ${capability}
      and o ->> 'account' = ${account} and ${about}
    order by o ->> 'at' desc limit ${mostShown}`;
  return Promise.all(
    rows.map(async ({ seq, seen }) => ({
      at: seen.at,
      entry: seq,
      seenIn: seen.seenIn,
      method: seen.method,
      tasks: seen.tasks,
      failure: seen.failure?.type ?? null,
      attempts:
        seen.failure === null
          ? []
          : (await attemptsOf(database, seen.seenIn.runId))
              .filter((each) => each.failure?.type === seen.failure?.type)
              .filter((each) => each.method === seen.method)
              .map(({ attempt, startedAt, failure, vendorAnswer }) => ({
                ...{ attempt, startedAt, failure, vendorAnswer },
              })),
    })),
  );
}

/** Runs that this lesson made work in another way, and swarms that began by it. */
async function obeyedByOf(
  { sql }: Database,
  { agent, world }: MemoryOwner,
  id: string,
): Promise<Explanation['obeyedBy']> {
  const rows = await sql<{ workflowId: string; runId: string; startedAt: Date; total: number }[]>`
    select workflow_id as "workflowId", run_id as "runId", started_at as "startedAt",
      (count(*) over ())::int as total
    from runs where (agent = ${agent} and coalesce(memory, output -> 'memory') ->> 'world' = ${world}
        and coalesce(memory, output -> 'memory') -> 'heeded' @> ${sql.json([{ lesson: id }])})
      or (type = 'swarm' and run_id in (select swarms.id::text from swarms
        where starts @> ${sql.json([{ agent, world, lesson: id }])}))
    order by started_at desc limit ${mostShown}`;
  return {
    total: rows[0]?.total ?? 0,
    runs: rows.map(({ workflowId, runId, startedAt }) => ({
      ...{ workflowId, runId, startedAt: startedAt.toISOString() },
    })),
  };
}

/** Who tries now, and whose outcome says that it has tried. */
async function canariesOf(
  { sql }: Database,
  { agent, world }: MemoryOwner,
  id: string,
): Promise<Explanation['canaries']> {
  const canary = sql.json({ kind: 'lesson', lesson: id });
  const rows = await sql<{ workflowId: string; at: Date; isUnderWay: boolean }[]>`
    select owner as "workflowId", claimed_at as at, true as "isUnderWay" from memory_canaries
      where agent = ${agent} and world = ${world} and canary @> ${canary}
        and owner is not null and expires > now()
    union all
    (select workflow_id, started_at, false from runs
      where agent = ${agent} and output #>> '{memory,world}' = ${world}
        and output #> '{memory,canary}' @> ${canary}
      order by started_at desc limit ${mostShown})
    order by at desc`;
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}
