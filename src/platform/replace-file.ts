import {
  closeSync,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { BadMemoryFile } from './lesson-text.ts';

/** A file that was replaced, and an eye on the one before it. */
export interface Replaced {
  /** What somebody has written into the old file since, who had it open; `undefined` when nobody has. */
  late(): string | undefined;
  /** Stops looking. */
  close(): void;
}

/** Reads a file. @returns `undefined` when there is none. */
export function readBytes(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/**
 * Reads a text file. @returns `undefined` when there is none.
 *
 * @throws {BadMemoryFile} when it is not UTF-8: written back it would not be the same.
 */
export function readTextFile(path: string): string | undefined {
  const bytes = readBytes(path);
  try {
    return bytes && inUtf8(bytes);
  } catch (error) {
    if (!isCode(error, 'ERR_ENCODING_INVALID_ENCODED_DATA')) throw error;
    throw new BadMemoryFile({ line: 1, reason: 'expected a text in UTF-8' });
  }
}

/**
 * Puts a text in the place of a file in one step: readers see the old one or the new one, and what
 * somebody saved in between stays.
 *
 * @param expected what the file holds now, `undefined` when it is not there.
 * @returns `undefined` when it holds something else by now; nothing was written then.
 */
export function replaceFile(
  path: string,
  expected: string | undefined,
  next: string,
): Replaced | undefined {
  mkdirSync(dirname(path), { recursive: true });
  const target = expected === undefined ? path : realpathSync(path);
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
  const mode = expected === undefined ? 0o644 : statSync(target).mode;
  writeFileSync(temporary, next, { mode, flush: true });
  try {
    if (expected === undefined) {
      linkSync(temporary, target); // unlike a rename it leaves alone what is there by now
      return { late: () => undefined, close: () => undefined };
    }
    const old = openSync(target, 'r');
    if (textOf(old) !== expected) {
      closeSync(old);
      return undefined;
    }
    renameSync(temporary, target);
    return {
      late() {
        const text = textOf(old);
        return text === expected ? undefined : text;
      },
      close: () => closeSync(old),
    };
  } catch (error) {
    if (isCode(error, 'EEXIST') || isCode(error, 'ENOENT')) return undefined;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** What an open file holds, wherever it stands by now; `undefined` when it is no text. */
function textOf(file: number): string | undefined {
  const bytes = Buffer.alloc(fstatSync(file).size);
  readSync(file, bytes, 0, bytes.length, 0);
  try {
    return inUtf8(bytes);
  } catch {
    return undefined;
  }
}

const inUtf8 = (bytes: Uint8Array): string =>
  new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);

const isCode = (error: unknown, code: string): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === code;
