/** How long a vendor is asked that answers a question with something broken, or with a refusal. */
import { ApplicationFailure } from '@temporalio/common';
import { FailureType } from '../contracts/failures.ts';
import type { Found } from '../platform/ledger.ts';
import { mendedByPerson } from '../rules/classify.ts';

const mostBroken = 3;

/** Asks about one thing. @throws what `ask` throws: a broken answer is final when it is the third in a row. */
export type Patience = <T>(about: string, ask: () => Promise<T>) => Promise<T>;

/** Counts broken answers about each thing: it is asked about in so many tries that their number says nothing. */
export function createPatience(): Patience {
  const inRow = new Map<string, number>();
  return async (about, ask) => {
    const before = inRow.get(about) ?? 0;
    inRow.delete(about);
    try {
      return await ask();
    } catch (error) {
      const { MalformedAnswer } = FailureType;
      if (!(error instanceof ApplicationFailure) || error.type !== MalformedAnswer) throw error;
      const isFinal = before + 1 >= mostBroken;
      if (!isFinal) inRow.set(about, before + 1);
      throw ApplicationFailure.create({
        message: error.message,
        type: MalformedAnswer,
        nonRetryable: isFinal,
        ...(error.details ? { details: error.details } : {}),
      });
    }
  };
}

/** A look-up that can never be answered tells nothing: that is for a person. @throws all other failures. */
export function cannotTell(error: unknown): Extract<Found<never>, { kind: 'cannot-tell' }> {
  const isFinal = error instanceof ApplicationFailure && error.nonRetryable === true;
  if (!isFinal || mendedByPerson.includes(error.type ?? '')) throw error;
  return {
    kind: 'cannot-tell',
    reason: `its answer was lost, and the vendor cannot be asked about it: ${error.message}`,
  };
}
