import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { FlowKeyDetail } from '../../../../contracts/flow-history.ts';
import { ApiFailure, flowKeyResource } from '../../api.ts';
import { useNow, useResource } from '../../live.ts';
import { count, counted } from '../../numbers.ts';
import { Card, Sentence } from '../../parts/card.tsx';
import { FlowBadge, flowStateOf, FlowIcon, FlowMeter, rateWords } from '../../parts/flow-key.tsx';
import { Icon } from '../../parts/icon.tsx';
import { RunLink } from '../../parts/run-link.tsx';
import { NameCell, NoteCell, StateCell, TimeCells } from '../../parts/run-table.tsx';
import { useTitle } from '../../parts/title.ts';
import { Empty, View } from '../../parts/view.tsx';
import { clockZone, duration, exact, relative, when } from '../../time.ts';
import { KeyActs } from './key-acts.tsx';
import { KeyEvents } from './key-events.tsx';
import { KeyHours } from './key-hours.tsx';

const route = getRouteApi('/flow-keys/$flowKey');

/** One flow key: what holds it back, what it did in the last hours, and who waits for it. */
export const FlowKeyPage = (): ReactNode => {
  const { flowKey } = route.useParams();
  useTitle(flowKey, 'Flow keys');
  const query = useResource(flowKeyResource(flowKey));
  if (query.error instanceof ApiFailure && query.error.status === 404 && !query.data) {
    return (
      <>
        <h1>No flow key has this name</h1>
        <section className="card">
          <Empty>
            <p className="wrap">{query.error.message}.</p>
            <Link to="/flow-keys" className="btn">
              All flow keys
            </Link>
          </Empty>
        </section>
      </>
    );
  }
  return (
    <>
      {!query.data && <h1>{flowKey}</h1>}
      <View query={query} what="The flow key" rows={9}>
        {(detail) => <Content detail={detail} />}
      </View>
    </>
  );
};

const Content = ({ detail }: { detail: FlowKeyDetail }) => {
  const { flowKey } = detail;
  return (
    <>
      <div className="head">
        <h1>{flowKey.key}</h1>
        <FlowBadge flowKey={flowKey} />
        <span className="grow" />
        <KeyActs detail={detail} />
      </div>
      <section className="card" aria-label="Why">
        <Sentence icon={<FlowIcon flowKey={flowKey} />}>
          <Why detail={detail} />
        </Sentence>
      </section>
      <div className="cols aside">
        <div className="col">
          <KeyHours detail={detail} />
          <WaitingRuns detail={detail} />
          <Answers detail={detail} />
        </div>
        <div className="col">
          <Limits detail={detail} />
          <KeyEvents events={detail.events} />
        </div>
      </div>
    </>
  );
};

const Why = ({ detail: { flowKey } }: { detail: FlowKeyDetail }) => {
  const now = useNow();
  const { key, closed, paused, waiting, share } = flowKey;
  const those =
    waiting === 0
      ? 'No run waits for it.'
      : `${counted(waiting, 'run')} wait${waiting === 1 ? 's' : ''}`;
  const goOn =
    waiting === 0
      ? those
      : `${those} and go${waiting === 1 ? 'es' : ''} on by ${waiting === 1 ? 'itself' : 'themselves'}.`;
  switch (flowStateOf(flowKey)) {
    case 'paused':
      return (
        <>
          <b>
            Paused by {paused?.by}
            {paused && ` since ${when(paused.since, now)}`}.
          </b>{' '}
          “{paused?.why}” Calls under way end, no new ones start until someone resumes it. {those}
          {waiting > 0 && '.'}
        </>
      );
    case 'closed': {
      const until = closed?.until ?? '';
      const leftMs = Math.max(0, Math.ceil((Date.parse(until) - now) / 1000) * 1000);
      const vendor = key.slice(0, key.indexOf(':'));
      return (
        <>
          <b>
            {closed?.by === 'vendor'
              ? `The vendor asks us to wait until ${when(until, now)} ${clockZone()}, ${duration(leftMs)}.`
              : `We leave ${vendor} alone until ${when(until, now)} ${clockZone()}, ${duration(leftMs)}: it named no time, this is our guess.`}
          </b>{' '}
          “{closed?.why}” {goOn}
        </>
      );
    }
    case 'slowed':
      return (
        <>
          <b>Slowed to {Math.round(share * 100)}% of its rate.</b> Trouble at the vendor shrinks the
          rate, each good answer gives a little of it back. {goOn}
        </>
      );
    case 'open':
      return (
        <>
          <b>Open.</b> Calls go through at the full rate. {goOn}
        </>
      );
  }
};

const WaitingRuns = ({ detail: { flowKey, waitingRuns } }: { detail: FlowKeyDetail }) => (
  <Card
    title="Runs that wait for it"
    tag={flowKey.waiting}
    line={waitingRuns.length > 0}
    more={
      <Link to="/runs" search={{ state: 'open', last: 'all' }} className="more">
        All open runs
      </Link>
    }
  >
    {waitingRuns.length === 0 ? (
      <Empty>No run waits for this key.</Empty>
    ) : (
      <table className="cards">
        <thead>
          <tr>
            <th scope="col" style={{ width: 104 }}>
              State
            </th>
            <th scope="col">Run</th>
            <th scope="col">Why</th>
            <th scope="col" className="r" style={{ width: 92 }}>
              Started, {clockZone()}
            </th>
            <th scope="col" className="r" style={{ width: 104 }}>
              For
            </th>
          </tr>
        </thead>
        <tbody>
          {waitingRuns.map((run) => (
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

const Answers = ({ detail: { answers } }: { detail: FlowKeyDetail }) => {
  const now = useNow();
  return (
    <Card title="Recent answers" tag={answers.length}>
      {answers.length === 0 ? (
        <Empty>The vendor was not called in the last hour.</Empty>
      ) : (
        <ul className="list">
          {answers.map((answer) => (
            <li key={`${answer.runId} ${answer.at}`}>
              <span className={`${answer.isGood ? 'completed' : 'failed'} row`}>
                <Icon name={answer.isGood ? 'completed' : 'failed'} />
                <span className="hidden">{answer.isGood ? 'Good' : 'Bad'}</span>
              </span>
              <span className="grow">
                <RunLink
                  workflowId={answer.workflowId}
                  runId={answer.runId}
                  className="cut block quiet-link"
                >
                  {answer.title}
                </RunLink>
                <span className="cut block s12 t3" title={answer.words}>
                  {answer.words}
                </span>
              </span>
              <time className="s12 t3 nowrap" dateTime={answer.at} title={exact(answer.at)}>
                {relative(answer.at, now)}
              </time>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
};

const Limits = ({ detail: { flowKey, declared } }: { detail: FlowKeyDetail }) => {
  const { limits, limitsBy, underWay } = flowKey;
  const row = (name: string, now: number, was: number) => (
    <>
      <dt>{name}</dt>
      <dd className="num">
        {count(now)}
        {now !== was && <span className="t3"> (declared: {count(was)})</span>}
      </dd>
    </>
  );
  return (
    <Card title="Limits">
      <div className="pad stackv">
        <dl className="kv">
          {row('Calls a second', limits.perSecond, declared.perSecond)}
          {row('Calls a minute', limits.perMinute, declared.perMinute)}
          {row('At once', limits.atOnce, declared.atOnce)}
          <dt>Set by</dt>
          <dd>{limitsBy ?? 'the agent’s declaration'}</dd>
          <dt>Under way</dt>
          <dd className="num">
            {count(underWay)} of {count(limits.atOnce)}
          </dd>
          <dt>Rate in use</dt>
          <dd className="num">{rateWords(flowKey)}</dd>
        </dl>
        <FlowMeter flowKey={flowKey} />
      </div>
    </Card>
  );
};
