import { createHash } from 'node:crypto';
import { copyFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { agents } from '../contracts/agents.ts';
import type { World } from '../contracts/memory.ts';
import type { Database } from './database.ts';
import { diskTrouble } from './disk.ts';
import { createFileEdits } from './file-edits.ts';
import { BadMemoryFile } from './lesson-text.ts';
import {
  lessonsSection,
  readAround,
  readMemoryFile,
  withLessons,
  type MemoryFile,
} from './memory-file.ts';
import { createMemoryFileRows, nameOf } from './memory-file-rows.ts';
import { indexFile } from './memory-index.ts';
import { createMemoryStore, type MemoryOwner, type MemorySnapshot } from './memory-store.ts';
import { readBytes, readTextFile, replaceFile, type Replaced } from './replace-file.ts';

/** Where the files of each world are. */
export type MemoryFolders = Readonly<Record<World, string>>;

/** Where the file of a memory is. */
export const memoryFileOf = (folders: MemoryFolders, { agent, world }: MemoryOwner): string =>
  join(folders[world], `${agent}.md`);

interface MemoryFilesDeps {
  readonly database: Database;
  readonly folders: MemoryFolders;
  /** Tells people that a file can't be read, or can be read again. */
  readonly say: (words: string) => void;
}

/** Keeps files and memories the same. One process at a time: what it finds changed people have done. */
export interface MemoryFiles {
  /**
   * Reads what people have edited into memory, and writes memory to the files, where it has changed.
   *
   * @param mayGoOn asked before each change; false ends it, because somebody else may be at it.
   * @returns whether a file is just being edited, so that another look is worth it soon.
   */
  look(mayGoOn?: () => boolean): Promise<boolean>;
  close(): void;
}

const worlds = ['live', 'stand-in'] as const;
/** A file that holds the same for so long is not in the middle of being saved. */
const settledMs = 250;
/** The settings that name the folders. */
const folderSettings = { live: 'INFORMATION_DIR', 'stand-in': 'AGENTIC_STATE_DIR' } as const;

/** @param deps the database with memories, and where the files are. */
export function createMemoryFiles({ database, folders, say }: MemoryFilesDeps): MemoryFiles {
  const store = createMemoryStore(database);
  const rows = createMemoryFileRows(database);
  const edits = createFileEdits({ database, store });
  const seen = new Map<string, { readonly hash: string; readonly at: number }>();
  /** What keeps files from being written, by their path. */
  const unwritable = new Map<string, string>();
  const replaced = new Map<string, Replaced & { readonly next: string }>();
  /** How file and memory were when there was nothing to do. */
  const same = new Map<string, string>();

  function isSettled(path: string, text: string | undefined): boolean {
    const hash = hashOf(text);
    const last = seen.get(path);
    if (last?.hash === hash) return performance.now() - last.at >= settledMs;
    seen.set(path, { hash, at: performance.now() });
    return false;
  }

  /** @returns false when the file holds something else by now. */
  function write(path: string, before: string | undefined, next: string): boolean {
    const done = replaceFile(path, before, next);
    if (!done) return false;
    if (unwritable.delete(path)) say(`${path} is written again`);
    replaced.get(path)?.close();
    replaced.set(path, { ...done, next });
    return true;
  }

  /** Brings back what somebody who had the file open saved into the one that was replaced. */
  function bringBackLate(path: string): void {
    const last = replaced.get(path);
    const late = last?.late();
    if (last === undefined || late === undefined || late === '') return;
    replaced.delete(path);
    last.close();
    replaceFile(path, last.next, late)?.close();
  }

  async function trouble(of: MemoryOwner, path: string, error: unknown): Promise<void> {
    const words = diskTrouble(error, dirname(path), folderSettings[of.world]);
    if (words !== undefined) {
      if (unwritable.get(path) !== words) say(`${words}. Memory goes on; ${path} follows it later`);
      unwritable.set(path, words);
      return;
    }
    if (!(error instanceof BadMemoryFile)) throw error;
    if (!(await rows.noteTrouble(of, { path, lines: error.lines }))) return;
    const how = `Mend it, or throw it away with \`agentic memory restore ${of.agent}\``;
    say(`${path} is neither read nor written. ${error.message}. ${how}`);
  }

  async function sync(of: MemoryOwner, path: string, mayGoOn: () => boolean): Promise<boolean> {
    const row = await rows.read(of);
    const isRestored = row?.restoreFor != null;
    const text = isRestored ? readOrSetAside(path) : readTextFile(path);
    if (text !== row?.content && !isSettled(path, text)) return true;
    const isRead = text !== undefined && !isRestored;
    const good = row === undefined || row.content === '' ? skeleton(of) : row.content;
    const file = isRead ? readMemoryFile(text) : around(text, good);
    if (isRead && !file.section && readAround(row?.content ?? '').section) {
      throw new BadMemoryFile({ line: 1, reason: sectionIsGone });
    }
    if (!mayGoOn()) return true;
    if (isRead) await edits.take(of, path, file);
    const live = await store.current(of);
    if (live.seq === 0) return false;
    if (isRead) await edits.checkObeyed(of, file, live);
    const next = projected(file, live);
    if (!mayGoOn()) return true;
    if (isRestored && text !== undefined) copyFileSync(path, asideOf(path));
    if (next !== text && !write(path, text, next)) return true;
    if (next !== row?.content || row.trouble || isRestored) {
      await rows.noteWritten(of, { path, content: next }, { isRestored });
    }
    if (row?.trouble) say(`${path} is read and written again`);
    return false;
  }

  /** The index of a world's lessons, in its master file. */
  async function index(of: MemoryOwner, path: string, mayGoOn: () => boolean): Promise<boolean> {
    const { world } = of;
    const owners = (await store.owners()).filter((each) => each.world === world);
    if (owners.length === 0) return false;
    const memories = await Promise.all(
      owners.map(async (each) => {
        const { memory } = await store.current(each);
        return { agent: each.agent, lessons: memory.lessons };
      }),
    );
    const text = readTextFile(path);
    const next = indexFile(text, world, memories);
    const row = await rows.read(of);
    if (row?.trouble) await rows.noteWritten(of, { path, content: next }, { isRestored: true });
    if (next === text) return false;
    return !isSettled(path, text) || !mayGoOn() || !write(path, text, next);
  }

  /** Leaves alone what is as it was when there was nothing to do. @returns whether to look again soon. */
  async function unlessSame(
    of: MemoryOwner,
    mark: string,
    act: (path: string) => Promise<boolean>,
  ): Promise<boolean> {
    const path = memoryFileOf(folders, of);
    try {
      bringBackLate(path);
      const now = `${mark} ${hashOf(readBytes(path))}`;
      if (same.get(path) === now) return false;
      same.delete(path);
      if (await act(path)) return true;
      same.set(path, now);
    } catch (error) {
      await trouble(of, path, error);
    }
    return false;
  }

  return {
    async look(mayGoOn = () => true) {
      let isBusy = false;
      const owners = worlds.flatMap((world) => agents.map(({ id }) => ({ agent: id, world })));
      const masters = worlds.map((world) => ({ agent: 'information', world }));
      const marks = await rows.marks([...owners, ...masters]);
      for (const of of owners) {
        const again = await unlessSame(of, marks.get(nameOf(of)) ?? '', (path) =>
          sync(of, path, mayGoOn),
        );
        isBusy ||= again;
      }
      for (const of of masters) {
        const lessons = owners.filter(({ world }) => world === of.world);
        const mark = [...lessons, of].map((each) => marks.get(nameOf(each))).join('; ');
        const again = await unlessSame(of, mark, (path) => index(of, path, mayGoOn));
        isBusy ||= again;
      }
      return isBusy;
    },
    close: () => replaced.forEach((each) => each.close()),
  };
}

const hashOf = (text: string | Uint8Array | undefined): string =>
  createHash('sha1')
    .update(text ?? 'no file')
    .digest('hex');

/** Where a broken file goes when its section is written anew. */
const asideOf = (path: string): string => `${path}.broken`;

/** The text of a file that shall be restored; what is no text is put aside as it is. */
function readOrSetAside(path: string): string | undefined {
  try {
    return readTextFile(path);
  } catch (error) {
    if (!(error instanceof BadMemoryFile)) throw error;
    renameSync(path, asideOf(path));
    return undefined;
  }
}

const sectionIsGone =
  'the section “## Lessons” is gone; lessons are deleted one by one, or all below its heading';

/** What people wrote around a section that is not read: that of the file, if it can be told. */
function around(text: string | undefined, good: string): MemoryFile {
  if (text === undefined) return readAround(good);
  try {
    return readAround(text);
  } catch (error) {
    if (error instanceof BadMemoryFile) return readAround(good);
    throw error;
  }
}

function skeleton({ agent, world }: MemoryOwner): string {
  const description = agents.find(({ id }) => id === agent)?.description ?? '';
  return world === 'live'
    ? `# ${agent}\n\n${description}.\n`
    : `# ${agent}, on stand-ins\n\nWhat stand-ins have taught. Nothing of this counts for live vendors.\n`;
}

/** The file with memory as it is now; the file as it is, if that says the same already. */
function projected(file: MemoryFile, live: MemorySnapshot): string {
  const { lessons } = live.memory;
  const { text = '', asOf = null } = file.section ?? {};
  const isSame = asOf && lessonsSection(lessons, asOf) === `${text.trimEnd()}\n`;
  return withLessons(file, lessonsSection(lessons, isSame ? asOf : live));
}
