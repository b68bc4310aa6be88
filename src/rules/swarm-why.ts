import type { FailureGroup, SwarmDetail } from '../contracts/swarm.ts';
import { counted, spanInWords } from './time-in-words.ts';

/** What the sentence over a swarm is made from. */
export type SwarmWhyFacts = Pick<
  SwarmDetail,
  'run' | 'counts' | 'phase' | 'paused' | 'failures' | 'broken' | 'methods' | 'rate' | 'secondsLeft'
>;

/** At most three sentences over a swarm: how far it is, what holds it up, and what comes next. */
export function whyOfSwarm(facts: SwarmWhyFacts): string {
  const { run, counts } = facts;
  const done = doneWords(counts);
  const undone = counts.open + counts.retrying;
  const { state } = run;
  switch (state.kind) {
    case 'completed':
      return sentences(
        `All ${counted(counts.total, 'task')} done in ${tookWords(run)}`,
        brokenWords(facts, 'was'),
      );
    case 'completed-with-failures':
      return sentences(
        `${done}, in ${tookWords(run)}`,
        failureWords(facts.failures),
        brokenWords(facts, 'was'),
        'Failed tasks can be tried again, all or those of one failure',
      );
    case 'failed':
      return sentences(state.message, counts.total > 0 ? failureWords(facts.failures) : '');
    case 'cancelled':
      return sentences(`Cancelled: ${done}, ${number(undone)} left undone`);
    case 'timed-out':
    case 'terminated':
      return sentences(`Ended at once: ${done}, ${number(undone)} left undone`);
    case 'queued':
    case 'running':
    case 'retrying':
    case 'waiting':
    case 'needs-you':
    case 'paused':
      return openWords(facts, done, undone);
  }
}

function openWords(facts: SwarmWhyFacts, done: string, undone: number): string {
  const { run, counts, phase, paused } = facts;
  const { state } = run;
  if (paused?.isHalt === true) {
    const waiting = `${counted(undone, 'task')} ${undone === 1 ? 'waits' : 'wait'}`;
    const until = paused.until === null ? '' : ` by ${minuteOf(paused.until)}`;
    return sentences(
      `Stopped by itself: ${paused.reason}`,
      `${waiting}, nothing is lost: mend that, then resume it${until}`,
    );
  }
  if (paused) {
    return sentences(
      `Paused by ${paused.by}: “${paused.reason}”`,
      `${done}: it goes on when it is resumed`,
    );
  }
  if (state.kind === 'queued') return sentences(state.reason, 'It goes on by itself then');
  if (phase === 'planning') return 'Checks and loads its tasks.';
  if (phase === 'cancelling') return 'Stops: what is in flight is waited for.';
  return sentences(
    `${done}${speedWords(facts)}`,
    counts.retrying > 0 ? `${counted(counts.retrying, 'task')} to be tried again` : '',
    brokenWords(facts, 'is'),
  );
}

function doneWords({ total, completed, failed }: SwarmWhyFacts['counts']): string {
  const done = `${number(completed)} of ${counted(total, 'task')} done`;
  return failed === 0 ? done : `${done}, ${number(failed)} failed`;
}

function speedWords({ rate, secondsLeft }: SwarmWhyFacts): string {
  if (rate === 0) return '';
  const left = secondsLeft === null ? '' : `, about ${spanInWords(secondsLeft * 1_000)} left`;
  return `, ${rate < 10 ? rate : number(Math.round(rate))} a second${left}`;
}

function failureWords([first, ...others]: readonly FailureGroup[]): string {
  if (!first) return '';
  const { failure, count, message } = first;
  return others.length === 0
    ? `${failure}: ${message}`
    : `Most of them ${failure} (${number(count)}): ${message}`;
}

/** `Method bulk of klap.export-short was plainly broken (Gone): one-by-one took over, 22 tasks`. */
function brokenWords({ broken, methods }: SwarmWhyFacts, verb: 'is' | 'was'): string {
  const [first] = broken;
  if (!first) return '';
  const { method, capability, failure } = first;
  const heir = heirOf(first, methods);
  const then = heir ? `${heir.method} took over, ${counted(heir.count, 'task')}` : 'it comes last';
  return `Method ${method} of ${capability} ${verb} plainly broken (${failure}): ${then}`;
}

/** The method that did most of the work in place of a broken one. */
export const heirOf = (
  { capability, method }: SwarmDetail['broken'][number],
  methods: SwarmDetail['methods'],
): SwarmDetail['methods'][number] | undefined =>
  methods
    .filter((each) => each.capability === capability && each.method !== method)
    .toSorted((a, b) => b.count - a.count)[0];

const tookWords = ({ startedAt, closedAt }: SwarmDetail['run']): string =>
  spanInWords(Date.parse(closedAt ?? startedAt) - Date.parse(startedAt));

/** `2026-01-05 09:30 UTC` */
const minuteOf = (time: string): string => `${time.slice(0, 16).replace('T', ' ')} UTC`;

const number = (value: number): string => value.toLocaleString('en-US');

const sentences = (...parts: readonly string[]): string =>
  parts
    .filter((part) => part !== '')
    .map((part) => (/[.!?…]”?$/.test(part) ? part : `${part}.`))
    .join(' ');
