import { basename } from 'node:path';
import type { HumanAct, Lesson } from '../contracts/memory.ts';
import { createAuditLog } from './audit.ts';
import type { Database } from './database.ts';
import { editorOf } from './editor-of.ts';
import { BadMemoryFile } from './lesson-text.ts';
import { editsOf } from './memory-edits.ts';
import type { AsOf, MemoryFile } from './memory-file.ts';
import type { MemoryOwner, MemorySnapshot, MemoryStore } from './memory-store.ts';
import type { Memory } from '../rules/memory.ts';

interface FileEditsDeps {
  readonly database: Database;
  readonly store: MemoryStore;
}

/** What people write into memory files, taken into memory. */
export interface FileEdits {
  /**
   * Adds what people did to a file since it was written to memory, under their name.
   *
   * @throws {BadMemoryFile} when it can't be taken; nothing of it is then.
   */
  take(of: MemoryOwner, path: string, file: MemoryFile): Promise<void>;
  /** @throws {BadMemoryFile} when runs do not obey what the file says, because the gate objects. */
  checkObeyed(of: MemoryOwner, file: MemoryFile, live: MemorySnapshot): Promise<void>;
}

/** @param deps where memory is. */
export function createFileEdits({ database, store }: FileEditsDeps): FileEdits {
  const audit = createAuditLog(database);

  /** What the file was written from; nothing, if that was another log. */
  async function lessonsAsOf(of: MemoryOwner, asOf: AsOf | null): Promise<readonly Lesson[]> {
    const snapshot = asOf ? await store.at(of, asOf.seq) : undefined;
    return asOf && snapshot?.hash.startsWith(asOf.hash) ? snapshot.memory.lessons : [];
  }

  async function actsIn(of: MemoryOwner, { section }: MemoryFile, memory: Memory) {
    if (!section) return [];
    const base = await lessonsAsOf(of, section.asOf);
    const now = new Date().toISOString();
    return editsOf({ agent: of.agent, written: section.lessons, base, memory, now });
  }

  return {
    async take(of, path, file) {
      const acts = await actsIn(of, file, (await store.newest(of)).memory);
      if (acts.length === 0) return;
      const name = await editorOf(path);
      const reason = `Edited in ${basename(path)}`;
      const by = { kind: 'person', name } as const;
      for (const act of acts) {
        await store.append(of, { kind: 'human', at: new Date().toISOString(), by, reason, act });
        await audit.note({
          by: `file:${name}`,
          from: 'file',
          action: `memory.${act.kind}`,
          target: `${of.agent}/${lessonOf(act)}`,
          reason,
          detail: { ...of, path },
        });
      }
    },

    async checkObeyed(of, file, live) {
      const { refused } = await store.newest(of);
      if (refused === null || (await actsIn(of, file, live.memory)).length === 0) return;
      const line = file.before.split('\n').length;
      throw new BadMemoryFile({ line, reason: `this is noted, but not obeyed: ${refused}` });
    },
  };
}

/** What an act is about. */
function lessonOf(act: HumanAct): string {
  if (act.kind === 'written') return act.lesson.id;
  return act.kind === 'rolled-back' ? String(act.to) : act.lesson;
}
