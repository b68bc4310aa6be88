import type { Memory } from '../rules/memory.ts';
import { nothingKnown, rulesVersion } from '../rules/memory.ts';
import { learn } from '../rules/learn.ts';
import type { Database } from './database.ts';
import { BadMemoryFile } from './lesson-text.ts';
import { lessonsSection, readAsOf } from './memory-file.ts';
import { createMemoryFileRows } from './memory-file-rows.ts';
import { createMemoryStore, hashOf, type MemoryOwner } from './memory-store.ts';
import { readTextFile } from './replace-file.ts';

/** What became of rebuilding one memory from its log alone. */
export interface Verified extends MemoryOwner {
  readonly entries: number;
  /** Snapshots that the log gives again, to the byte. */
  readonly snapshots: number;
  /** The file whose section the log gives again, to the byte; null when there is none. */
  readonly file: string | null;
  /** The first thing that is not what the log gives; null when all is. */
  readonly difference: string | null;
  /** What could not be compared, and why. */
  readonly notes: readonly string[];
}

interface VerifyDeps {
  readonly database: Database;
  /** Where a memory's file is expected. */
  readonly fileOf: (of: MemoryOwner) => string;
}

/** Rebuilds memories from what was recorded, and compares: needs the database and no worker. */
export function createMemoryVerifier({ database, fileOf }: VerifyDeps) {
  const { sql } = database;
  const store = createMemoryStore(database);
  const rows = createMemoryFileRows(database);

  /** Memory after each entry, by the rules of this program. @throws {Difference} when one is missing. */
  async function memoriesOf(of: MemoryOwner): Promise<readonly Memory[]> {
    const log = await store.log(of);
    return log.reduce<Memory[]>(
      (all, entry) => {
        const before = all.at(-1) ?? nothingKnown;
        if (entry.seq !== all.length) {
          throw new Difference(`entry ${all.length} is missing: the next one is ${entry.seq}`);
        }
        all.push(learn(before, entry, (seq) => all[seq]));
        return all;
      },
      [nothingKnown],
    );
  }

  /** @returns how many snapshots are as they should be, and how many older rules have made. */
  async function compareSnapshots(of: MemoryOwner, memories: readonly Memory[]) {
    const snapshots = await sql<{ seq: number; hash: string; rules: number; memory: Memory }[]>`
      select seq, hash, rules, memory from memory_snapshots
      where agent = ${of.agent} and world = ${of.world} order by seq`;
    const known = new Map(snapshots.map((each) => [each.seq, each]));
    let older = 0;
    for (const memory of memories.slice(1)) {
      const { seq } = memory;
      const snapshot = known.get(seq);
      if (!snapshot) throw new Difference(`entry ${seq} has no snapshot`);
      if (snapshot.rules > rulesVersion) {
        const newer = `rules ${snapshot.rules}, and this program has ${rulesVersion}: update it`;
        throw new Difference(`the snapshot of entry ${seq} was made by ${newer}`);
      }
      if (snapshot.rules < rulesVersion) older = seq;
      else if (hashOf(memory) !== snapshot.hash || hashOf(snapshot.memory) !== snapshot.hash) {
        const [is, should] = [snapshot.memory, memory].map(({ lessons }) =>
          lessonsSection(lessons, { seq, hash: snapshot.hash }),
        );
        throw new Difference(`the snapshot of entry ${seq}: ${firstOf(is ?? '', should ?? '')}`);
      }
    }
    const beyond = snapshots.find(({ seq }) => seq >= memories.length);
    if (beyond) throw new Difference(`there is a snapshot ${beyond.seq}, but no such entry`);
    return { older, compared: snapshots.filter(({ seq }) => seq > older).length };
  }

  /** @returns what could not be compared. */
  async function compareFile(of: MemoryOwner, path: string, text: string, rebuilt: Rebuilt) {
    const found = readAsOf(text);
    if (!found) return ['the file has no section “## Lessons” yet; a worker writes it'];
    const { asOf, line } = found;
    const at = `${path}:${line + 2}`;
    if (!asOf) throw new Difference(`${at}: expected “As of entry …”, which says what to rebuild`);
    const { seq } = asOf;
    const memory = seq > rebuilt.older ? rebuilt.memories[seq] : (await store.at(of, seq))?.memory;
    if (!memory || !hashOf(memory).startsWith(asOf.hash)) {
      throw new Difference(`${at}: this log has no entry ${seq} that gives ${asOf.hash}`);
    }
    const should = lessonsSection(memory.lessons, asOf);
    if (found.text !== should) throw new Difference(`${path}:${firstOf(found.text, should, line)}`);
    const live = await store.current(of);
    return lessonsSection(live.memory.lessons, asOf) === should
      ? []
      : [`the file is that of entry ${seq}; ${live.seq} is obeyed, and a worker writes it`];
  }

  async function verify(of: MemoryOwner): Promise<Verified> {
    const notes: string[] = [];
    let [entries, snapshots, file]: [number, number, string | null] = [0, 0, null];
    let difference: string | null = null;
    try {
      const memories = await memoriesOf(of);
      entries = memories.length - 1;
      const { older, compared } = await compareSnapshots(of, memories);
      snapshots = compared;
      if (older > 0) notes.push(`snapshots up to ${older} are of older rules: not rebuilt`);
      const row = await rows.read(of);
      const path = row?.path ?? fileOf(of);
      const here = readTextFile(path);
      if (!here && row) notes.push(`${path} is not here: what was last written there was compared`);
      const text = here ?? row?.content;
      if (text === undefined) notes.push('there is no file yet; a worker writes it');
      else {
        notes.push(...(await compareFile(of, path, text, { memories, older })));
        file = path;
      }
    } catch (error) {
      if (!(error instanceof Difference) && !(error instanceof BadMemoryFile)) throw error;
      difference = error.message;
    }
    return { ...of, entries, snapshots, file, difference, notes };
  }

  return {
    /** One after the other. @param only those of this agent. */
    async verify(only?: string): Promise<readonly Verified[]> {
      // also those of whose log the beginning is gone
      const owners = await sql<MemoryOwner[]>`
        select agent, world from memory_entries union select agent, world from memory_snapshots
        order by agent, world`;
      const all: Verified[] = [];
      for (const of of owners) if (!only || of.agent === only) all.push(await verify(of));
      return all;
    },
  };
}

/** Memory after each entry, and the last entry whose snapshot older rules have made. */
interface Rebuilt {
  readonly memories: readonly Memory[];
  readonly older: number;
}

/** What was recorded does not give what is there. */
class Difference extends Error {}

/** The first line in which two texts differ. @param from the number of their first line. */
function firstOf(is: string, should: string, from = 1): string {
  const [found, expected] = [is.split('\n'), should.split('\n')];
  const at = expected.findIndex((line, index) => line !== found[index]);
  const index = at < 0 ? expected.length : at;
  const quote = (line: string | undefined): string =>
    line === undefined ? 'nothing' : `“${line.slice(0, 120)}”`;
  return `${from + index}: the log gives ${quote(expected[index])}, here is ${quote(found[index])}`;
}
