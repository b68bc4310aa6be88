import type { Overview } from '../contracts/api.ts';
import type { NeedItem } from '../contracts/needs.ts';
import { addressOfNeed } from './needs.ts';
import { asSentence, clockTime, counted, spanInWords } from './time-in-words.ts';

/** What the overview's sentences are made from: live counts, grouped by what they have in common. */
export interface AttentionFacts {
  readonly now: string;
  /** What waits for a person, most urgent first. */
  readonly needs: readonly NeedItem[];
  readonly unserved: readonly {
    readonly agent: string;
    readonly waiting: number;
    readonly oldestMs: number;
  }[];
  /** Work of the last 24 hours whose latest run failed, most runs first. */
  readonly failures: readonly {
    readonly capability: string | null;
    readonly title: string;
    readonly failure: string;
    readonly message: string;
    readonly runs: number;
    readonly lastAt: string;
  }[];
  /** Runs that a flow key holds back, most first. */
  readonly waits: readonly {
    readonly flowKey: string;
    readonly reason: string;
    readonly runs: number;
    readonly until: string | null;
  }[];
  /** Runs between two tries, most first. */
  readonly retries: readonly {
    readonly agent: string;
    readonly message: string;
    readonly runs: number;
    readonly nextAt: string | null;
  }[];
}

type Sentence = Overview['attention'][number];
const mostSentences = 3;

/** What a person should look at, most urgent first; nothing when all is well. */
export function attentionOf(facts: AttentionFacts): Sentence[] {
  return [
    ...decisionSentences(facts.needs.filter(isDecision), facts.now),
    ...facts.unserved.filter(({ waiting }) => waiting > 0).map(unservedSentence),
    ...facts.needs.filter(isBroken).map(brokenSentence),
    ...unknownSentences(facts.needs.filter(isUnknown)),
    ...facts.failures.map((each) => failureSentence(each, facts.now)),
    ...facts.waits.map((each) => waitSentence(each, facts.now)),
    ...facts.retries.map((each) => retrySentence(each, facts.now)),
    ...idleSentences(facts.unserved),
  ].slice(0, mostSentences);
}

type Decision = Extract<NeedItem, { readonly step: string }>;
type Unknown = Extract<NeedItem, { readonly kind: 'unknown-outcome' }>;
const isDecision = (need: NeedItem): need is Decision => 'step' in need;
const isUnknown = (need: NeedItem): need is Unknown => need.kind === 'unknown-outcome';
const isBroken = (need: NeedItem): boolean => !isDecision(need) && !isUnknown(need);

function decisionSentences(needs: readonly Decision[], now: string): Sentence[] {
  const [first, ...others] = needs;
  if (!first) return [];
  const text = `${asSentence(first.question)} It waits until ${clockTime(first.deadline, now)}.`;
  return [
    others.length === 0
      ? {
          kind: 'needs-you',
          title: `“${first.run}” waits for your decision.`,
          text,
          link: { label: 'Decide', to: addressOfNeed(first) },
        }
      : {
          kind: 'needs-you',
          title: `${counted(needs.length, 'decision')} wait for you.`,
          text: `First, “${first.run}”: ${text}`,
          link: { label: 'Decide', to: '/needs-you' },
        },
  ];
}

const brokenSentence = (need: NeedItem): Sentence => ({
  kind: 'needs-you',
  title: need.title,
  text: need.text,
  link: { label: 'See what to do', to: addressOfNeed(need) },
});

function unknownSentences(needs: readonly Unknown[]): Sentence[] {
  const [first, ...others] = needs;
  if (!first) return [];
  return [
    {
      kind: 'needs-you',
      title:
        others.length === 0
          ? 'One effect may or may not have happened.'
          : `${counted(needs.length, 'effect')} may or may not have happened.`,
      text: `${first.effect.key} ${others.length === 0 ? 'was' : 'and others were'} asked of the vendor, and nobody else can tell what came of it. Nothing is repeated until you decide.`,
      link: { label: 'Decide', to: others.length === 0 ? addressOfNeed(first) : '/needs-you' },
    },
  ];
}

/** One for all agents without a worker that nothing waits for. */
function idleSentences(unserved: AttentionFacts['unserved']): Sentence[] {
  const idle = unserved.filter(({ waiting }) => waiting === 0).map(({ agent }) => agent);
  const agent = new Intl.ListFormat('en').format(idle);
  return idle.length > 0 ? [unservedSentence({ agent, waiting: 0, oldestMs: 0 })] : [];
}

const unservedSentence = ({
  agent,
  waiting,
  oldestMs,
}: AttentionFacts['unserved'][number]): Sentence => ({
  kind: 'queued',
  title: `No worker serves ${agent}.`,
  text:
    waiting === 0
      ? 'Nothing waits for it yet. Work given to it starts once a worker is there.'
      : `${counted(waiting, 'run')} ${waiting === 1 ? 'waits' : 'wait'}, the oldest for ${spanInWords(oldestMs)}. They go on by themselves once a worker is started.`,
  link: { label: 'See agents', to: '/agents' },
});

const waitSentence = (
  { flowKey, reason, runs, until }: AttentionFacts['waits'][number],
  now: string,
): Sentence => ({
  kind: 'waiting',
  title: `${counted(runs, 'run')} ${runs === 1 ? 'waits' : 'wait'} for ${flowKey}.`,
  text: `${asSentence(until === null || until <= now ? reason : `${reason} until ${clockTime(until, now)}`)} ${runs === 1 ? 'It goes on by itself' : 'They go on by themselves'}${until === null ? ' once that is over' : ''}.`,
  link: { label: 'See the key', to: `/flow-keys/${encodeURIComponent(flowKey)}` },
});

const failureSentence = (
  { capability, title, failure, message, runs, lastAt }: AttentionFacts['failures'][number],
  now: string,
): Sentence => ({
  kind: 'failed',
  title: runs === 1 ? `${title} failed.` : `${counted(runs, 'run')} of “${title}” failed.`,
  text: `${asSentence(message === '' ? failure : message)} Last at ${clockTime(lastAt, now)}; nothing has done this work since.`,
  link: {
    label: runs === 1 ? 'See the run' : 'See the runs',
    to: `/runs?state=failed${capability === null ? '' : `&capability=${encodeURIComponent(capability)}`}`,
  },
});

const retrySentence = (
  { agent, message, runs, nextAt }: AttentionFacts['retries'][number],
  now: string,
): Sentence => ({
  kind: 'retrying',
  title: `${counted(runs, 'run')} of ${agent} ${runs === 1 ? 'is' : 'are'} tried again.`,
  text: `${asSentence(message)} ${runs === 1 ? 'It goes' : 'They go'} on by ${runs === 1 ? 'itself' : 'themselves'}${nextAt === null || nextAt <= now ? '' : `, next at ${clockTime(nextAt, now)}`}.`,
  link: { label: 'See why', to: `/runs?state=open&agent=${encodeURIComponent(agent)}` },
});
