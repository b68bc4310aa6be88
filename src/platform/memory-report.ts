import type { AnnealReport } from '../contracts/memory-views.ts';
import type { Lesson, MemoryEntry, Observation } from '../contracts/memory.ts';
import { isLapsed } from '../rules/lesson.ts';
import { counted } from '../rules/time-in-words.ts';
import type { Database } from './database.ts';
import { diffOfLessons } from './memory-diff.ts';
import { entryInWords, NotInMemory } from './memory-reader.ts';
import { createMemoryStore, type MemoryOwner } from './memory-store.ts';

/**
 * What one entry came to: where memory is, what was read, and the exact text added and replaced.
 *
 * @param seq the last entry when left out.
 * @throws {NotInMemory} when there is no such entry.
 */
export async function annealReport(
  database: Database,
  of: MemoryOwner,
  seq?: number,
): Promise<AnnealReport> {
  const store = createMemoryStore(database);
  const [live, newest] = await Promise.all([store.current(of), store.newest(of)]);
  const entry = seq ?? newest.seq;
  const [log, before, after] = await Promise.all([
    store.log(of, entry - 1),
    store.at(of, Math.max(entry - 1, 0)),
    store.at(of, entry),
  ]);
  const [said] = log;
  if (!before || !after || (!said && entry > 0)) {
    throw new NotInMemory(
      `The memory of ${of.agent} has no entry ${entry}; the last is ${newest.seq}.`,
    );
  }
  const name = `${of.agent} (${of.world})`;
  const status =
    entry === 0
      ? `${name} has learnt nothing yet. Lessons appear after its first runs.`
      : `${name} is at entry ${newest.seq} and obeys ${live.seq}: ${lessonsInWords(live.memory.lessons)}.${
          newest.refused === null ? '' : ` Entry ${newest.seq} is not obeyed: ${newest.refused}.`
        }`;
  return {
    ...{ agent: of.agent, world: of.world, entry, at: said?.at ?? null, status },
    actionTaken: said ? actionInWords(said) : 'Nothing was read.',
    memoryUpdate: diffOfLessons(before.memory.lessons, after.memory.lessons).lines,
  };
}

function lessonsInWords(lessons: readonly Lesson[]): string {
  const now = new Date().toISOString();
  const lapsed = lessons.filter((lesson) => isLapsed(lesson, now)).length;
  return `${counted(lessons.length, 'lesson')}, ${lapsed} of them lapsed`;
}

function actionInWords(entry: MemoryEntry): string {
  if (entry.kind === 'human') return `${entryInWords(entry)}.`;
  const runs = new Set(entry.observations.map(({ seenIn }) => seenIn.runId)).size;
  const failures = [...new Set(entry.observations.flatMap(({ failure }) => failure?.type ?? []))];
  const [well, badly] = [true, false].map((isGood) =>
    tasksOf(entry.observations.filter(({ failure }) => (failure === null) === isGood)),
  );
  const how = failures.length > 0 ? ` (${failures.join(', ')})` : '';
  return `Read ${counted(runs, 'run')}: ${counted(well ?? 0, 'task')} went well, ${badly ?? 0} failed${how}.`;
}

const tasksOf = (seen: readonly Observation[]): number =>
  seen.reduce((sum, { tasks }) => sum + tasks, 0);
