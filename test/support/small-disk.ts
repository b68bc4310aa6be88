import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from './scratch.ts';

/** A folder on a disk of its own, which can be full or read-only. */
export interface SmallDisk {
  readonly folder: string;
  /** Leaves no byte free. */
  readonly fill: () => void;
  readonly free: () => void;
  readonly setReadOnly: (isReadOnly: boolean) => void;
  readonly end: () => void;
}

const mount = (...args: readonly string[]): unknown =>
  execFileSync('mount', args, { stdio: 'ignore' });

/** Mounts a disk in memory. @returns `undefined` where this user, or this machine, does not mount. */
export function smallDisk(megabytes: number): SmallDisk | undefined {
  const folder = join(scratchFolder(), 'disk');
  mkdirSync(folder);
  try {
    mount('-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'tmpfs', folder);
  } catch {
    return undefined;
  }
  const filler = join(folder, 'filler');
  return {
    folder,
    fill() {
      const file = openSync(filler, 'a');
      for (const bytes of [1_048_576, 4_096]) {
        const block = Buffer.alloc(bytes, 'x');
        try {
          while (writeSync(file, block) === bytes);
        } catch {
          // it is full for blocks of this size
        }
      }
      closeSync(file);
    },
    free: () => rmSync(filler, { force: true }),
    setReadOnly: (isReadOnly) => mount('-o', `remount,${isReadOnly ? 'ro' : 'rw'}`, folder),
    end: () => execFileSync('umount', ['-l', folder], { stdio: 'ignore' }),
  };
}

/** Whether disks can be mounted here: tests that need one are skipped, visibly, where not. */
export const canMount = (): boolean => {
  const disk = smallDisk(1);
  disk?.end();
  return disk !== undefined;
};
