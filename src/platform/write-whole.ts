import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/**
 * Writes a file that is there only once it is whole, whoever else writes it: the last one counts.
 *
 * @param signal stops it, and nothing is left of what was written.
 */
export async function writeWhole(
  bytes: Readable,
  path: string,
  signal?: AbortSignal,
): Promise<void> {
  const part = `${path}.${randomUUID().slice(0, 8)}.part`;
  try {
    await pipeline(bytes, createWriteStream(part, { flush: true }), signal ? { signal } : {});
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
