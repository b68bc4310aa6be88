import type { SwarmTaskRow } from '../../../../contracts/swarm.ts';
import { count } from '../../numbers.ts';
import { duration } from '../../time.ts';
import { TaskBadge } from './task-state.tsx';

/** What is worth knowing of a task in one line. */
export function noteOf(task: SwarmTaskRow, hasEnded: boolean): string {
  switch (task.state) {
    case 'completed':
      return task.tookMs === null ? 'done' : `took ${duration(task.tookMs)}`;
    case 'failed':
    case 'retrying':
      return [task.failure, task.message].filter(Boolean).join(': ');
    case 'open':
      return hasEnded ? 'left undone' : 'queued or running';
  }
}

/** The input in one line, as far as it fits. */
export const inputWords = (input: unknown): string => {
  const text = JSON.stringify(input);
  return text === '{}' ? 'no input' : text;
};

/** Few tasks, one line each, with words. */
export const TaskLines = ({
  tasks,
  hasEnded,
  selected,
  select,
}: {
  tasks: readonly SwarmTaskRow[];
  hasEnded: boolean;
  selected: number | undefined;
  select: (index: number) => void;
}) => (
  <ul className="list task-lines">
    {tasks.map((task) => (
      <li key={task.index}>
        <button
          type="button"
          aria-pressed={task.index === selected}
          onClick={() => select(task.index)}
        >
          <TaskBadge state={task.state} />
          <span className="strong num">Task {count(task.index)}</span>
          <span className="mono t3 cut input">{inputWords(task.input)}</span>
          <span className="t2 s12 cut note">{noteOf(task, hasEnded)}</span>
        </button>
      </li>
    ))}
  </ul>
);
