import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';
import { Attempt } from '../contracts/api.ts';

const Details = z
  .array(z.unknown())
  .transform(([first]) => first)
  .pipe(Attempt.shape.vendorAnswer);

/** What the vendor said, redacted, as the door put it into a failure; null when no vendor answered. */
export function answerIn(error: unknown): Attempt['vendorAnswer'] {
  const answer = Details.safeParse(error instanceof ApplicationFailure ? error.details : []);
  return answer.success ? answer.data : null;
}
