import { isUtf8 } from 'node:buffer';
import { activityInfo, cancellationSignal, log } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { z } from 'zod';
import type { Attempt } from '../contracts/api.ts';
import type { Effect, OnceEffect } from '../contracts/capability.ts';
import { FailureType } from '../contracts/failures.ts';
import type { Gate, Settlement } from '../platform/gate.ts';
import { partyOf } from '../rules/flow.ts';
import type { WritePermit } from './once.ts';
import { createTurns, type Flow } from './turn.ts';

/** One call of a vendor. `url` carries the query; secrets go in `headers` only. */
export interface VendorCall<E extends Effect = Effect> {
  readonly vendor: string;
  readonly flow: Flow<E>;
  readonly url: URL;
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** What a vendor said, as failures and the attempts table keep it: redacted and cut. */
type VendorAnswer = NonNullable<Attempt['vendorAnswer']>;

/** The only way to a vendor. */
export interface Door {
  /**
   * Waits for the call's turn, calls the vendor once and checks its answer. A 429 or
   * 503 stops all calls of the same login until the vendor's own time, or a guessed one.
   *
   * @throws `RateLimited` when its turn is more than 5 s away, `DatabaseUnavailable` where it can't
   * have one; a failure typed by what the vendor said; `VendorSilent` after 30 s without an answer;
   * `MalformedAnswer` for a body that isn't what `answer` describes, or is longer than 16 MiB. Transient ones are retried.
   */
  call<T>(call: VendorCall<'read' | 'upsert'>, answer: z.ZodType<T>): Promise<T>;
  /** Does in its turn what needs no vendor. @throws as `call` does, until it is its turn. */
  inTurn<T>(flow: Flow, work: (stopped: AbortSignal) => Promise<T>): Promise<T>;
  /**
   * The same for a write that must not be repeated blindly; only `once` has the permit. Ends with
   * the signal, too.
   */
  write<T>(permit: WritePermit, call: OnceCall, answer: z.ZodType<T>): Promise<T>;
}

/** A write, and when it must be over. */
interface OnceCall extends VendorCall<OnceEffect> {
  readonly signal: AbortSignal;
}

const defaultTimeoutMs = 30_000;
/** A lease outlives the slowest call, so that it is only lost with its process. */
const leaseMarginMs = 5_000;
const longestAnswer = 4_096;
/** Far above what any question of ours is answered with. */
const mostAnswerBytes = 16 * 1_048_576;
const longestRetryAfterMs = 3_600_000;
/** A broken body may be a torn connection; the same one three times over is the vendor's new shape. */
const malformedTries = 3;
const userAgent = 'agentic-os/0.1';

/** Who calls: an activity unless something else is given. */
interface DoorOptions {
  readonly gate: Gate;
  /** How long a call may take, the body included. */
  readonly timeoutMs?: number;
  /** Aborts calls under way. */
  readonly stopped?: () => AbortSignal;
  /** Told of each answer, in one line. */
  readonly note?: (line: string) => void;
  /** Which try of the caller this is, from 1. */
  readonly attempt?: () => number;
  /** Who shares the login evenly with all others that call it. */
  readonly party?: () => string;
}

/** Opens the way to the vendors. */
export function createDoor({
  gate,
  timeoutMs = defaultTimeoutMs,
  stopped = cancellationSignal,
  note = (line) => {
    log.info(line);
  },
  attempt = () => activityInfo().attempt,
  party = () => partyOf(activityInfo().workflowExecution?.workflowId ?? ''),
}: DoorOptions): Door {
  const takeTurn = createTurns(gate);

  /** Does it in its turn, after which the gate knows how it went. */
  async function inTurn<T>(
    flow: Flow,
    stop: AbortSignal,
    work: () => Promise<T>,
    endOf: (done: T) => Settlement,
  ): Promise<T> {
    const lease = await takeTurn(flow, {
      party: party(),
      holdMs: timeoutMs + leaseMarginMs,
      stopped: stop,
    });
    let end: Settlement = { kind: 'given-back' };
    try {
      const done = await work();
      end = endOf(done);
      return done;
    } catch (error) {
      if (error instanceof ApplicationFailure) end = { kind: 'failed' };
      throw error;
    } finally {
      await gate.settle(lease, end);
    }
  }

  async function ask<T>(call: VendorCall, answer: z.ZodType<T>, stop: AbortSignal): Promise<T> {
    const began = Date.now();
    const { text, wrong, response } = await inTurn(
      call.flow,
      stop,
      () => exchange(call, timeoutMs, stop),
      (exchanged) => settlementOf(call, exchanged.response),
    );
    note(
      `${call.vendor} answered ${response.status} to ${call.method ?? 'GET'} ${call.url.pathname} in ${Date.now() - began} ms`,
    );
    const said = answerOf(response, text);
    if (!response.ok) throw refusalOf(call, said);
    try {
      if (wrong !== null) throw new Unexpected(wrong);
      return read(text, answer);
    } catch (error) {
      if (!(error instanceof Unexpected)) throw error;
      throw ApplicationFailure.create({
        message: `${call.vendor} answered ${call.url.pathname} with something unexpected: ${error.message}`,
        type: FailureType.MalformedAnswer,
        nonRetryable: attempt() >= malformedTries,
        details: [said],
      });
    }
  }

  return {
    call: (call, answer) => ask(call, answer, stopped()),
    inTurn(flow, work) {
      const stop = stopped();
      return inTurn(
        flow,
        stop,
        () => work(stop),
        () => ({ kind: 'answered' }),
      );
    },
    write: (_, { signal, ...call }, answer) =>
      ask(call, answer, AbortSignal.any([stopped(), signal])),
  };
}

interface Exchanged {
  readonly response: Response;
  readonly text: string;
  /** Why the text is not all of what came, as a sentence. */
  readonly wrong: string | null;
}

async function exchange(
  { vendor, url, method = 'GET', headers, body }: VendorCall,
  timeoutMs: number,
  stopped: AbortSignal,
): Promise<Exchanged> {
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method,
      headers: {
        accept: 'application/json',
        'user-agent': userAgent,
        ...headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any([deadline, stopped]),
    });
    return { response, ...(await bodyOf(response)) };
  } catch (error) {
    if (stopped.aborted) throw error;
    const where = `${vendor} (${url.host}${url.pathname})`;
    throw ApplicationFailure.create(
      deadline.aborted
        ? {
            message: `${where} gave no answer within ${timeoutMs / 1000} s`,
            type: FailureType.VendorSilent,
          }
        : {
            message: `${where} could not be reached or cut the connection: ${reasonOf(error)}`,
            type: FailureType.VendorUnavailable,
          },
    );
  }
}

/** A body as text, as much of it as is taken. */
async function bodyOf(response: Response): Promise<Pick<Exchanged, 'text' | 'wrong'>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const body: AsyncIterable<Uint8Array> | null = response.body;
  for await (const chunk of body ?? []) {
    length += chunk.byteLength;
    if (length > mostAnswerBytes) {
      const start = new TextDecoder().decode(chunks[0]);
      return { text: start, wrong: `it is longer than ${mostAnswerBytes / 1_048_576} MiB` };
    }
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  const text = new TextDecoder().decode(bytes);
  return { text, wrong: isUtf8(bytes) ? null : 'it is not text in UTF-8' };
}

/** What an answer says of how much more the vendor takes. */
function settlementOf({ vendor }: VendorCall, { status, headers }: Response): Settlement {
  const forMs = retryAfterMs(headers.get('retry-after'), Date.now());
  if (status === 429 || status === 503) {
    const why = `${vendor} answered ${status}`;
    return { kind: 'refused', forMs: forMs === 0 ? undefined : forMs, why };
  }
  return { kind: status >= 500 ? 'failed' : 'answered' };
}

/** The answer as `answer` describes it. @throws {@link Unexpected} saying what is wrong with it. */
function read<T>(text: string, answer: z.ZodType<T>): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Unexpected('it is not JSON');
  }
  const result = answer.safeParse(json);
  if (result.success) return result.data;
  const [first] = result.error.issues;
  const place = first?.path.length ? first.path.join('.') : 'its root';
  throw new Unexpected(`at ${place}: ${first?.message ?? ''}`);
}

class Unexpected extends Error {}

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

function refusalOf({ vendor, url }: VendorCall, said: VendorAnswer): ApplicationFailure {
  const [type, meaning] =
    refusals[said.status] ??
    (said.status >= 500
      ? ([FailureType.VendorUnavailable, 'is in trouble'] as const)
      : ([FailureType.InvalidRequest, 'refused the request'] as const));
  const isTransient = type === FailureType.RateLimited || type === FailureType.VendorUnavailable;
  const nextRetryDelay = isTransient ? retryAfterMs(said.retryAfter, Date.now()) : undefined;
  return ApplicationFailure.create({
    message: `${vendor} ${meaning} (${said.status} on ${url.pathname}): “${wordsOf(said.body)}”`,
    type,
    nonRetryable: !isTransient,
    details: [said],
    ...(nextRetryDelay === undefined ? {} : { nextRetryDelay }),
  });
}

/**
 * Milliseconds to wait by a Retry-After header: seconds or an HTTP date (RFC 9110 §10.2.3), at
 * most an hour; `undefined` when there is none or it can't be read.
 */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const ms = /^\s*\d+(\.\d+)?\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), longestRetryAfterMs);
}

function answerOf(response: Response, text: string): VendorAnswer {
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    body: redacted(text).slice(0, longestAnswer),
  };
}

/** Takes out what looks like a key, so that an echo of our own header never lands in a history. */
const redacted = (text: string): string =>
  text.replaceAll(/(bearer\s+|api[-_]?key["':=\s]+)[\w\-.~+/=]{6,}/gi, '$1••••');

/** The vendor's own words: its `message` where it sent one, on one line, at most 200 characters. */
function wordsOf(body: string): string {
  let words = body;
  try {
    const json: unknown = JSON.parse(body);
    if (typeof json === 'object' && json !== null && 'message' in json)
      words = String(json.message);
  } catch {
    // not JSON: its text is its words
  }
  return words.replaceAll(/\s+/g, ' ').trim().slice(0, 200);
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
