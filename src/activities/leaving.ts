import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { FailureType } from '../contracts/failures.ts';

/**
 * What a process that was told to stop says of work that it has not begun: another one takes it up.
 * The signal of leaving is aborted with it, and whatever waits in line throws it at once.
 */
export const handedBack = (): ApplicationFailure =>
  ApplicationFailure.create({
    message: 'Its worker was told to stop before it came to this: another one takes it up',
    type: FailureType.HandedBack,
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay: 100,
  });
