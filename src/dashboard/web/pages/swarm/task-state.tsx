import type { TaskState } from '../../../../contracts/swarm.ts';
import { Icon, type IconName } from '../../parts/icon.tsx';

/** Icon, word and colour family of each state of a task; one without an entry does not compile. */
const looks: Readonly<
  Record<TaskState, { readonly icon: IconName; readonly word: string; readonly family: string }>
> = {
  completed: { icon: 'completed', word: 'Completed', family: 'completed' },
  failed: { icon: 'failed', word: 'Failed', family: 'failed' },
  retrying: { icon: 'retrying', word: 'Retrying', family: 'retrying' },
  open: { icon: 'queued', word: 'Open', family: 'queued' },
};

/** The states of tasks, in the order in which they are told. */
export const shownStates = ['completed', 'failed', 'retrying', 'open'] as const;

/** A state's word. */
export const taskWord = (state: TaskState): string => looks[state].word;

/** State of a task as icon, word and colour. */
export const TaskBadge = ({ state }: { state: TaskState }) => {
  const { icon, word, family } = looks[state];
  return (
    <span className={`badge ${family}`}>
      <Icon name={icon} size="m" />
      {word}
    </span>
  );
};

/** A state's icon and word above a figure. */
export const TaskHeading = ({ state }: { state: TaskState }) => {
  const { icon, word, family } = looks[state];
  return (
    <span className={`row g1 ${family}`}>
      <Icon name={icon} size="m" />
      {word}
    </span>
  );
};
