import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';

/** A process of ours as it is noted on disk: enough to know it again after its parent is gone. */
const ProcessRecord = z.object({
  name: z.string(),
  pid: z.int().positive(),
  /** The whole command line: a number that was given to another process does not match it. */
  command: z.string(),
  stopSignal: z.enum(['SIGTERM', 'SIGINT']),
});
export type ProcessRecord = z.infer<typeof ProcessRecord>;

/** The command line of a living process, or `undefined` when there is none with this number. */
export function commandLine(pid: number): string | undefined {
  try {
    const line =
      process.platform === 'linux'
        ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
        : execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    return line.trim() || undefined; // a zombie has an empty one
  } catch {
    return undefined;
  }
}

/** Notes which processes run now, in one step, so that a crash leaves the old note or the new one. */
export function writeRecords(file: string, records: readonly ProcessRecord[]): void {
  writeFileSync(`${file}.new`, JSON.stringify(records, null, 2));
  renameSync(`${file}.new`, file);
}

/**
 * Ends what an earlier start left behind because it was killed itself. A process is touched only
 * while its command line is still the noted one.
 *
 * @returns the names of the processes that were ended.
 */
export async function endLeftOvers(file: string, graceMs = 10_000): Promise<readonly string[]> {
  const alive = readRecords(file).filter(isSame);
  for (const { pid, stopSignal } of alive) signal(pid, stopSignal);
  const giveUpAt = Date.now() + graceMs;
  while (alive.some(isSame) && Date.now() < giveUpAt) await delay(50);
  for (const { pid } of alive.filter(isSame)) signal(-pid, 'SIGKILL');
  rmSync(file, { force: true });
  return alive.map((record) => record.name);
}

/** Sends a signal to a process, or with a negative number to its group; one that is gone is fine. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it ended in the meantime, which is what was wanted
  }
}

function isSame({ pid, command }: ProcessRecord): boolean {
  return commandLine(pid) === command;
}

function readRecords(file: string): readonly ProcessRecord[] {
  try {
    return z.array(ProcessRecord).parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return []; // no earlier start, or a note from another version
  }
}
