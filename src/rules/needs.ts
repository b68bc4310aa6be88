import type { EffectEntry } from '../contracts/effects.ts';
import type { Need, NeedItem } from '../contracts/needs.ts';
import { asSentence, counted } from './time-in-words.ts';

/** What of the tables waits for a person. */
export interface NeedFacts {
  /** Open decisions of runs. */
  readonly decisions: readonly (Need & {
    readonly workflowId: string;
    readonly runId: string;
    /** Title of the run. */
    readonly run: string;
  })[];
  /** Effects that may or may not have happened. */
  readonly effects: readonly EffectEntry[];
  /** Swarms that stopped by themselves. */
  readonly halts: readonly {
    readonly workflowId: string;
    readonly title: string;
    readonly reason: string;
    readonly open: number;
  }[];
  readonly refusedLogins: readonly {
    readonly agent: string;
    readonly account: string;
    readonly message: string;
    readonly checkedAt: string;
  }[];
}

/** Everything that waits for a person, most urgent first: deadlines by time, then by age. */
export const needItemsOf = (facts: NeedFacts): NeedItem[] =>
  [
    ...facts.decisions.map(decisionItem),
    ...facts.halts.map(haltItem),
    ...facts.refusedLogins.map(loginItem),
    ...facts.effects.map(effectItem),
  ].sort(byUrgency);

/** The address of the page with one of them open. */
export const addressOfNeed = ({ id }: Pick<NeedItem, 'id'>): string =>
  `/needs-you?selected=${encodeURIComponent(id)}`;

const never = '9';

function byUrgency(a: NeedItem, b: NeedItem): number {
  const deadlines = (a.deadline ?? never).localeCompare(b.deadline ?? never);
  return deadlines === 0 ? (a.since ?? '').localeCompare(b.since ?? '') : deadlines;
}

function decisionItem(decision: NeedFacts['decisions'][number]): NeedItem {
  const { decision: kind, workflowId, runId, run, step, question, deadline } = decision;
  const common = { workflowId, runId, run, step, question, deadline, since: null };
  const id = `step/${workflowId}/${step}`;
  switch (kind) {
    case 'approval':
      return { kind, id, title: question, text: `“${run}” asks, at its step ${step}.`, ...common };
    case 'repair':
      return {
        ...{ kind, id, ...common },
        title: `The step ${step} of “${run}” waits for repair.`,
        text: asSentence(question),
      };
    case 'method':
      return {
        ...{ kind, id, ...common },
        title: `Memory refuses every way to do “${run}”.`,
        text: asSentence(question),
      };
  }
}

const haltItem = ({ workflowId, title, reason, open }: NeedFacts['halts'][number]): NeedItem => ({
  kind: 'halted-swarm',
  id: `swarm/${workflowId}`,
  title: `${title} stopped by itself.`,
  text: `${asSentence(reason)} ${counted(open, 'task')} ${open === 1 ? 'waits' : 'wait'}, nothing is lost: mend that, then resume the swarm.`,
  ...{ workflowId, deadline: null, since: null },
});

const loginItem = ({
  agent,
  account,
  message,
  checkedAt,
}: NeedFacts['refusedLogins'][number]): NeedItem => ({
  kind: 'refused-login',
  id: `login/${agent}/${account}`,
  title: `The login ${account} of ${agent} does not work.`,
  text: asSentence(message),
  ...{ agent, account, deadline: null, since: checkedAt },
});

const effectItem = (effect: EffectEntry): NeedItem => ({
  kind: 'unknown-outcome',
  id: `effect/${effect.key}`,
  title: `One ${effect.effect} may or may not have happened.`,
  text: `${effect.key} was asked of the vendor: ${asSentence(effect.reason)} Nothing is repeated until you decide.`,
  ...{ effect, deadline: null, since: effect.updatedAt },
});
