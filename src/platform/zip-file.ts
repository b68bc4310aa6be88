import { createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { createInflateRaw } from 'node:zlib';

/** A packed file whose parts are read one by one, as streams. */
export interface ZipFile {
  /** What is in a part, unpacked while it is read; `undefined` when there is none of this name. */
  part(name: string): Promise<AsyncIterable<Buffer> | undefined>;
  close(): Promise<void>;
}

interface Entry {
  readonly method: number;
  readonly packedBytes: number;
  readonly at: number;
}

const mostDirectoryBytes = 16 * 1_048_576;
const inSixtyFour = 0xffff_ffff;

/**
 * Opens a ZIP file, of more than 4 GB, too. Only its directory is held in memory, so that parts are
 * found in whatever order they stand.
 *
 * @throws {Error} for what is no such file, or is encrypted.
 */
export async function openZip(path: string): Promise<ZipFile> {
  const file = await open(path);
  try {
    const entries = await directoryOf(file);
    return {
      async part(name) {
        const entry = entries.get(name);
        return entry && unpacked(file, path, entry);
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function bytesAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
  if (bytesRead < length) throw new Error('it breaks off');
  return buffer;
}

/** Its parts by their names. */
async function directoryOf(file: FileHandle): Promise<ReadonlyMap<string, Entry>> {
  const { at, length } = await placeOfDirectory(file);
  if (length > mostDirectoryBytes) throw new Error('it has too many parts');
  const directory = await bytesAt(file, at, length);
  const entries = new Map<string, Entry>();
  for (let from = 0; from + 46 <= length;) {
    if (directory.readUInt32LE(from) !== 0x0201_4b50) break;
    if ((directory.readUInt16LE(from + 8) & 1) === 1) throw new Error('it is encrypted');
    const nameEnd = from + 46 + directory.readUInt16LE(from + 28);
    const extraEnd = nameEnd + directory.readUInt16LE(from + 30);
    const [, packedBytes = 0, begin = 0] = longNumbers(
      [24, 20, 42].map((field) => directory.readUInt32LE(from + field)),
      directory.subarray(nameEnd, extraEnd),
    );
    entries.set(directory.toString('utf8', from + 46, nameEnd), {
      ...{ method: directory.readUInt16LE(from + 10), packedBytes, at: begin },
    });
    from = extraEnd + directory.readUInt16LE(from + 32);
  }
  return entries;
}

/** Numbers of which those that need more than 32 bits stand in a field of their own, in their order. */
function longNumbers(numbers: readonly number[], extra: Buffer): readonly number[] {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    let next = at + 4;
    return numbers.map((number) => {
      if (number !== inSixtyFour) return number;
      next += 8;
      return Number(extra.readBigUInt64LE(next - 8));
    });
  }
  return numbers;
}

/** The end of the file says where its directory begins. */
async function placeOfDirectory(
  file: FileHandle,
): Promise<{ readonly at: number; readonly length: number }> {
  const { size } = await file.stat();
  const tailAt = Math.max(0, size - 65_557);
  const tail = await bytesAt(file, tailAt, size - tailAt);
  const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || end + 22 > tail.length) throw new Error('it is no packed file');
  const [length, at] = [tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)];
  if (length !== inSixtyFour && at !== inSixtyFour) return { at, length };
  if (end < 20) throw new Error('it is no packed file');
  const long = await bytesAt(file, Number(tail.readBigUInt64LE(end - 12)), 56);
  return { length: Number(long.readBigUInt64LE(40)), at: Number(long.readBigUInt64LE(48)) };
}

async function unpacked(file: FileHandle, path: string, entry: Entry): Promise<Readable> {
  const head = await bytesAt(file, entry.at, 30);
  if (entry.packedBytes === 0) return Readable.from([]);
  const start = entry.at + 30 + head.readUInt16LE(26) + head.readUInt16LE(28);
  const packed = createReadStream(path, { start, end: start + entry.packedBytes - 1 });
  if (entry.method === 0) return packed;
  if (entry.method !== 8)
    throw new Error(`it is packed in a way that is not known: ${entry.method}`);
  // what goes wrong reaches whoever reads
  return pipeline(packed, createInflateRaw({ chunkSize: 65_536 }), () => undefined);
}
