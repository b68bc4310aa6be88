import { isDeepStrictEqual } from 'node:util';
import { and, eq } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from './database.ts';
import type { BadLine } from './lesson-text.ts';
import { memoryFiles } from './memory-schema.ts';
import type { MemoryOwner } from './memory-store.ts';

const Trouble = z.array(z.object({ line: z.int(), reason: z.string() })).nullable();

/** What is known of a memory's file. */
interface MemoryFileRow {
  readonly path: string;
  /** As it was last written, or read without trouble; empty when it never was. */
  readonly content: string;
  /** Why it is neither read nor written now; null when all is well. */
  readonly trouble: readonly BadLine[] | null;
  /** Who wants its section written anew; null when nobody does. */
  readonly restoreFor: string | null;
  readonly at: Date;
}

/** What is known of the files that memories are written to. */
export interface MemoryFileRows {
  /**
   * What is known of each memory and its file, as a short text that changes with it, by the name of
   * {@link nameOf}; one question for all.
   */
  marks(owners: readonly MemoryOwner[]): Promise<ReadonlyMap<string, string>>;
  read(of: MemoryOwner): Promise<MemoryFileRow | undefined>;
  /**
   * Notes that a file was written or read. Who has asked meanwhile to have it restored is still
   * waiting, unless that was done.
   */
  noteWritten(
    of: MemoryOwner,
    file: Pick<MemoryFileRow, 'path' | 'content'>,
    how: { readonly isRestored: boolean },
  ): Promise<void>;
  /** Notes that a file can't be read. @returns false when that was known. */
  noteTrouble(
    of: MemoryOwner,
    file: { readonly path: string; readonly lines: readonly BadLine[] },
  ): Promise<boolean>;
  /** Asks whoever writes the file to write its section anew. */
  askRestore(of: MemoryOwner, by: string): Promise<void>;
}

/** A memory's name among all of them. */
export const nameOf = ({ agent, world }: MemoryOwner): string => `${world}/${agent}`;

/** @param database where the table `memory_files` is. */
export function createMemoryFileRows({ db, sql }: Database): MemoryFileRows {
  const of = ({ agent, world }: MemoryOwner) =>
    and(eq(memoryFiles.agent, agent), eq(memoryFiles.world, world));
  const target = [memoryFiles.agent, memoryFiles.world];

  const read: MemoryFileRows['read'] = async (owner) => {
    const [row] = await db.select().from(memoryFiles).where(of(owner));
    return row && { ...row, trouble: Trouble.parse(row.trouble) };
  };
  return {
    async marks(owners) {
      const rows = await sql<(MemoryOwner & { mark: string })[]>`
        select agent, world, concat_ws(' ', md5(f.content), f.trouble, f.restore_for,
          (select max(seq) from memory_snapshots s where s.agent = o.agent and s.world = o.world),
          (select max(seq) from memory_snapshots s where s.agent = o.agent and s.world = o.world
            and refused is null)) as mark
        from unnest(${owners.map(({ agent }) => agent)}::text[],
          ${owners.map(({ world }) => world)}::text[]) as o (agent, world)
        left join memory_files f using (agent, world)`;
      return new Map(rows.map(({ mark, ...owner }) => [nameOf(owner), mark]));
    },
    read,
    async noteWritten({ agent, world }, { path, content }, { isRestored }) {
      const restored = isRestored ? { restoreFor: null } : {};
      const set = { path, content, trouble: null, at: new Date(), ...restored };
      await db
        .insert(memoryFiles)
        .values({ agent, world, ...set })
        .onConflictDoUpdate({ target, set });
    },
    async noteTrouble({ agent, world }, { path, lines }) {
      const known = await read({ agent, world });
      if (known && isDeepStrictEqual(known.trouble, lines)) return false;
      const set = { path, trouble: lines, at: new Date() };
      await db
        .insert(memoryFiles)
        .values({ agent, world, content: '', ...set })
        .onConflictDoUpdate({ target, set });
      return true;
    },
    async askRestore({ agent, world }, by) {
      const unknown = { path: '', content: '' };
      await db
        .insert(memoryFiles)
        .values({ agent, world, ...unknown, restoreFor: by })
        .onConflictDoUpdate({ target, set: { restoreFor: by } });
    },
  };
}
