import { statfsSync } from 'node:fs';

/** What the servers of `npm start` want to have free on the disk of their folder. */
export const neededBytes = 1024 ** 3;

/** Bytes that this user may still write on the disk of a folder. */
export function freeBytesOf(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
