import { Link } from '@tanstack/react-router';
import type { FailureFilter, FailureGroup, SwarmDetail } from '../../../../contracts/swarm.ts';
import type { SwarmRef } from '../../api-swarms.ts';
import { count, counted } from '../../numbers.ts';
import { Card } from '../../parts/card.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Empty } from '../../parts/view.tsx';
import { ActButton } from '../../parts/act-button.tsx';

/** Failed tasks by kind: what they said, a few of them, and the way to try them again. */
export const FailuresTab = ({
  detail,
  swarm: { workflowId, run },
  retry,
}: {
  detail: SwarmDetail;
  swarm: SwarmRef;
  retry: (of: FailureFilter) => void;
}) => {
  const { failures, counts, broken } = detail;
  if (counts.failed === 0) {
    return (
      <section className="card">
        <Empty>
          <p>No task has failed. Failures of one kind will be one line here.</p>
        </Empty>
      </section>
    );
  }
  const grouped = failures.reduce((sum, group) => sum + group.count, 0);
  return (
    <Card
      title={`${counted(counts.failed, 'task')} failed, in ${counted(failures.length, 'kind')}`}
      line
    >
      <ul className="failures">
        {failures.map((group) => (
          <li key={`${group.capability} ${group.method ?? ''} ${group.failure} ${group.class}`}>
            <div className="row w">
              <span className="failed row g1">
                <Icon name="failed" />
                <b className="num">{count(group.count)}</b>
              </span>
              <b>{group.failure}</b>
              <span className="tag">{group.class}</span>
              <span className="mono t3 s12 wrap">
                {group.capability}
                {group.method !== null && `, ${group.method}`}
              </span>
              {isBroken(group, broken) && (
                <span className="tag danger">method is plainly broken, comes last now</span>
              )}
              <span className="grow" />
              <Link
                to="/swarms/$workflowId"
                params={{ workflowId }}
                search={{ run, tab: 'tasks', state: 'failed', failure: group.failure }}
                className="btn xs"
              >
                All of them
              </Link>
              <ActButton className="btn xs" onClick={() => retry({ failure: group.failure })}>
                <Icon name="retrying" size="m" />
                Retry these…
              </ActButton>
            </div>
            <p className="t2 wrap">“{group.message}”</p>
            <p className="row w s12 t3">
              For example
              {group.samples.map((index) => (
                <Link
                  key={index}
                  to="/swarms/$workflowId"
                  params={{ workflowId }}
                  search={{
                    run,
                    tab: 'tasks',
                    state: 'failed',
                    failure: group.failure,
                    task: String(index),
                  }}
                  className="link num"
                >
                  task {count(index)}
                </Link>
              ))}
            </p>
          </li>
        ))}
      </ul>
      {grouped < counts.failed && (
        <p className="pad t3 s12">
          The {count(failures.length)} largest kinds; {counted(counts.failed - grouped, 'task')}{' '}
          failed in other ways.
        </p>
      )}
    </Card>
  );
};

const isBroken = (group: FailureGroup, broken: SwarmDetail['broken']): boolean =>
  broken.some((each) => each.capability === group.capability && each.method === group.method);
