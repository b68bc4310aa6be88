import { agents } from '../contracts/agents.ts';
import type {
  AgentMemory,
  LessonState,
  LessonView,
  MemoryDiff,
  MemoryList,
  SnapshotView,
} from '../contracts/memory-views.ts';
import type { HumanAct, Lesson, MemoryEntry, World } from '../contracts/memory.ts';
import { byPlace, isLapsed, lessonInSentences } from '../rules/lesson.ts';
import type { Memory } from '../rules/memory.ts';
import type { Database } from './database.ts';
import { diffOfLessons } from './memory-diff.ts';
import { createMemoryFileRows } from './memory-file-rows.ts';
import { createMemoryStore, type MemoryOwner, type MemorySnapshot } from './memory-store.ts';

/** There is no such agent, lesson or snapshot; the message says where they are listed. */
export class NotInMemory extends Error {
  override readonly name = 'NotInMemory';
}

/** Memories as people see them. */
export interface MemoryReader {
  /** The memory that is meant: where nobody says which, that of the world which has taught something. */
  ownerOf(agent: string, world?: World): Promise<MemoryOwner>;
  /**
   * The memory with this lesson, now or once.
   *
   * @param name `L-0142`, or `instantly/L-0142` where several agents have one.
   * @throws {NotInMemory} when there is none, or more than one.
   */
  find(name: string, world?: World): Promise<{ readonly of: MemoryOwner; readonly id: string }>;
  list(): Promise<MemoryList>;
  show(of: MemoryOwner): Promise<AgentMemory>;
  /** @param to what is obeyed now when left out. @throws {NotInMemory} for a snapshot that is none. */
  diff(of: MemoryOwner, from: number, to?: number): Promise<MemoryDiff>;
}

const mostSnapshots = 100;

/** @param database where memories are. */
export function createMemoryReader(database: Database): MemoryReader {
  const { sql } = database;
  const store = createMemoryStore(database);
  const rows = createMemoryFileRows(database);

  async function snapshot(of: MemoryOwner, seq: number): Promise<MemorySnapshot> {
    const found = await store.at(of, seq);
    if (found) return found;
    const how = `\`agentic memory show ${of.agent}\` lists those there are`;
    throw new NotInMemory(`The memory of ${of.agent} has no snapshot ${seq}; ${how}.`);
  }

  async function snapshots(of: MemoryOwner, live: number): Promise<SnapshotView[]> {
    const found = await sql<
      { seq: number; hash: string; refused: string | null; lessons: number; entry: MemoryEntry }[]
    >`
      select s.seq, s.hash, s.refused, jsonb_array_length(s.memory -> 'lessons') as lessons, e.entry
      from memory_snapshots s join memory_entries e using (agent, world, seq)
      where s.agent = ${of.agent} and s.world = ${of.world}
      order by s.seq desc limit ${mostSnapshots}`;
    return found.map(({ entry, ...row }) => ({
      ...row,
      at: entry.at,
      isLive: row.seq === live,
      what: entryInWords(entry),
    }));
  }

  return {
    async ownerOf(agent, world) {
      if (!agents.some(({ id }) => id === agent)) {
        const known = agents.map(({ id }) => id).join(', ');
        throw new NotInMemory(`There is no agent “${agent}”; there are: ${known}.`);
      }
      if (world) return { agent, world };
      const taught = (await store.owners()).filter((each) => each.agent === agent);
      const isLive = taught.length === 0 || taught.some((each) => each.world === 'live');
      return { agent, world: isLive ? 'live' : 'stand-in' };
    },

    async find(name, world) {
      const [, agent, id = ''] = /^(?:([^/]+)\/)?(L-\d{4,})$/.exec(name) ?? [];
      if (id === '') {
        throw new NotInMemory(`“${name}” is no lesson: expected L-0142, or instantly/L-0142.`);
      }
      const owners = (await store.owners()).filter(
        (of) => (!agent || of.agent === agent) && (!world || of.world === world),
      );
      const known = await Promise.all(
        owners.map(async (of) => ({ of, memory: (await store.newest(of)).memory })),
      );
      const had = known.filter(({ memory }) => memory.nextLesson > Number(id.slice(2)));
      const have = had.filter(({ memory }) => memory.lessons.some((each) => each.id === id));
      const all = have.length > 0 ? have : had;
      const live = all.filter(({ of }) => of.world === 'live');
      const [only, ...others] = live.length > 0 ? live : all;
      if (!only) {
        const how = '`agentic memory show` lists memories';
        throw new NotInMemory(`No memory has a lesson ${name}; ${how}.`);
      }
      if (others.length > 0) {
        const names = [only, ...others].map(({ of }) => `${of.agent}/${id}`).join(', ');
        throw new NotInMemory(`Several agents have a lesson ${id}: name one of ${names}.`);
      }
      return { of: only.of, id };
    },

    async list() {
      const owners = await store.owners();
      const memories = await Promise.all(
        owners.map(async (of) => {
          const [live, newest, row] = await Promise.all([
            store.current(of),
            store.newest(of),
            rows.read(of),
          ]);
          const { agent, world } = of;
          const { refused } = newest;
          const lessons = live.memory.lessons.length;
          return {
            agent,
            world,
            live: live.seq,
            lessons,
            refused,
            hasTrouble: row?.trouble != null,
          };
        }),
      );
      return { memories };
    },

    async show(of) {
      const { seq, memory } = await store.current(of);
      const [views, list, row] = await Promise.all([
        lessonViews(database, of, memory.lessons),
        snapshots(of, seq),
        rows.read(of),
      ]);
      return {
        ...{ agent: of.agent, world: of.world, now: new Date().toISOString(), live: seq },
        lessons: views,
        records: memory.records.map(recordView),
        snapshots: list,
        file: row
          ? {
              path: row.path,
              trouble: row.trouble && [...row.trouble],
              isBeingRestored: row.restoreFor !== null,
            }
          : null,
      };
    },

    async diff(of, from, to) {
      const [before, after] = await Promise.all([
        snapshot(of, from),
        to === undefined ? store.current(of) : snapshot(of, to),
      ]);
      const { agent, world } = of;
      const found = diffOfLessons(before.memory.lessons, after.memory.lessons);
      return { agent, world, from: before.seq, to: after.seq, ...found };
    },
  };
}

/** Lessons with where each is now, in the order of the file. */
export async function lessonViews(
  { sql }: Pick<Database, 'sql'>,
  { agent, world }: MemoryOwner,
  lessons: readonly Lesson[],
): Promise<LessonView[]> {
  const now = new Date().toISOString();
  const tried = await sql<{ lesson: string }[]>`
    select canary ->> 'lesson' as lesson from memory_canaries
    where agent = ${agent} and world = ${world} and owner is not null and expires > now()`;
  const stateOf = (lesson: Lesson): LessonState => {
    if (lesson.status === 'deprecated') return 'deprecated';
    if (tried.some((each) => each.lesson === lesson.id)) return 'canary';
    return isLapsed(lesson, now) ? 'lapsed' : 'active';
  };
  return [...lessons].sort(byPlace).map((lesson) => ({
    ...lesson,
    state: stateOf(lesson),
    sentence: lessonInSentences(lesson, now),
  }));
}

const recordView = ({
  recent,
  ...record
}: Memory['records'][number]): AgentMemory['records'][number] => ({
  capability: record.capability,
  account: record.account,
  method: record.method,
  worked: record.worked,
  workedRuns: record.workedRuns,
  failing: record.failing.map(({ at, type, seenIn }) => ({ at, type, seenIn })),
  lastWorkedAt: record.lastWorkedAt,
  lastTriedAt: record.lastTriedAt,
  taskMs: recent.good > 0 ? recent.goodMs / recent.good : null,
  successRate: recent.good / Math.max(recent.good + recent.bad, 1),
});

/** `12 observations`, `mara: pinned L-0002 (the contract says so)` */
export function entryInWords(entry: MemoryEntry): string {
  if (entry.kind === 'observed') {
    const { length } = entry.observations;
    return `${length} ${length === 1 ? 'observation' : 'observations'}`;
  }
  const reason = entry.reason === '' ? '' : ` (${entry.reason})`;
  return `${entry.by.name}: ${actInWords(entry.act)}${reason}`;
}

function actInWords(act: HumanAct): string {
  switch (act.kind) {
    case 'written':
      return `wrote ${act.lesson.id}`;
    case 'rolled-back':
      return `went back to entry ${act.to}`;
    case 'deleted':
    case 'pinned':
    case 'unpinned':
    case 'deprecated':
      return `${act.kind} ${act.lesson}`;
  }
}
