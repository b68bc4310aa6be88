import type { EffectState, EffectVerdict } from '../contracts/effects.ts';
import type { FailureType } from '../contracts/failures.ts';

/** Answers after which the vendor certainly does not have the effect, or was never asked. */
const definite: readonly string[] = [
  'InvalidRequest',
  'CredentialRejected',
  'PlanRequired',
  'NotAllowed',
  'NotFound',
  'Gone',
  'TooLarge',
  'RateLimited',
  'VendorUnreachable',
  'DatabaseUnavailable',
  'HandedBack',
] satisfies FailureType[];

/** Whether a failed write has certainly not happened, by its failure type. */
export const isDefiniteRefusal = (failureType: string | null | undefined): boolean =>
  typeof failureType === 'string' && definite.includes(failureType);

/** What a row of the ledger says at one moment of the database's clock. */
export interface EffectFacts {
  readonly state: EffectState;
  /** The request behind the key is the one it was first used for. */
  readonly isSameRequest: boolean;
  /** Somebody holds it now. */
  readonly isLeased: boolean;
  /** What was sent last may still be on its way. */
  readonly isQuarantined: boolean;
}

/** What whoever wants the effect does next. */
export type EffectStep =
  | 'reject'
  | 'answer-done'
  | 'answer-refused'
  | 'answer-unknown'
  | 'wait'
  | 'send'
  | 'look-up'
  | 'give-up';

/**
 * The next step for an effect that is in the ledger already.
 *
 * @param canLookUp whether the vendor can be asked if it has the effect.
 */
export function nextStep(facts: EffectFacts, canLookUp: boolean): EffectStep {
  // what was never sent may be corrected
  if (!facts.isSameRequest && facts.state !== 'intent') return 'reject';
  switch (facts.state) {
    case 'done':
      return 'answer-done';
    case 'refused':
      return 'answer-refused';
    case 'unknown':
      return 'answer-unknown';
    case 'intent':
      return facts.isLeased ? 'wait' : 'send';
    case 'sending':
      if (facts.isLeased) return 'wait';
      return canLookUp ? 'look-up' : 'give-up';
  }
}

/**
 * What follows when the vendor says that it does not have an effect. That counts only when it was
 * asked after the quarantine: before, the effect may still arrive.
 *
 * @param before the row as it stood before the vendor was asked.
 */
export const afterAbsence = (before: Pick<EffectFacts, 'isQuarantined'>): 'send' | 'wait' =>
  before.isQuarantined ? 'wait' : 'send';

/** Where a person's word leads. */
export const stateAfter = {
  done: 'done',
  'not-done': 'intent',
  'leave-out': 'refused',
} as const satisfies Record<EffectVerdict, EffectState>;

/** Why a person may not settle this now, as a sentence; `null` when they may. */
export function objectionTo(
  verdict: EffectVerdict,
  { state, isLeased, isQuarantined }: Omit<EffectFacts, 'isSameRequest'>,
): string | null {
  if (state === 'done') return 'It is done; that stands.';
  if (state === stateAfter[verdict]) return `It is ${state} already.`;
  if (isLeased) return 'A worker is at it: wait until its lease is over.';
  if (state === 'sending' && isQuarantined)
    return 'It may still arrive at the vendor: wait until its quarantine is over.';
  return null;
}
