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
  async function rebuilt(of: MemoryOwner): Promise<readonly Memory[]> {
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
    for (const [seq, memory] of memories.entries()) {
      const snapshot = known.get(seq);
      if (seq === 0) continue;
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
    return {
      older,
      compared: snapshots.length - snapshots.filter(({ seq }) => seq <= older).length,
    };
  }

  /** @returns what could not be compared. */
  async function compareFile(
    of: MemoryOwner,
    path: string,
    text: string,
    memories: readonly Memory[],
    older: number,
  ): Promise<readonly string[]> {
    const found = readAsOf(text);
    if (!found) {
      return memories.length > 1
        ? ['the file has no section “## Lessons” yet; a worker writes it']
        : [];
    }
    const { asOf, line } = found;
    if (!asOf)
      throw new Difference(
        `${path}:${line + 2}: expected “As of entry …”: it says what to compare with`,
      );
    const isOlder = asOf.seq <= older && asOf.seq > 0;
    const memory = isOlder ? (await store.at(of, asOf.seq))?.memory : memories[asOf.seq];
    const hash = memory && (isOlder ? (await store.at(of, asOf.seq))?.hash : hashOf(memory));
    if (!memory || !hash?.startsWith(asOf.hash)) {
      throw new Difference(
        `${path}:${line + 2}: this log has no entry ${asOf.seq} with ${asOf.hash}`,
      );
    }
    const should = lessonsSection(memory.lessons, { seq: asOf.seq, hash });
    if (found.text !== should) throw new Difference(`${path}:${firstOf(found.text, should, line)}`);
    const live = await store.current(of);
    const isBehind = lessonsSection(live.memory.lessons, { ...asOf, hash }) !== should;
    return isBehind
      ? [`the file is that of entry ${asOf.seq}; ${live.seq} is obeyed, and a worker writes it`]
      : [];
  }

  async function verify(of: MemoryOwner): Promise<Verified> {
    const notes: string[] = [];
    let [entries, snapshots, file]: [number, number, string | null] = [0, 0, null];
    try {
      const memories = await rebuilt(of);
      entries = memories.length - 1;
      const { older, compared } = await compareSnapshots(of, memories);
      snapshots = compared;
      if (older > 0)
        notes.push(`snapshots up to ${older} are of older rules, and were not rebuilt`);
      const row = await rows.read(of);
      const path = row?.path ?? fileOf(of);
      const here = readTextFile(path);
      if (here === undefined && row)
        notes.push(`${path} is not on this machine: what was last written there was compared`);
      const text = here ?? row?.content;
      if (text === undefined) notes.push('there is no file yet; a worker writes it');
      else {
        notes.push(...(await compareFile(of, path, text, memories, older)));
        file = path;
      }
      return { ...of, entries, snapshots, file, difference: null, notes };
    } catch (error) {
      if (!(error instanceof Difference) && !(error instanceof BadMemoryFile)) throw error;
      return { ...of, entries, snapshots, file, difference: error.message, notes };
    }
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
