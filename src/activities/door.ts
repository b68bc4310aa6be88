import { isUtf8 } from 'node:buffer';
import { activityInfo, cancellationSignal, log } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { z } from 'zod';
import { isOnceEffect, type Effect, type OnceEffect } from '../contracts/capability.ts';
import { FailureType } from '../contracts/failures.ts';
import type { Gate, Settlement } from '../platform/gate.ts';
import { partyOf } from '../rules/flow.ts';
import type { WritePermit } from './once.ts';
import { createTurns, type Flow } from './turn.ts';
import { asAnswer, noAnswer, refusalOf, settlementOf, type VendorAnswer } from './vendor-answer.ts';

/** One call of a vendor. `url` carries the query; secrets go in `headers` only. */
export interface VendorCall<E extends Effect = Effect> {
  readonly vendor: string;
  readonly flow: Flow<E>;
  readonly url: URL;
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** What may be done again without harm, or at worst tells somebody twice. */
type Repeatable = Exclude<Effect, OnceEffect>;

/** One call of a vendor through its own client. */
export interface ClientCall extends Pick<VendorCall<Repeatable>, 'vendor' | 'flow'> {
  /** What is asked, for people: `GET /v2/actor-runs/x1`. */
  readonly what: string;
  /** Makes the call once, without repeats of its own, and ends with the signal. */
  send(signal: AbortSignal): Promise<unknown>;
  /** The vendor's answer behind what the client threw; undefined where there was none. */
  refusalIn(thrown: unknown): Refusal | undefined;
}

/** A refusal as a vendor's client tells it. */
export interface Refusal {
  readonly status: number;
  /** The header Retry-After. */
  readonly retryAfter?: string | undefined;
  /** The body, or what the client tells of it. */
  readonly body: string;
}

/** The only way to a vendor. */
export interface Door {
  /**
   * Waits for the call's turn, calls the vendor once and checks its answer. A 429 or
   * 503 stops all calls of the same login until the vendor's own time, or a guessed one.
   *
   * @throws `RateLimited` when its turn is more than 5 s away, `DatabaseUnavailable` where it can't
   * have one, `HandedBack` when its process leaves before; a failure typed by what the vendor said;
   * `VendorUnreachable` where no connection came about; `VendorSilent` after 30 s without an answer;
   * `MalformedAnswer` for a body that isn't what `answer` describes, or is longer than 16 MiB. Transient ones are retried.
   */
  call<T>(call: VendorCall<Repeatable>, answer: z.ZodType<T>): Promise<T>;
  /**
   * The same through the vendor's own client, which makes one call and does not repeat it. `answer`
   * checks what the client gives back.
   *
   * @throws as `call` does; `refusalIn` finds the vendor's answer in what the client throws.
   */
  through<T>(call: ClientCall, answer: z.ZodType<T>): Promise<T>;
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
/** Far above what any question of ours is answered with. */
const mostAnswerBytes = 16 * 1_048_576;
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
  /** Sends away who waits for a turn; calls under way go on. */
  readonly leaving?: AbortSignal | undefined;
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
  leaving,
  note = (line) => {
    log.info(line);
  },
  attempt = () => activityInfo().attempt,
  party = () => partyOf(activityInfo().workflowExecution?.workflowId ?? ''),
}: DoorOptions): Door {
  const takeTurn = createTurns(gate);
  const orLeaving = new WeakMap<AbortSignal, AbortSignal>();

  /** Also when this process leaves; the same one for all calls of an activity. */
  function stoppedOrLeaving(stop: AbortSignal): AbortSignal {
    if (!leaving) return stop;
    const either = orLeaving.get(stop) ?? AbortSignal.any([stop, leaving]);
    orLeaving.set(stop, either);
    return either;
  }

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
      stopped: stoppedOrLeaving(stop),
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
    const { text, wrong, response, said } = await inTurn(
      call.flow,
      stop,
      async () => {
        const exchanged = await exchange(call, timeoutMs, stop);
        const { status, headers } = exchanged.response;
        const retryAfter = headers.get('retry-after');
        return { ...exchanged, said: asAnswer(status, retryAfter, exchanged.text) };
      },
      (exchanged) => settlementOf(call.vendor, exchanged.said),
    );
    const asked = `${call.method ?? 'GET'} ${call.url.pathname}`;
    note(`${call.vendor} answered ${response.status} to ${asked} in ${Date.now() - began} ms`);
    if (!response.ok) throw refusalOf(call.vendor, call.url.pathname, said);
    return expected(call.vendor, call.url.pathname, said, () => {
      if (wrong !== null) throw new Unexpected(wrong);
      return read(jsonOf(text), answer);
    });
  }

  async function askThrough<T>(call: ClientCall, answer: z.ZodType<T>): Promise<T> {
    const { vendor, what, flow } = call;
    const stop = stopped();
    const began = Date.now();
    const { body, said } = await inTurn(
      flow,
      stop,
      () => exchangeThrough(call, timeoutMs, stop),
      (exchanged) => settlementOf(vendor, exchanged.said),
    );
    note(`${vendor} answered ${said.status} to ${what} in ${Date.now() - began} ms`);
    if (said.status >= 400) throw refusalOf(vendor, what, said);
    return expected(vendor, what, said, () => read(body, answer));
  }

  /** What an answer holds; one that is not as described is worth two more tries. */
  function expected<T>(vendor: string, what: string, said: VendorAnswer, reading: () => T): T {
    try {
      return reading();
    } catch (error) {
      if (!(error instanceof Unexpected)) throw error;
      throw ApplicationFailure.create({
        message: `${vendor} answered ${what} with something unexpected: ${error.message}`,
        type: FailureType.MalformedAnswer,
        nonRetryable: attempt() >= malformedTries,
        details: [said],
      });
    }
  }

  return {
    call: (call, answer) => ask(call, answer, stopped()),
    through: askThrough,
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
  { vendor, flow, url, method = 'GET', headers, body }: VendorCall,
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
      // what is done once would be asked for twice, or, as a GET, count as done
      redirect: isOnceEffect(flow.effect) ? 'error' : 'follow',
      signal: AbortSignal.any([deadline, stopped]),
    });
    return { response, ...(await bodyOf(response)) };
  } catch (error) {
    if (stopped.aborted) throw error;
    throw noAnswer(`${vendor} (${url.host}${url.pathname})`, error, deadline, timeoutMs);
  }
}

/** The same through the vendor's client, which may not know of signals: its call is left behind. */
async function exchangeThrough(
  call: ClientCall,
  timeoutMs: number,
  stopped: AbortSignal,
): Promise<{ readonly body: unknown; readonly said: VendorAnswer }> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const ends = AbortSignal.any([deadline, stopped]);
  const ended = Promise.withResolvers<never>();
  ends.addEventListener('abort', () => ended.reject(ends.reason), { once: true });
  try {
    const body = await Promise.race([call.send(ends), ended.promise]);
    return { body, said: asAnswer(200, null, '') };
  } catch (error) {
    if (stopped.aborted) throw error;
    const refusal = deadline.aborted ? undefined : call.refusalIn(error);
    if (!refusal) throw noAnswer(`${call.vendor} (${call.what})`, error, deadline, timeoutMs);
    const { status, retryAfter = null, body } = refusal;
    return { body: undefined, said: asAnswer(status, retryAfter, body) };
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

/** @throws {@link Unexpected} when it is not JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Unexpected('it is not JSON');
  }
}

/** The answer as `answer` describes it. @throws {@link Unexpected} saying what is wrong with it. */
function read<T>(body: unknown, answer: z.ZodType<T>): T {
  const result = answer.safeParse(body);
  if (result.success) return result.data;
  const [first] = result.error.issues;
  const place = first?.path.length ? first.path.join('.') : 'its root';
  throw new Unexpected(`at ${place}: ${first?.message ?? ''}`);
}

class Unexpected extends Error {}
