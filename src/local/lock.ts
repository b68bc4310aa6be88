import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { commandLine } from './process-record.ts';

/** Either the lock is ours until `release`, or the process that holds it. */
export type Lock =
  | { readonly kind: 'held'; readonly release: () => void }
  | { readonly kind: 'taken'; readonly pid: number };

/** What this process holds: after a restart of the machine an old lock may carry our own number. */
const ours = new Set<string>();

/**
 * Takes a lock that a crash cannot leave behind: it holds while the process that wrote it lives
 * with the same command line.
 */
export function takeLock(file: string): Lock {
  mkdirSync(dirname(file), { recursive: true });
  const own = `${process.pid}\n${commandLine(process.pid) ?? ''}`;
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, own);
  try {
    for (;;) {
      try {
        linkSync(draft, file); // whole or not at all, and only one of two wins
        ours.add(file);
        return { kind: 'held', release: () => release(file, own) };
      } catch (error) {
        if (!isTaken(error)) throw error;
        const holder = read(file);
        if (holder === undefined) continue; // given back just now
        const [pid = '', command = ''] = holder.split('\n');
        const isAlive =
          Number(pid) === process.pid ? ours.has(file) : commandLine(Number(pid)) === command;
        if (isAlive) {
          return { kind: 'taken', pid: Number(pid) };
        }
        release(file, holder);
      }
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

function isTaken(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'EEXIST';
}

function release(file: string, content: string): void {
  if (read(file) !== content) return;
  ours.delete(file);
  rmSync(file, { force: true });
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
