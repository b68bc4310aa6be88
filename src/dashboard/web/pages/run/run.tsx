import { getRouteApi, Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import type { RunDetail } from '../../../../contracts/api.ts';
import { ApiFailure, runResource } from '../../api.ts';
import { useNow, useResource } from '../../live.ts';
import { count } from '../../numbers.ts';
import { Ago } from '../../parts/ago.tsx';
import { Card, Sentence, StandInTag } from '../../parts/card.tsx';
import { Copy } from '../../parts/copy.tsx';
import { useRowKeys } from '../../parts/row-keys.ts';
import { requesterWords } from '../../parts/run-table.tsx';
import { lookOf, StateBadge, StateIcon } from '../../parts/state-badge.tsx';
import { useTitle } from '../../parts/title.ts';
import { Empty, View } from '../../parts/view.tsx';
import { Why } from '../../parts/why.tsx';
import { PipelineInAndOut, StepsTab } from '../pipeline/steps-tab.tsx';
import type { RunSearch } from '../../search.ts';
import { clockZone, duration, exact, when } from '../../time.ts';
import { Actions } from './actions.tsx';
import { AttemptPanel } from './attempt-panel.tsx';
import { attemptKey, stepsOf } from './attempts.ts';
import { effectWords } from '../../parts/effect.ts';
import { BulkResults } from './bulk-results.tsx';
import { Events } from './events.tsx';
import { InputAndOutput } from './input-and-output.tsx';
import { Logs } from './logs.tsx';
import { MemoryTab } from './memory-tab.tsx';
import { MethodAnswer } from './method-answer.tsx';
import { Timeline } from './timeline.tsx';

const route = getRouteApi('/runs/$workflowId');

/** One piece of work from request to result: what happened, attempt by attempt, and why. */
export const RunPage = (): ReactNode => {
  const { workflowId } = route.useParams();
  const search = route.useSearch();
  const query = useResource(runResource(workflowId, search.run));
  const state = query.data ? [lookOf(query.data.run.state.kind).word, query.data.run.title] : [];
  useTitle(...(state.length > 0 ? state : [workflowId]));
  if (query.error instanceof ApiFailure && query.error.status === 404 && !query.data) {
    return <NotKnown workflowId={workflowId} />;
  }
  return (
    <View query={query} what="The run" rows={9}>
      {(detail) => <Content detail={detail} search={search} />}
    </View>
  );
};

const NotKnown = ({ workflowId }: { workflowId: string }) => {
  const navigate = route.useNavigate();
  const [id, setId] = useState('');
  return (
    <>
      <h1>No run has this id</h1>
      <section className="card">
        <Empty>
          <p className="wrap">
            <code>{workflowId}</code> is not known. It may be older than the server keeps.
          </p>
          <form
            className="row w"
            onSubmit={(event) => {
              event.preventDefault();
              void navigate({ to: '/runs', search: { q: id.trim() || workflowId, last: 'all' } });
            }}
          >
            <label className="find field">
              <span className="hidden">Search runs</span>
              <input
                type="search"
                placeholder="Part of an id or a name"
                value={id}
                onChange={(event) => setId(event.currentTarget.value)}
              />
            </label>
            <button type="submit" className="btn">
              Search runs
            </button>
          </form>
        </Empty>
      </section>
    </>
  );
};

const Content = ({ detail, search }: { detail: RunDetail; search: RunSearch }) => {
  const { run } = detail;
  return (
    <>
      <div className="head">
        <h1>{run.title}</h1>
        <StateBadge kind={run.state.kind} />
        {run.isStandIn && <StandInTag />}
        <span className="grow" />
        <Actions detail={detail} />
      </div>
      <Facts detail={detail} />
      <section className="card" aria-label="Why">
        <Sentence
          icon={<StateIcon kind={run.state.kind} />}
          action={
            run.state.kind === 'waiting' && (
              <Link
                to="/flow-keys/$flowKey"
                params={{ flowKey: run.state.flowKey }}
                className="btn xs"
              >
                See the key
              </Link>
            )
          }
        >
          <Why text={detail.why} />
        </Sentence>
      </section>
      <MethodAnswer detail={detail} />
      <Tabs detail={detail} search={search} />
      <Tab detail={detail} search={search} />
    </>
  );
};

const Facts = ({ detail }: { detail: RunDetail }) => {
  const now = useNow();
  const { run, effect } = detail;
  const took = (run.closedAt === null ? now : Date.parse(run.closedAt)) - Date.parse(run.startedAt);
  return (
    <div className="row g3 w s12 t2 facts">
      <span className="row g1">
        <span className="mono wrap">{run.workflowId}</span>
        <Copy text={run.workflowId} name="Copy id" isIcon className="copy-id" />
      </span>
      <span className="sep" />
      <span title={exact(run.startedAt)}>
        Started {when(run.startedAt, now)} {clockZone()}, <Ago at={run.startedAt} />
      </span>
      <span className="sep" />
      <span>
        {run.closedAt === null ? 'for' : 'took'} {duration(took)}
      </span>
      <span className="sep" />
      <span>by {requesterWords(run)}</span>
      {run.account !== null && (
        <>
          <span className="sep" />
          <span>account {run.account}</span>
        </>
      )}
      {effect !== null && (
        <span className={`tag ${effect === 'destroy' ? 'danger' : ''}`}>{effectWords[effect]}</span>
      )}
    </div>
  );
};

const tabs = [
  { tab: 'timeline', label: 'Timeline' },
  { tab: 'steps', label: 'Steps' },
  { tab: 'results', label: 'Results' },
  { tab: 'io', label: 'Input and output' },
  { tab: 'memory', label: 'Memory' },
  { tab: 'logs', label: 'Logs' },
  { tab: 'events', label: 'Events' },
] as const;

const isPipeline = ({ run }: RunDetail): boolean => run.type === 'pipeline';
/** A pipeline has steps, whose runs have the attempts; an act on many runs has its results. */
const firstTab = ({ run }: RunDetail) =>
  run.type === 'pipeline' ? 'steps' : run.type === 'bulk' ? 'results' : 'timeline';
const hasTab = (detail: RunDetail, tab: (typeof tabs)[number]['tab']): boolean => {
  if (tab === 'memory') return detail.run.type === 'task';
  return !['timeline', 'steps', 'results'].includes(tab) || tab === firstTab(detail);
};

const Tabs = ({ detail, search }: { detail: RunDetail; search: RunSearch }) => (
  <nav className="tabs" aria-label="Run">
    {tabs
      .filter(({ tab }) => hasTab(detail, tab))
      .map(({ tab, label }) => (
        <Link
          key={label}
          to="/runs/$workflowId"
          params={{ workflowId: detail.run.workflowId }}
          search={{ run: search.run, tab }}
          aria-current={(search.tab ?? firstTab(detail)) === tab ? 'page' : undefined}
          replace
        >
          {label}
          {tab === 'timeline' && <span>{count(detail.attempts.length)}</span>}
          {tab === 'memory' && detail.memory && <span>{count(detail.memory.heeded.length)}</span>}
          {tab === 'events' && <span>{count(detail.historyLength)}</span>}
        </Link>
      ))}
  </nav>
);

const Tab = ({ detail, search }: { detail: RunDetail; search: RunSearch }) => {
  const { workflowId, runId, closedAt } = detail.run;
  const pipeline = { workflowId, run: search.run };
  switch (search.tab ?? firstTab(detail)) {
    case 'steps':
      return <PipelineSteps detail={detail} search={search} />;
    case 'results':
      return <BulkResults workflowId={workflowId} />;
    case 'io':
      return isPipeline(detail) ? (
        <PipelineInAndOut pipeline={pipeline} isClosed={closedAt !== null} />
      ) : (
        <InputAndOutput detail={detail} />
      );
    case 'memory':
      return <MemoryTab detail={detail} />;
    case 'logs':
      return <Logs key={runId} detail={detail} />;
    case 'events':
      return <Events key={runId} detail={detail} />;
    case 'timeline':
      return <Attempts detail={detail} search={search} />;
  }
};

const PipelineSteps = ({ detail, search }: { detail: RunDetail; search: RunSearch }) => {
  const navigate = route.useNavigate();
  return (
    <>
      <StepsTab
        pipeline={{ workflowId: detail.run.workflowId, run: search.run }}
        search={search}
        change={(next) =>
          void navigate({ search: { ...search, ...next }, replace: true, resetScroll: false })
        }
      />
      <Executions detail={detail} />
    </>
  );
};

const Attempts = ({ detail, search }: { detail: RunDetail; search: RunSearch }) => {
  const navigate = route.useNavigate();
  const change = (next: Partial<RunSearch>) =>
    void navigate({ search: { ...search, ...next }, replace: true, resetScroll: false });
  const attempts = stepsOf(detail.attempts).flatMap((step) => step.attempts);
  const selected =
    attempts.find((attempt) => attemptKey(attempt) === search.at) ??
    attempts.findLast((attempt) => attempt.outcome === 'running' || attempt.outcome === 'failed') ??
    attempts.at(-1);
  const selectedKey = selected && attemptKey(selected);
  useAttemptKeys(attempts.map(attemptKey), selectedKey, (at) => change({ at }));
  return (
    <div className={selected ? 'cols aside' : 'cols'}>
      <div className="col">
        <Timeline detail={detail} search={search} selected={selectedKey} change={change} />
        <Executions detail={detail} />
      </div>
      {selected && <AttemptPanel detail={detail} attempt={selected} />}
    </div>
  );
};

function useAttemptKeys(
  keys: readonly string[],
  selected: string | undefined,
  select: (key: string) => void,
): void {
  useRowKeys(keys.length, () => undefined, {
    current: selected === undefined ? -1 : keys.indexOf(selected),
    move: (index) => {
      const key = keys[index];
      if (key !== undefined) select(key);
    },
  });
}

const Executions = ({ detail }: { detail: RunDetail }) => {
  const now = useNow();
  if (detail.executions.length < 2) return null;
  return (
    <Card title="Runs with this id" tag={detail.executions.length}>
      <ul className="list">
        {detail.executions.map((execution) => {
          const isThis = execution.runId === detail.run.runId;
          return (
            <li key={execution.runId}>
              <StateBadge kind={execution.state} />
              <span className="mono t3 cut grow s11">{execution.runId}</span>
              <span className="s12 t2 num" title={exact(execution.startedAt)}>
                {when(execution.startedAt, now)}
              </span>
              {isThis ? (
                <span className="tag">this one</span>
              ) : (
                <Link
                  to="/runs/$workflowId"
                  params={{ workflowId: detail.run.workflowId }}
                  search={{ run: execution.runId }}
                  className="btn xs"
                >
                  Open
                </Link>
              )}
            </li>
          );
        })}
      </ul>
    </Card>
  );
};
