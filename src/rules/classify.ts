import type { ErrorClass, FailureType } from '../contracts/failures.ts';

/** What each kind of failure means for what happens next. */
const classes: Record<FailureType, ErrorClass> = {
  InvalidInput: 'data',
  NotServed: 'data',
  CredentialRejected: 'auth',
  PlanRequired: 'auth',
  NotAllowed: 'auth',
  NotFound: 'data',
  InvalidRequest: 'contract',
  TooLarge: 'contract',
  Gone: 'contract',
  RateLimited: 'transient',
  VendorUnavailable: 'transient',
  VendorUnreachable: 'transient',
  VendorSilent: 'transient',
  MalformedAnswer: 'contract',
  DatabaseUnavailable: 'transient',
  NotReady: 'transient',
  JobFailed: 'data',
  OutcomeUnknown: 'auth',
  KeyReused: 'data',
  LeaseLost: 'transient',
  TooManyFailures: 'data',
  SquadLost: 'transient',
  Suppressed: 'data',
  FromStandIn: 'data',
  NotConfirmed: 'data',
  LeftOut: 'data',
  NotAnswered: 'auth',
  ContentBlocked: 'data',
  NotApproved: 'auth',
  FolderUnusable: 'transient',
  HandedBack: 'transient',
  Refused: 'auth',
};

/** What only a person mends, at the vendor or in the settings: what meets it stays open until then. */
export const mendedByPerson: readonly string[] = [
  'CredentialRejected',
  'PlanRequired',
  'NotAllowed',
] satisfies FailureType[];

const isFailureType = (type: string): type is FailureType => Object.hasOwn(classes, type);

/**
 * The class of a failure by its type: `transient` heals by waiting, `auth` by a person,
 * `contract` by another method, `data` by another input; `unknown` is everything unforeseen.
 */
export function errorClassOf(type: string | undefined): ErrorClass {
  return type !== undefined && isFailureType(type) ? classes[type] : 'unknown';
}
