import type { Attempt, RunState } from '../contracts/api.ts';
import type { Effect } from '../contracts/capability.ts';
import type { Obeyed } from '../contracts/memory.ts';
import { errorClassOf } from './classify.ts';
import { isWorthAnotherMethod } from './method.ts';
import { lessonInWords } from './refusal.ts';
import { clockTime, counted, spanInWords } from './time-in-words.ts';

/** What the sentence over a run is made from. */
export interface WhyFacts {
  readonly state: RunState;
  /** The kind of run: `task`, `pipeline`. */
  readonly type: string;
  readonly agent: string | null;
  readonly effect: Effect | null;
  readonly startedAt: string;
  readonly closedAt: string | null;
  /** Oldest first. */
  readonly attempts: readonly Pick<
    Attempt,
    'attempt' | 'method' | 'outcome' | 'failure' | 'vendorAnswer' | 'nextAttemptAt'
  >[];
  /** What the capability gave back, once it ended well. */
  readonly result: unknown;
  /** What memory decided for it, where that is known. */
  readonly memory: Obeyed | null;
  /** Who ended it by hand, where the audit or the server knows. */
  readonly endedBy: { readonly by: string; readonly reason: string } | null;
  readonly now: string;
}

/**
 * At most three sentences over a run: what happens or happened, because of what, and what comes
 * next. Names times by the clock, so that they stay true while they are read.
 */
export function whyOf(facts: WhyFacts): string {
  const { state } = facts;
  switch (state.kind) {
    case 'queued':
      return sentences(
        `${state.reason}, since ${clockTime(facts.startedAt, facts.now)}`,
        state.reason.includes('No worker')
          ? 'It begins by itself once a worker is started'
          : 'It begins by itself',
      );
    case 'running':
      return sentences(runningWords(state.step, facts), lastFailureWords(facts));
    case 'needs-you':
      return needsWords(state, facts.now);
    case 'retrying':
      return sentences(
        `Try ${state.attempt - 1} failed: ${state.message}`,
        nextTryWords(state, facts),
      );
    case 'waiting':
      return waitingWords(state, facts);
    case 'paused':
      return sentences(`Paused by ${state.by}: “${state.reason}”`, 'It goes on when it is resumed');
    case 'completed-with-failures':
      return sentences(
        `Done in ${tookWords(facts)}, but ${counted(state.failed, 'task')} of ${state.total.toLocaleString('en-US')} failed`,
      );
    case 'completed':
      return sentences(doneWords(facts), resultWords(facts.result));
    case 'failed':
      return sentences(
        failedWords(state.failure, state.message, facts),
        lessonWords(state.failure, facts),
      );
    case 'timed-out':
      return sentences(
        `Took longer than its limit and was ended after ${tookWords(facts)}`,
        lastFailureWords(facts),
        repeatWords(facts.effect),
      );
    case 'cancelled':
      return sentences(`Cancelled${byWords(facts)}`, 'What it had stored before is kept');
    case 'terminated':
      return sentences(
        `Ended at once${byWords(facts, state.reason)}`,
        'What it had stored before is kept',
      );
  }
}

function runningWords(step: string, { attempts }: WhyFacts): string {
  const last = attempts.at(-1);
  return last?.outcome === 'running' && last.method !== null
    ? `Works with the method ${last.method}${last.attempt > 1 ? `, try ${last.attempt}` : ''}`
    : step;
}

/** Why the try before this one, or the method before this one, did not do. */
function lastFailureWords({ attempts }: WhyFacts): string {
  const failed = attempts.findLast((each) => each.failure !== null);
  if (!failed?.failure) return '';
  const { type, message } = failed.failure;
  return isWorthAnotherMethod(type) && failed.nextAttemptAt === null
    ? `The method ${failed.method ?? 'before'} was left: ${message}`
    : `Try ${failed.attempt} failed: ${message}`;
}

function nextTryWords(
  { attempt, nextAt }: Extract<RunState, { kind: 'retrying' }>,
  { attempts, now, agent }: WhyFacts,
): string {
  if (nextAt === null) return `Try ${attempt} follows by itself`;
  if (nextAt <= now)
    return `Try ${attempt} is due and waits for a worker of ${agent ?? 'its queue'}`;
  const retryAfter = attempts.at(-1)?.vendorAnswer?.retryAfter ?? null;
  return `Try ${attempt} follows by itself at ${clockTime(nextAt, now)}${retryAfter === null ? '' : ', the time the vendor asked for'}`;
}

function waitingWords(
  { reason, until, attempt }: Extract<RunState, { kind: 'waiting' }>,
  { now }: WhyFacts,
): string {
  if (until === null) return sentences(reason, 'The task goes on by itself once that is over');
  return until <= now
    ? sentences(reason, `Try ${attempt} is due and follows by itself`)
    : sentences(`${reason} until ${clockTime(until, now)}; the task goes on by itself`);
}

function needsWords(
  { step, decision, question, deadline, count }: Extract<RunState, { kind: 'needs-you' }>,
  now: string,
): string {
  return sentences(
    asked(decision, step, question),
    `It waits until ${clockTime(deadline, now)}`,
    count > 1 ? `${counted(count - 1, 'more decision')} ${count === 2 ? 'is' : 'are'} open` : '',
  );
}

function asked(
  decision: Extract<RunState, { kind: 'needs-you' }>['decision'],
  step: string,
  question: string,
): string {
  switch (decision) {
    case 'approval':
      return `The step ${step} waits for your answer: ${question}`;
    case 'repair':
      return `The step ${step} failed and waits for repair: ${question}`;
    case 'method':
      return `Nothing was begun, because memory refuses every method: ${question}`;
  }
}

function doneWords(facts: WhyFacts): string {
  const tries = facts.attempts.length;
  const method = facts.attempts.findLast((each) => each.outcome === 'completed')?.method ?? null;
  return [
    `Done in ${tookWords(facts)}`,
    method === null ? '' : ` with the method ${method}`,
    tries > 1 ? `, after ${counted(tries - 1, 'failed try', 'failed tries')}` : '',
  ].join('');
}

/** The whole numbers of a result, in its own words: `24 accounts, 3 changed, 1,204 sent`. */
function resultWords(result: unknown): string {
  if (typeof result !== 'object' || result === null) return '';
  const counts = Object.entries(result).flatMap(([name, value]: [string, unknown]) =>
    typeof value === 'number' && Number.isInteger(value) && name !== 'chunkSize'
      ? [`${value.toLocaleString('en-US')} ${wordsOf(name)}`]
      : [],
  );
  const nothingNew = 'changed' in result && result.changed === 0;
  return sentences(
    counts.length === 0 ? '' : `Result: ${counts.slice(0, 5).join(', ')}`,
    nothingNew ? 'Everything was stored already' : '',
  );
}

const wordsOf = (name: string): string => name.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();

function failedWords(failure: string, message: string, facts: WhyFacts): string {
  if (facts.type === 'pipeline') {
    const again = 'Starting it again runs all its steps again';
    return sentences(message, failure === 'InvalidInput' ? '' : again);
  }
  switch (errorClassOf(failure)) {
    case 'transient':
      return sentences(
        `Gave up after ${tookWords(facts)} and ${counted(facts.attempts.length, 'try', 'tries')}: ${message}`,
        repeatWords(facts.effect),
      );
    case 'auth':
      return sentences(
        message,
        'Nothing repeats this by itself: mend it, then start the run again',
      );
    case 'data':
      return sentences(message, 'Correct the input and start the run again');
    case 'contract':
      return sentences(
        message,
        'Every method it may use was refused',
        'An engineer has to look at what the vendor changed',
      );
    case 'unknown':
      return sentences(`Failed in a way nobody foresaw: ${message}`, 'Its log and events say more');
  }
}

/** The lessons that left a run no other way, or only a last one. */
function lessonWords(failure: string, { memory }: WhyFacts): string {
  const refusing = (memory?.heeded ?? []).filter(({ rule }) => rule.kind === 'avoid');
  const words = refusing.map(lessonInWords).join('; ');
  if (memory?.isLastResort === true) {
    const others = words === '' ? '' : `. Ruled out before that: ${words}`;
    return `Memory refuses every method, and this was its last resort${others}`;
  }
  // who was not answered says so in his own words
  const isDecided = failure === 'LeftOut' || isWorthAnotherMethod(failure);
  return isDecided && words !== '' ? `Memory had ruled out: ${words}` : '';
}

/** Whether a second start does harm. */
function repeatWords(effect: Effect | null): string {
  return effect === 'read' || effect === 'upsert'
    ? 'Start it again when you like: a repeat changes only what is missing or different'
    : 'Look at what it did before you start it again';
}

function byWords({ endedBy }: WhyFacts, serverReason = ''): string {
  const reason = endedBy?.reason ?? serverReason;
  return `${endedBy ? ` by ${endedBy.by}` : ''}${reason === '' ? '' : `: “${reason}”`}`;
}

const tookWords = ({ startedAt, closedAt, now }: WhyFacts): string =>
  spanInWords(Date.parse(closedAt ?? now) - Date.parse(startedAt));

/** Joins sentences, each ending in a full stop of its own or of ours. */
function sentences(...parts: readonly string[]): string {
  return parts
    .filter((part) => part !== '')
    .map((part) => (/[.!?…]”?$/.test(part) ? part : `${part}.`))
    .join(' ');
}
