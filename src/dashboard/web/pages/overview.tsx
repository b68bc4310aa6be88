import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Overview } from '../../../contracts/api.ts';
import { overviewResource } from '../api.ts';
import { useNow, useResource } from '../live.ts';
import { changeOfCount, count, counted, percent, share } from '../numbers.ts';
import { Card, Sentence } from '../parts/card.tsx';
import { Copy } from '../parts/copy.tsx';
import { Figure, Figures } from '../parts/figure.tsx';
import { FlowRows } from '../parts/flow-key.tsx';
import { NameCell, NoteCell, RunList, StateCell, TimeCells } from '../parts/run-table.tsx';
import { StateIcon } from '../parts/state-badge.tsx';
import { useTitle } from '../parts/title.ts';
import { ToLink } from '../parts/to-link.tsx';
import { Empty, View } from '../parts/view.tsx';
import { clockZone, dayOf, duration, exact, hourMinute, relative, shortDay } from '../time.ts';
import { HourBars } from './hour-bars.tsx';
import { NeedsCard } from './needs/needs-card.tsx';

const firstCommand = 'npm run -s agentic -- instantly daily';

/** The morning look: is everything all right, and if not, what must be done. */
export const OverviewPage = (): ReactNode => {
  useTitle('Overview');
  const query = useResource(overviewResource);
  return (
    <>
      <h1 className="hidden">Overview</h1>
      <View query={query} what="The overview" rows={8}>
        {(overview) => <Content overview={overview} />}
      </View>
    </>
  );
};

const Content = ({ overview }: { overview: Overview }) => (
  <>
    <Attention overview={overview} />
    <Today overview={overview} />
    <div className="cols aside">
      <div className="col">
        <InProgress overview={overview} />
        <HourBars hours={overview.hours} />
      </div>
      <div className="col">
        <NeedsCard overview={overview} />
        <FlowKeys overview={overview} />
        <Card
          title="Recent runs"
          more={
            <Link to="/runs" className="more">
              All runs
            </Link>
          }
        >
          {overview.recent.length > 0 ? (
            <RunList runs={overview.recent.slice(0, 8)} />
          ) : (
            <Empty>No run has ended yet.</Empty>
          )}
        </Card>
        <NextUp overview={overview} />
      </div>
    </div>
  </>
);

const Attention = ({ overview }: { overview: Overview }) => {
  const hasRuns = overview.recent.length + overview.inProgress.length > 0;
  const { attention, runsToday, failedToday } = overview;
  return (
    <section className="card" aria-label="What needs attention, and why">
      {attention.map((item) => (
        <Sentence
          key={item.title}
          icon={<StateIcon kind={item.kind} />}
          action={
            <ToLink to={item.link.to} className="btn xs">
              {item.link.label}
            </ToLink>
          }
        >
          <b>{item.title}</b> {item.text}
        </Sentence>
      ))}
      {attention.length === 0 && hasRuns && (
        <Sentence icon={<StateIcon kind="completed" />}>
          <b>All is well.</b> {counted(runsToday, 'run')} today, {count(failedToday)} failed.
        </Sentence>
      )}
      {attention.length === 0 && !hasRuns && (
        <Empty>
          <p>
            <b>Nothing has run yet.</b> Runs, their figures and what needs you will be here.
          </p>
          <Link to="/new" className="btn p">
            Start the first run
          </Link>
          <p className="row w hint">
            On the command line: <code>{firstCommand}</code>
            <Copy text={firstCommand} name="Copy command" isIcon className="btn q xs" />
          </p>
        </Empty>
      )}
    </section>
  );
};

const Today = ({ overview }: { overview: Overview }) => {
  const today = `${dayOf(useNow())}T00:00:00Z`;
  const ended = overview.completedToday + overview.failedToday;
  const { longestWait, lastDay } = overview;
  return (
    <Figures label="Today">
      <Figure
        name="Runs today"
        value={count(overview.runsToday)}
        note={
          overview.runsYesterday === 0
            ? 'none yesterday'
            : `${changeOfCount(overview.runsToday, overview.runsYesterday).words} on yesterday`
        }
        to={`/runs?from=${today}`}
        spark={overview.hours.map((hour) => hour.completed + hour.failed + hour.cancelled)}
      />
      <Figure
        name="Completed"
        value={percent(share(overview.completedToday, ended))}
        note={overview.failedToday === 0 ? 'none failed' : `${count(overview.failedToday)} failed`}
        tone={overview.failedToday > 0 ? 'failed' : ''}
        to={`/runs?state=${overview.failedToday > 0 ? 'failed' : 'completed'}&from=${today}`}
        spark={overview.hours.map((hour) => hour.completed)}
        colour="var(--completed-fill)"
      />
      <Figure
        name="Open runs"
        value={count(overview.running)}
        note={overview.running === 0 ? 'nothing is under way' : 'queued, running or waiting'}
        to="/runs?state=open&last=all"
      />
      <Figure
        name="In flight"
        value={count(overview.inFlight)}
        note={`of ${counted(overview.slots, 'slot')}`}
        to="/agents"
      />
      <Figure
        name="Longest wait in a queue"
        value={longestWait ? duration(longestWait.ms) : 'none'}
        note={longestWait ? longestWait.agent : 'no task waits'}
        to="/agents"
      />
      <Figure
        name="E-mails sent"
        value={overview.sentLastDay === null ? '–' : count(overview.sentLastDay)}
        note={lastDay === null ? 'no day pulled yet' : `on ${shortDay(lastDay)}`}
        to={lastDay === null ? '/analytics/email' : `/analytics/email?to=${lastDay}`}
      />
    </Figures>
  );
};

const InProgress = ({ overview }: { overview: Overview }) => {
  const runs = overview.inProgress.slice(0, 8);
  return (
    <Card
      title="In progress"
      tag={overview.running}
      line
      more={
        <Link to="/runs" search={{ state: 'open', last: 'all' }} className="more">
          All open runs
        </Link>
      }
    >
      {runs.length === 0 ? (
        <Empty>
          <p>Nothing is under way. Schedules start the daily pulls by themselves.</p>
          <Link to="/new" className="btn">
            New run
          </Link>
        </Empty>
      ) : (
        <table className="cards">
          <thead>
            <tr>
              <th scope="col" style={{ width: 120 }}>
                State
              </th>
              <th scope="col">Run</th>
              <th scope="col" style={{ width: 190 }}>
                Now
              </th>
              <th scope="col" className="r" style={{ width: 92 }}>
                Started, {clockZone()}
              </th>
              <th scope="col" className="r" style={{ width: 104 }}>
                For
              </th>
            </tr>
          </thead>
          <tbody>
            {runs.map((run) => (
              <tr key={run.runId} className="two-lines">
                <StateCell run={run} />
                <NameCell run={run} />
                <NoteCell run={run} />
                <TimeCells run={run} />
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
};

const FlowKeys = ({ overview: { flowKeys } }: { overview: Overview }) => {
  const held = flowKeys.filter(({ closed, paused }) => closed !== null || paused !== null).length;
  return flowKeys.length === 0 ? null : (
    <Card
      title="Flow keys"
      more={
        <Link to="/flow-keys" className="more">
          {held > 0 ? `${held} closed or paused` : 'All keys'}
        </Link>
      }
    >
      <FlowRows flowKeys={flowKeys} />
    </Card>
  );
};

const NextUp = ({ overview }: { overview: Overview }) => {
  const now = useNow();
  return (
    <Card
      title="Next up"
      more={
        <Link to="/schedules" className="more">
          All schedules
        </Link>
      }
    >
      {overview.nextSchedules.length === 0 ? (
        <Empty>No schedule is on.</Empty>
      ) : (
        <ul className="list">
          {overview.nextSchedules.map((next) => (
            <li key={`${next.id} ${next.at}`}>
              <time className="mono t3" dateTime={next.at} title={exact(next.at)}>
                {hourMinute(next.at)}
              </time>
              <Link to="/schedules" search={{ selected: next.id }} className="grow cut quiet-link">
                {next.title}
              </Link>
              <span className="s12 t3">{relative(next.at, now)}</span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
};
