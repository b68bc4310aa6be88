/** What the ledger says of something that is to happen once, in words for people. */
import { ApplicationFailure } from '@temporalio/common';
import type { DryRun } from '../contracts/dry-run.ts';
import { FailureType } from '../contracts/failures.ts';
import type { Ledger, Outcome } from '../platform/ledger.ts';

/** The key of what is to happen, and the sentence that says what it is. */
interface Planned {
  readonly key: string;
  readonly summary: string;
}

/** Why a run would be refused, as it would say it. */
export type Refusal = DryRun['refusals'][number];

/** Sooner than this nobody is asked again. */
export const soonestRetryMs = 100;

/** What the ledger says, as the activity's failure. */
export function failureOf(
  outcome: Exclude<Outcome<unknown>, { kind: 'done' }>,
  { summary, key }: Planned,
): ApplicationFailure {
  switch (outcome.kind) {
    case 'in-flight':
      return ApplicationFailure.create({
        message: `${key} is under way, or may still arrive: the vendor is asked again`,
        type: FailureType.NotReady,
        nextRetryDelay: Math.max(Math.ceil(outcome.retryInMs), soonestRetryMs),
      });
    case 'refused':
      return ApplicationFailure.nonRetryable(...leftOut(key, outcome.reason));
    case 'unknown':
      return ApplicationFailure.nonRetryable(...unknown(key, summary, outcome.reason));
  }
}

type Words = readonly [message: string, type: string];

const leftOut = (key: string, reason: string): Words => [
  `This shall not happen: ${reason}. \`agentic ledger settle ${key} not-done --reason …\` takes that back`,
  FailureType.LeftOut,
];

const unknown = (key: string, summary: string, reason: string): Words => [
  `Nobody can tell whether this happened: ${summary} (${reason}). Look at the vendor, then say it with \`agentic ledger settle ${key} done|not-done --reason …\``,
  FailureType.OutcomeUnknown,
];

/** Why the ledger would refuse a run. */
export function refusalsOf(
  row: NonNullable<Awaited<ReturnType<Ledger['look']>>>,
  { key, summary }: Planned,
): readonly Refusal[] {
  const asRefusal = ([message, failure]: Words): Refusal => ({ failure, message });
  if (row.state === 'refused') return [asRefusal(leftOut(key, row.reason))];
  if (row.state === 'unknown') return [asRefusal(unknown(key, summary, row.reason))];
  if (row.isSameRequest || row.state === 'intent') return [];
  const message = `${key} stands for another request already (${row.state}): what was sent is not sent again with other content`;
  return [{ failure: FailureType.KeyReused, message }];
}
