import type { FlowKeyInUse } from '../contracts/flow-keys.ts';
import type { Struggling, StrugglingCause } from '../contracts/struggling.ts';
import { isHeldBack } from './run-state.ts';
import { asSentence, clockTime, counted } from './time-in-words.ts';

/** Whether tasks that failed so wait for their flow key, or are simply tried again. */
export const stateOfCause = (
  failure: string,
  flowKey: Pick<FlowKeyInUse, 'closed'> | undefined,
): StrugglingCause['state'] =>
  isHeldBack(failure, flowKey?.closed ?? null) ? 'waiting' : 'retrying';

/** Why a cause can't be tried again now; null when it can. */
export function whyNotNow(
  { state, flowKey: name }: Pick<StrugglingCause, 'state' | 'flowKey'>,
  flowKey: Pick<FlowKeyInUse, 'closed' | 'paused'> | undefined,
  now: string,
): string | null {
  if (flowKey?.paused) return `${name} is paused by ${flowKey.paused.by}`;
  if (flowKey?.closed) return `${name} is closed until ${clockTime(flowKey.closed.until, now)}`;
  return state === 'waiting' ? 'It is its turn that is waited for, which comes by itself' : null;
}

/** Where vendors put what they say to people, the likeliest first. */
const wordsOfVendors = ['message', 'error_description', 'detail', 'error', 'title'];

/** What a vendor said, without the form it came in; `undefined` when it said nothing. */
export function wordsIn(body: string): string | undefined {
  const text = body.trim();
  try {
    return textIn(JSON.parse(text));
  } catch {
    return text === '' ? undefined : text;
  }
}

function textIn(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(value));
  const found = wordsOfVendors.map((name) => textIn(fields.get(name)));
  return found.find((each) => each !== undefined && each !== '') ?? JSON.stringify(value);
}

interface MainFacts {
  /** The largest first. */
  readonly causes: readonly StrugglingCause[];
  /** Tasks in all of them. */
  readonly tasks: number;
  readonly flowKeys: readonly FlowKeyInUse[];
  readonly now: string;
}

/** A key that closes so often in a day is used too fast. */
const oftenClosed = 2;
/** The share of its rate at which it may be left in peace. */
const calmer = 0.7;

/** What holds most of the struggling work up, and what would help; null while there is none. */
export function mainCauseOf({ causes, tasks, flowKeys, now }: MainFacts): Struggling['main'] {
  const [first] = causes;
  if (!first) return null;
  const flowKey = flowKeys.find(({ key }) => key === first.flowKey);
  const alike = causes.filter(
    (each) => each.flowKey === first.flowKey && each.state === first.state,
  );
  const size = alike.reduce((sum, each) => sum + each.tasks, 0);
  const share = shareWords(size, tasks);
  const link = {
    label: 'See the key',
    to: `/flow-keys/${encodeURIComponent(first.flowKey)}`,
  };
  if (first.state === 'retrying') {
    return {
      kind: 'retrying',
      title: `Main cause: ${first.flowKey} ${first.status === null ? `has trouble (${first.failure})` : `answers ${first.status}`}.`,
      text: `${share} ${size === 1 ? 'is' : 'are'} tried again: ${quoted(first)} ${nextWords(first, now)}${shrunkWords(flowKey)}`,
      link,
    };
  }
  return { kind: 'waiting', ...waitWords(first, flowKey, size, share, now), link };
}

function waitWords(
  first: StrugglingCause,
  flowKey: FlowKeyInUse | undefined,
  size: number,
  share: string,
  now: string,
): { readonly title: string; readonly text: string } {
  const wait = size === 1 ? 'waits' : 'wait';
  const name = first.flowKey;
  const goOn = size === 1 ? 'It goes on by itself.' : 'They go on by themselves.';
  if (flowKey?.paused) {
    const { by, why } = flowKey.paused;
    return {
      title: `Main cause: ${name} is paused.`,
      text: `${share} ${wait} for it. ${by} paused it: “${asSentence(why)}” Nothing of it goes on before somebody resumes the key.`,
    };
  }
  if (flowKey?.closed?.by === 'guess') {
    return {
      title: `Main cause: trouble at ${name}.`,
      text: `${share} ${wait} for one key, which we leave alone until ${clockTime(flowKey.closed.until, now)}: ${asSentence(flowKey.closed.why)} ${goOn}`,
    };
  }
  if (flowKey?.closed) {
    return {
      title: `Main cause: the limit of ${name}.`,
      text: `${share} ${wait} for one key, closed by the vendor until ${clockTime(flowKey.closed.until, now)}. ${goOn}${slowerWords(flowKey)}`,
    };
  }
  if (first.failure === 'DatabaseUnavailable') {
    return {
      title: 'Main cause: our own database was away.',
      text: `${share} ${wait}: nothing is sent or paid for without it. ${nextWords(first, now)}`,
    };
  }
  return {
    title: `Main cause: many want ${name} at once.`,
    text: `${share} ${wait} for ${size === 1 ? 'its' : 'their'} turn. ${nextWords(first, now)}${slowerWords(flowKey)}`,
  };
}

/** A key that is closed again and again is asked more slowly. */
function slowerWords(flowKey: FlowKeyInUse | undefined): string {
  if (!flowKey || flowKey.closings < oftenClosed) return '';
  const { perSecond } = flowKey.limits;
  const less = Math.max(0.1, Math.round(perSecond * calmer * 10) / 10);
  return ` It was closed ${flowKey.closings} times in 24 h: to be stopped less often, lower its rate from ${perSecond} to ${less} a second.`;
}

const shrunkWords = (flowKey: FlowKeyInUse | undefined): string =>
  flowKey && flowKey.share < 1
    ? ` Meanwhile ${Math.round(flowKey.share * 100)}% of its rate is used; good answers let it grow back.`
    : '';

function nextWords({ nextAt, tasks }: StrugglingCause, now: string): string {
  const goOn = tasks === 1 ? 'It goes on by itself' : 'They go on by themselves';
  return nextAt === null || nextAt <= now
    ? `${goOn}.`
    : `${goOn}, the first at ${clockTime(nextAt, now)}.`;
}

const quoted = ({ words, status }: StrugglingCause): string =>
  status === null ? asSentence(words) : `“${asSentence(words)}”`;

const shareWords = (size: number, tasks: number): string =>
  size === tasks
    ? counted(size, 'struggling task')
    : `${size.toLocaleString('en-US')} of ${counted(tasks, 'struggling task')}`;
