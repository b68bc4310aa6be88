import { useQuery } from '@tanstack/react-query';
import type { SwarmDetail, SwarmTaskDetail } from '../../../../contracts/swarm.ts';
import { readTask, type SwarmRef } from '../../api-swarms.ts';
import { count } from '../../numbers.ts';
import { Ago } from '../../parts/ago.tsx';
import { Copy } from '../../parts/copy.tsx';
import { Icon } from '../../parts/icon.tsx';
import { RunLink } from '../../parts/run-link.tsx';
import { Skeleton, Trouble } from '../../parts/view.tsx';
import { duration } from '../../time.ts';
import { TaskBadge } from './task-state.tsx';

/** One task of a swarm: what it was given, what became of it, and which run carried it. */
export const TaskPanel = ({
  detail,
  swarm,
  index,
  isRunning,
  alike,
  close,
}: {
  detail: SwarmDetail;
  swarm: SwarmRef;
  index: number;
  isRunning: boolean;
  /** Opens the tasks that failed in the same way. */
  alike: (failure: string) => void;
  close: () => void;
}) => {
  const query = useQuery({
    queryKey: ['swarm-task', swarm, index],
    queryFn: ({ signal }) => readTask(swarm, index, signal),
    refetchInterval: ({ state }) =>
      isRunning && state.data?.state !== 'completed' ? 2_000 : false,
  });
  const task = query.data;
  return (
    <section className="task-panel" aria-label={`Task ${count(index)}`}>
      <header className="row">
        <h3 className="strong">Task {count(index)}</h3>
        {task && <TaskBadge state={task.state} />}
        {task?.class && <span className="tag">{task.class}</span>}
        <span className="grow" />
        <button type="button" className="btn q xs" onClick={close} aria-label="Close the task">
          <Icon name="close" size="m" />
        </button>
      </header>
      {query.error && (
        <Trouble
          what="The task"
          error={query.error}
          at={query.errorUpdatedAt}
          shownAt={task ? query.dataUpdatedAt : 0}
          retry={() => void query.refetch()}
        />
      )}
      {task ? (
        <Content task={task} detail={detail} alike={alike} />
      ) : (
        !query.error && <Skeleton rows={4} />
      )}
    </section>
  );
};

const Content = ({
  task,
  detail,
  alike,
}: {
  task: SwarmTaskDetail;
  detail: SwarmDetail;
  alike: (failure: string) => void;
}) => {
  const { failure } = task;
  const same = detail.failures
    .filter((group) => group.failure === failure)
    .reduce((sum, group) => sum + group.count, 0);
  return (
    <>
      <p className="t2 wrap">{sentenceOf(task, detail.run.closedAt !== null)}</p>
      <dl className="kv">
        <dt>Capability</dt>
        <dd className="mono">{task.capability}</dd>
        {task.account !== 'default' && (
          <>
            <dt>Account</dt>
            <dd>{task.account}</dd>
          </>
        )}
        {task.method !== null && (
          <>
            <dt>Method</dt>
            <dd>{task.method}</dd>
          </>
        )}
        {task.failure !== null && (
          <>
            <dt>Failure</dt>
            <dd>{task.failure}</dd>
          </>
        )}
        {task.tookMs !== null && (
          <>
            <dt>Took</dt>
            <dd>
              {duration(task.tookMs)}
              {task.at && (
                <>
                  , <Ago at={task.at} />
                </>
              )}
            </dd>
          </>
        )}
        {task.squad !== null && (
          <>
            <dt>Carried by</dt>
            <dd>
              <RunLink workflowId={task.squad} className="link mono wrap">
                {task.squad}
              </RunLink>
            </dd>
          </>
        )}
      </dl>
      {task.vendorAnswer && (
        <>
          <h4>
            Vendor’s answer <span className="tag">{task.vendorAnswer.status}</span>
            {task.vendorAnswer.retryAfter && (
              <span className="tag">retry after {task.vendorAnswer.retryAfter}</span>
            )}
          </h4>
          <pre className="wrap" tabIndex={0} aria-label="Vendor’s answer">
            {task.vendorAnswer.body || 'empty'}
          </pre>
        </>
      )}
      <Json title="Input" value={task.input} />
      {task.state === 'completed' && <Json title="Outcome" value={task.result} />}
      {failure !== null && same > 1 && (
        <div className="row w">
          <button type="button" className="btn xs" onClick={() => alike(failure)}>
            {count(same - 1)} more like this
          </button>
        </div>
      )}
    </>
  );
};

function sentenceOf({ state, message }: SwarmTaskDetail, hasEnded: boolean): string {
  switch (state) {
    case 'completed':
      return 'It is done, and will not be done again.';
    case 'failed':
      return message ?? 'It failed without a word.';
    case 'retrying':
      return `${message ?? 'It failed'}. It will be tried again by itself.`;
    case 'open':
      return hasEnded
        ? 'The swarm ended before this task was done.'
        : 'It waits for its turn, or is at work now.';
  }
}

const Json = ({ title, value }: { title: string; value: unknown }) => {
  const json = JSON.stringify(value ?? null, null, 2);
  return (
    <>
      <h4>
        {title}
        <Copy text={json} name={`Copy ${title.toLowerCase()}`} isIcon className="btn q xs end" />
      </h4>
      <pre tabIndex={0} aria-label={title}>
        {json}
      </pre>
    </>
  );
};
