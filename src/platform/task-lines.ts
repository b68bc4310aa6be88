import { isUtf8 } from 'node:buffer';
import { BadRequest } from '../contracts/check.ts';
import { FailureType } from '../contracts/failures.ts';

/** A text as it comes in, in pieces of any size. */
export type Bytes = AsyncIterable<Uint8Array>;

/** A line of a text, its end included. */
export interface Line {
  /** From 1. */
  readonly number: number;
  readonly content: Buffer;
}

/** No line may be longer; what is big belongs into a file or a table. */
export const mostLineBytes = 2_097_152;
const newline = 0x0a;
/** Bytes of a mark of the byte order, and one more. */
const longestMark = 4;

/**
 * Cuts a text into lines and holds one of them at a time.
 *
 * @throws {BadRequest} naming the first line that is too long or no UTF-8.
 */
export async function* inLines(name: string, bytes: Bytes): AsyncGenerator<Line> {
  let rest: Buffer[] = [];
  let held = 0;
  let number = 0;
  const take = (last: Buffer): Line => {
    const content = rest.length === 0 ? last : Buffer.concat([...rest, last]);
    number += 1;
    rest = [];
    held = 0;
    const at = `${name}, line ${number}`;
    if (content.length > mostLineBytes) throw tooLong(at);
    if (!isUtf8(content)) {
      throw new BadRequest(FailureType.InvalidInput, `${at}: is not UTF-8; save the file as UTF-8`);
    }
    return { number, content };
  };
  for await (const piece of bytes) {
    const buffer = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    let from = 0;
    for (let end = buffer.indexOf(newline); end >= 0; end = buffer.indexOf(newline, from)) {
      yield take(buffer.subarray(from, end + 1));
      from = end + 1;
    }
    if (from === buffer.length) continue;
    rest.push(buffer.subarray(from));
    held += buffer.length - from;
    if (held > mostLineBytes) throw tooLong(`${name}, line ${number + 1}`);
  }
  if (held > 0) yield take(Buffer.alloc(0));
}

/** The refusal of a line, or of a row over several, that memory is not to hold. */
export const tooLong = (at: string): BadRequest =>
  new BadRequest(
    FailureType.InvalidInput,
    `${at}: is longer than ${mostLineBytes / 1_048_576} MiB; keep big things in a file or a table and name them`,
  );

/** The first character of a text that is neither space nor a mark of the byte order, how it begins, and the whole text. */
export async function peeked(
  bytes: Bytes,
): Promise<{ readonly first: string; readonly head: string; readonly all: Bytes }> {
  const iterator = bytes[Symbol.asyncIterator]();
  let begin = Buffer.alloc(0);
  let first = '';
  while (first === '' || begin.length < longestMark) {
    const piece = await iterator.next();
    if (piece.done) break;
    begin = Buffer.concat([begin, piece.value]);
    first = begin.toString('utf8').trim().slice(0, 1);
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      if (begin.length > 0) yield begin;
      for (let piece = await iterator.next(); !piece.done; piece = await iterator.next()) {
        yield piece.value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  return { first, head: begin.toString('utf8'), all: all() };
}
