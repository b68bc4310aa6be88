import type { RunState, RunStateKind } from '../../../contracts/api.ts';
import type { StepState } from '../../../contracts/pipeline.ts';
import { when } from '../time.ts';
import { Icon, type IconName } from './icon.tsx';

/** Icon, word and colour family of one state. */
interface Look {
  readonly icon: IconName;
  readonly word: string;
  readonly family: 'queued' | 'running' | 'retrying' | 'waiting' | 'needs' | 'completed' | 'failed';
}

type Kind = RunStateKind | StepState['kind'];

/** How each state of a run or a step looks; a state without an entry does not compile. */
const looks: Record<Kind, Look> = {
  queued: { icon: 'queued', word: 'Queued', family: 'queued' },
  running: { icon: 'running', word: 'Running', family: 'running' },
  retrying: { icon: 'retrying', word: 'Retrying', family: 'retrying' },
  waiting: { icon: 'waiting', word: 'Waiting', family: 'waiting' },
  'needs-you': { icon: 'needs-you', word: 'Needs you', family: 'needs' },
  completed: { icon: 'completed', word: 'Completed', family: 'completed' },
  paused: { icon: 'paused', word: 'Paused', family: 'queued' },
  'completed-with-failures': {
    icon: 'completed-with-failures',
    word: 'Completed, with failures',
    family: 'retrying',
  },
  failed: { icon: 'failed', word: 'Failed', family: 'failed' },
  'timed-out': { icon: 'timed-out', word: 'Timed out', family: 'failed' },
  cancelled: { icon: 'cancelled', word: 'Cancelled', family: 'queued' },
  terminated: { icon: 'terminated', word: 'Terminated', family: 'queued' },
  skipped: { icon: 'skipped', word: 'Skipped', family: 'queued' },
  rejected: { icon: 'cancelled', word: 'Refused', family: 'queued' },
};

const isKnown = (kind: string): kind is Kind => Object.hasOwn(looks, kind);

/** The look of a state that came as a word; a new server's states are shown as they are called. */
export function lookOf(kind: string): Look {
  return isKnown(kind) ? looks[kind] : { icon: 'queued', word: kind, family: 'queued' };
}

/** State as icon, word and colour. */
export const StateBadge = ({ kind }: { kind: string }) => {
  const look = lookOf(kind);
  return (
    <span className={`badge ${look.family}`}>
      <Icon name={look.icon} size="m" />
      {look.word}
    </span>
  );
};

/** The same without the word, for places where the word stands elsewhere. */
export const StateIcon = ({ kind }: { kind: string }) => {
  const look = lookOf(kind);
  return (
    <span className={`${look.family} row`} title={look.word}>
      <Icon name={look.icon} />
      <span className="hidden">{look.word}</span>
    </span>
  );
};

/** The one thing worth knowing next to the state. */
export function stateNote(state: RunState, now: number): string {
  switch (state.kind) {
    case 'queued':
      return state.reason;
    case 'needs-you':
      return `${state.question} Until ${when(state.deadline, now)}`;
    case 'running':
      return state.step;
    case 'retrying':
      return state.nextAt
        ? `try ${state.attempt + 1} at ${when(state.nextAt, now)}`
        : `try ${state.attempt}: ${state.failure}`;
    case 'waiting':
      return state.until === null
        ? state.reason
        : `until ${when(state.until, now)}: ${state.reason}`;
    case 'failed':
      return `${state.failure}: ${state.message}`;
    case 'terminated':
      return state.reason;
    case 'paused':
      return `by ${state.by}: ${state.reason}`;
    case 'completed-with-failures':
      return `${state.failed} of ${state.total} failed`;
    case 'completed':
    case 'timed-out':
    case 'cancelled':
      return '';
  }
}

/** Whether the run still goes on. */
export const isOpen = (state: RunState): boolean =>
  ['queued', 'running', 'retrying', 'waiting', 'needs-you', 'paused'].includes(state.kind);
