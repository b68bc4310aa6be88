import { ApplicationFailure } from '@temporalio/common';
import { FailureType } from '../../contracts/failures.ts';

/**
 * Asks about many things a few at a time, one call after the other. When the vendor finds a
 * question too large, that chunk is halved and asked again, and later ones stay that small.
 *
 * @returns all answers, and the chunk size that the vendor took in the end; none where nothing was as
 * large as a chunk.
 * @throws `TooLarge` when even a single one is too much.
 */
export async function inChunks<T>(
  subjects: readonly string[],
  chunkSize: number,
  ask: (chunk: readonly string[]) => Promise<readonly T[]>,
): Promise<{ readonly answers: T[]; readonly chunkSize?: number }> {
  const answers: T[] = [];
  let size = chunkSize;
  let wasFull = false;
  let from = 0;
  while (from < subjects.length) {
    const chunk = subjects.slice(from, from + size);
    try {
      answers.push(...(await ask(chunk)));
      from += chunk.length;
      wasFull ||= chunk.length === size;
    } catch (error) {
      if (!isTooLarge(error) || chunk.length === 1) throw error;
      size = Math.floor(chunk.length / 2);
    }
  }
  return wasFull ? { answers, chunkSize: size } : { answers };
}

const isTooLarge = (error: unknown): boolean =>
  error instanceof ApplicationFailure && error.type === FailureType.TooLarge;
