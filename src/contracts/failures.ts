import { z } from 'zod';

/**
 * Why work failed, as the activity saw it. Stored in run histories as the failure's `type`:
 * add new ones, never rename or reuse old ones.
 */
export const FailureType = {
  /** The run's own input is wrong; the message names the field. */
  InvalidInput: 'InvalidInput',
  /** Nobody declares this capability, or no account has this name. */
  NotServed: 'NotServed',
  CredentialRejected: 'CredentialRejected',
  PlanRequired: 'PlanRequired',
  NotAllowed: 'NotAllowed',
  NotFound: 'NotFound',
  /** The vendor refused what we asked (400, 422). */
  InvalidRequest: 'InvalidRequest',
  /** The vendor wants a smaller question (413). */
  TooLarge: 'TooLarge',
  /** The vendor took the way away (410). */
  Gone: 'Gone',
  RateLimited: 'RateLimited',
  VendorUnavailable: 'VendorUnavailable',
  /** No connection came about, so the vendor was certainly not asked. */
  VendorUnreachable: 'VendorUnreachable',
  VendorSilent: 'VendorSilent',
  /** An answer that is not what the vendor's contract says. */
  MalformedAnswer: 'MalformedAnswer',
  /** Our own database is away, and without it nothing is sent or paid for. */
  DatabaseUnavailable: 'DatabaseUnavailable',
  /** Not an error: asked too early, ask again later. */
  NotReady: 'NotReady',
  /** A job of the vendor's ended before its time and left nothing; the message says what to do. */
  JobFailed: 'JobFailed',
  /** Nobody can tell whether the vendor did it: a person looks and settles it (`agentic ledger`). */
  OutcomeUnknown: 'OutcomeUnknown',
  /** The business key of an effect was used for another request. */
  KeyReused: 'KeyReused',
  /** Somebody else has taken the effect over; another try finds out how it went. */
  LeaseLost: 'LeaseLost',
  /** More tasks of a swarm failed than its threshold allows. */
  TooManyFailures: 'TooManyFailures',
  /** Squads of a swarm ended again and again without a result. */
  SquadLost: 'SquadLost',
  /** A recipient is on the suppression list; the message names the entry and its reason. */
  Suppressed: 'Suppressed',
  /** Made-up data, or an address that belongs to nobody, was to go to a live vendor. */
  FromStandIn: 'FromStandIn',
  /** Nobody has repeated the text that this asks for; the message says which. */
  NotConfirmed: 'NotConfirmed',
  /** A person has said that this shall not happen. */
  LeftOut: 'LeftOut',
  /** A person was asked, and nobody answered in time. */
  NotAnswered: 'NotAnswered',
  /** A model gave no text, by its own rules or its vendor's; the message says which. */
  ContentBlocked: 'ContentBlocked',
  /** Nobody has approved this, and so it does not leave. */
  NotApproved: 'NotApproved',
  /** A folder of ours can't be written; the message says which, why, and what to do. */
  FolderUnusable: 'FolderUnusable',
  /** A worker that was told to stop had not begun this; the next one does it. */
  HandedBack: 'HandedBack',
  /** Memory refuses every method, and repeating one may do harm; the message names the lessons. */
  Refused: 'Refused',
} as const;
export type FailureType = (typeof FailureType)[keyof typeof FailureType];

/** The five kinds that decide what happens next; `rules/classify.ts` maps types to them. */
export const ErrorClass = z.enum(['transient', 'auth', 'contract', 'data', 'unknown']);
export type ErrorClass = z.infer<typeof ErrorClass>;
