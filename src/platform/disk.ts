import { statfsSync } from 'node:fs';
import { ApplicationFailure } from '@temporalio/common';
import { FailureType } from '../contracts/failures.ts';

/** What the servers of `npm start` want to have free on the disk of their folder. */
export const neededBytes = 1024 ** 3;

/** Bytes that this user may still write on the disk of a folder. */
export function freeBytesOf(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

const troubles: Readonly<Record<string, string>> = {
  ENOSPC: 'its disk is full. Free some space',
  EDQUOT: 'the quota of this user is used up. Free some space',
  EROFS: 'it is read-only. Mount it so that it can be written',
  EACCES: 'this user may not. Let it write there',
};

/**
 * What keeps a folder from being written, and what to do, as the error of a write tells it;
 * `undefined` for an error that says nothing of the disk.
 *
 * @param setting the one that names the folder.
 */
export function diskTrouble(error: unknown, folder: string, setting: string): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : '';
  const why = troubles[String(code)];
  return why && `${folder} can’t be written: ${why}, or set ${setting} to another folder`;
}

/**
 * Does what writes into a folder. Where the disk does not take it, that is said as
 * `FolderUnusable`, which is tried again: it goes on by itself once there is room.
 */
export async function writingTo<T>(
  folder: string,
  setting: string,
  write: () => Promise<T>,
): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const message = diskTrouble(error, folder, setting);
    if (message === undefined) throw error;
    const type = FailureType.FolderUnusable;
    throw ApplicationFailure.create({
      message,
      type,
      ...(error instanceof Error ? { cause: error } : {}),
    });
  }
}
