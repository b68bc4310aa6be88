import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';
import { Attempt } from '../contracts/api.ts';
import { FailureType } from '../contracts/failures.ts';
import type { Settlement } from '../platform/gate.ts';
import { withoutKeys } from '../platform/secrets.ts';

/** What a vendor said, as failures and the attempts table keep it: redacted and cut. */
export type VendorAnswer = NonNullable<Attempt['vendorAnswer']>;

const longestAnswer = 4_096;
const longestRetryAfterMs = 3_600_000;

const Details = z
  .array(z.unknown())
  .transform(([first]) => first)
  .pipe(Attempt.shape.vendorAnswer);

/** What the vendor said, redacted, as the door put it into a failure; null when no vendor answered. */
export function answerIn(error: unknown): Attempt['vendorAnswer'] {
  const answer = Details.safeParse(error instanceof ApplicationFailure ? error.details : []);
  return answer.success ? answer.data : null;
}

/** What a vendor said, without secrets and at most 4,096 characters of it. */
export const asAnswer = (
  status: number,
  retryAfter: string | null,
  body: string,
): VendorAnswer => ({
  status,
  retryAfter: retryAfter ?? retryDelayIn(body),
  body: withoutKeys(body).slice(0, longestAnswer),
});

/** Google tells the time to wait in the body: `{"retryDelay": "30s"}`, as seconds. */
function retryDelayIn(body: string): string | null {
  const [, seconds] = /"retryDelay"\s*:\s*"(\d+(?:\.\d+)?)s"/.exec(body) ?? [];
  return seconds ?? null;
}

/** What an answer says of how much more the vendor takes. */
export function settlementOf(
  vendor: string,
  { status, retryAfter }: Pick<VendorAnswer, 'status' | 'retryAfter'>,
): Settlement {
  const forMs = retryAfterMs(retryAfter, Date.now());
  if (status === 429 || status === 503) {
    const why = `${vendor} answered ${status}`;
    return { kind: 'refused', forMs: forMs === 0 ? undefined : forMs, why };
  }
  return { kind: status >= 500 ? 'failed' : 'answered' };
}

/** What each refusal means; anything else from 500 up is the vendor's trouble, below it ours. */
const refusals: Readonly<Record<number, readonly [FailureType, string]>> = {
  400: [FailureType.InvalidRequest, 'refused the request'],
  401: [FailureType.CredentialRejected, 'refused the key: set a new one in the settings'],
  402: [FailureType.PlanRequired, 'says the workspace has no paid plan'],
  403: [FailureType.NotAllowed, 'says the key lacks the right: give it the scope it names'],
  404: [FailureType.NotFound, 'does not know what was asked for'],
  408: [FailureType.VendorUnavailable, 'gave up waiting for the request'],
  410: [FailureType.Gone, 'no longer offers this'],
  413: [FailureType.TooLarge, 'wants a smaller question'],
  422: [FailureType.InvalidRequest, 'refused the request'],
  429: [FailureType.RateLimited, 'asks us to slow down'],
};

/** The failure that a refusal is: transient ones are retried, by the vendor's own time if it told one. */
export function refusalOf(vendor: string, what: string, said: VendorAnswer): ApplicationFailure {
  const [type, meaning] =
    refusals[said.status] ??
    (said.status >= 500
      ? ([FailureType.VendorUnavailable, 'is in trouble'] as const)
      : ([FailureType.InvalidRequest, 'refused the request'] as const));
  const isTransient = type === FailureType.RateLimited || type === FailureType.VendorUnavailable;
  const waitMs = isTransient ? (retryAfterMs(said.retryAfter, Date.now()) ?? 0) : 0;
  return ApplicationFailure.create({
    message: `${vendor} ${meaning} (${said.status} on ${what}): “${wordsOf(said.body)}”`,
    type,
    nonRetryable: !isTransient,
    details: [said],
    ...(waitMs > 0 ? { nextRetryDelay: waitMs } : {}), // Temporal takes 0 for never again
  });
}

/**
 * The failure of a call that brought nothing: the vendor was silent until the deadline, or away, or
 * never reached.
 */
export function noAnswer(
  where: string,
  error: unknown,
  deadline: AbortSignal,
  timeoutMs: number,
): ApplicationFailure {
  const [type, what] = deadline.aborted
    ? [FailureType.VendorSilent, `gave no answer within ${timeoutMs / 1000} s`]
    : isUnreached(error)
      ? [FailureType.VendorUnreachable, `could not be reached: ${reasonOf(error)}`]
      : [FailureType.VendorUnavailable, `cut the connection: ${reasonOf(error)}`];
  return ApplicationFailure.create({ message: `${where} ${what}`, type });
}

/** What Node tells of a call of the system: which one failed. */
const SystemError = z.object({ syscall: z.enum(['connect', 'getaddrinfo']) });
/** Several addresses were tried; each has its own error. */
const ManyErrors = z.object({ errors: z.array(SystemError).min(1) });
/** undici's word for a connection that took too long to come about. */
const ConnectTimeout = z.object({ code: z.literal('UND_ERR_CONNECT_TIMEOUT') });
const Unreached = z.union([SystemError, ManyErrors, ConnectTimeout]);
/** fetch wraps what went wrong; vendors' own clients may not. */
const UnreachedCall = z.union([Unreached, z.object({ cause: Unreached })]);

/** Whether no connection came about: the name or the address did not answer, so nothing was sent. */
const isUnreached = (error: unknown): boolean => UnreachedCall.safeParse(error).success;

/**
 * Milliseconds to wait by a Retry-After header: seconds or an HTTP date (RFC 9110 §10.2.3), at
 * most an hour; `undefined` when there is none or it can't be read.
 */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const ms = /^\s*\d+(\.\d+)?\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), longestRetryAfterMs);
}

/** Where vendors put their words. */
const Words = z.union([
  z.object({ message: z.string() }).transform(({ message }) => message),
  z.object({ error: z.object({ message: z.string() }) }).transform(({ error }) => error.message),
]);

/** The vendor's own words: its message where it sent one, on one line, at most 200 characters. */
function wordsOf(body: string): string {
  const told = Words.safeParse(asJson(body));
  const words = told.success ? told.data : body; // no JSON of that shape: its text is its words
  return words.replaceAll(/\s+/g, ' ').trim().slice(0, 200);
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}

/** The answer that the vendor's client could not read, for the schema to refuse: it is one all the same. */
export function nonsenseIn(thrown: unknown): string {
  const words = thrown instanceof Error ? thrown.message : '';
  if (/is not valid JSON|^Expected response object/.test(words)) return words;
  throw thrown;
}
