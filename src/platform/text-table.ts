import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Texts by their number, on disk: however many they are, memory holds a few megabytes of them. */
export interface TextTable {
  /** Gives a text the next number, from 0. */
  add(text: string): void;
  /** `undefined` for a number that no text has. */
  at(number: number): string | undefined;
  close(): void;
}

/** A file without a name: it is gone with the process, whatever becomes of that. */
interface Scratch {
  append(bytes: Buffer): void;
  read(at: number, length: number): Buffer;
  close(): void;
}

const blockBytes = 65_536;
const mostBlocks = 64;
const placeBytes = 8;

/** Readers go through texts nearly in their order, so that blocks are read about once. */
export function createTextTable(): TextTable {
  const folder = mkdtempSync(join(tmpdir(), 'agentic-texts-'));
  const [texts, places] = [scratchIn(folder, 'texts'), scratchIn(folder, 'places')];
  rmSync(folder, { recursive: true });
  let end = 0;
  let count = 0;

  return {
    add(text) {
      const bytes = Buffer.from(text);
      texts.append(bytes);
      end += bytes.length;
      const place = Buffer.alloc(placeBytes);
      place.writeDoubleLE(end);
      places.append(place);
      count += 1;
    },
    at(number) {
      if (!Number.isInteger(number) || number < 0 || number >= count) return undefined;
      const endOf = (of: number) => places.read(of * placeBytes, placeBytes).readDoubleLE();
      const from = number === 0 ? 0 : endOf(number - 1);
      return texts.read(from, endOf(number) - from).toString('utf8');
    },
    close() {
      texts.close();
      places.close();
    },
  };
}

function scratchIn(folder: string, name: string): Scratch {
  const file = openSync(join(folder, name), 'wx+');
  /** By number, the one that was read last behind the others. */
  const blocks = new Map<number, Buffer>();
  let pending: Buffer[] = [];
  let pendingBytes = 0;

  function flush(): void {
    if (pendingBytes > 0) writeSync(file, Buffer.concat(pending));
    pending = [];
    pendingBytes = 0;
  }

  function block(number: number): Buffer {
    const there = blocks.get(number);
    const bytes = there ?? Buffer.alloc(blockBytes);
    if (!there) readSync(file, bytes, 0, blockBytes, number * blockBytes);
    blocks.delete(number);
    blocks.set(number, bytes);
    const [oldest] = blocks.keys();
    if (blocks.size > mostBlocks && oldest !== undefined) blocks.delete(oldest);
    return bytes;
  }

  return {
    append(bytes) {
      pending.push(bytes);
      pendingBytes += bytes.length;
      if (pendingBytes >= blockBytes) flush();
    },
    read(at, length) {
      flush();
      const first = Math.floor(at / blockBytes);
      const last = Math.floor(Math.max(at, at + length - 1) / blockBytes);
      const some = Array.from({ length: last - first + 1 }, (_, number) => block(first + number));
      const [only] = some;
      const bytes = only && some.length === 1 ? only : Buffer.concat(some);
      return bytes.subarray(at - first * blockBytes, at - first * blockBytes + length);
    },
    close: () => closeSync(file),
  };
}
