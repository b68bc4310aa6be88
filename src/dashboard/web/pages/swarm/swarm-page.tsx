import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useEffect, useState, type ReactNode } from 'react';
import type { SwarmDetail } from '../../../../contracts/swarm.ts';
import { ApiFailure } from '../../api.ts';
import { isStartedHere, swarmResource, tilesResource, type SwarmRef } from '../../api-swarms.ts';
import { useNow, useResource } from '../../live.ts';
import { count, percent } from '../../numbers.ts';
import { Ago } from '../../parts/ago.tsx';
import { Sentence, StandInTag } from '../../parts/card.tsx';
import { Copy } from '../../parts/copy.tsx';
import { Icon } from '../../parts/icon.tsx';
import { LessonLink, ruleSubject } from '../../parts/lesson.tsx';
import { requesterWords } from '../../parts/run-table.tsx';
import { lookOf, StateBadge, StateIcon } from '../../parts/state-badge.tsx';
import { useTitle } from '../../parts/title.ts';
import { Empty, View } from '../../parts/view.tsx';
import { Why } from '../../parts/why.tsx';
import type { SwarmSearch } from '../../search.ts';
import { clockZone, exact, when } from '../../time.ts';
import { Controls, type Asked } from './controls.tsx';
import { Counts } from './counts.tsx';
import { FailuresTab } from './failures-tab.tsx';
import { GridTab } from './grid-tab.tsx';
import { TasksTab } from './tasks-tab.tsx';

const route = getRouteApi('/swarms/$workflowId');

/** One swarm from one task to a million: how far it is, what failed, and how to steer it. */
export const SwarmPage = (): ReactNode => {
  const { workflowId } = route.useParams();
  const search = route.useSearch();
  const swarm: SwarmRef = { workflowId, run: search.run };
  const query = useResource(swarmResource(swarm));
  useTilesAhead(swarm, search);
  const run = query.data?.run;
  useTitle(...(run ? [lookOf(run.state.kind).word, run.title] : [workflowId]));
  if (query.error instanceof ApiFailure && query.error.status === 404 && !query.data) {
    return <NotKnown workflowId={workflowId} />;
  }
  return (
    <View query={query} what="The swarm" rows={9}>
      {(detail) => <Content key={detail.swarm} detail={detail} swarm={swarm} search={search} />}
    </View>
  );
};

/** Asks for the grid together with the counts, and not after them. */
function useTilesAhead(swarm: SwarmRef, { tab = 'grid' }: SwarmSearch): void {
  const client = useQueryClient();
  const tiles = tilesResource(swarm);
  const { path } = tiles;
  useEffect(() => {
    if (tab !== 'grid' || isStartedHere(swarm.workflowId)) return;
    const queryFn = ({ signal }: { signal: AbortSignal }) => tiles.read(signal);
    // when it fails, the grid asks itself, and says so
    client.query({ queryKey: [path], queryFn }).catch(() => undefined);
    // once for each swarm: from then on the grid keeps itself fresh
  }, [path]);
}

const NotKnown = ({ workflowId }: { workflowId: string }) => (
  <>
    <h1>No swarm has this id</h1>
    <section className="card">
      <Empty>
        <p className="wrap">
          <code>{workflowId}</code> is not known as a swarm. It may be older than is kept.
        </p>
        <div className="row w">
          <Link to="/swarms" className="btn">
            All swarms
          </Link>
          <Link to="/runs" search={{ q: workflowId, last: 'all' }} className="btn">
            Search runs
          </Link>
        </div>
      </Empty>
    </section>
  </>
);

const Content = ({
  detail,
  swarm,
  search,
}: {
  detail: SwarmDetail;
  swarm: SwarmRef;
  search: SwarmSearch;
}) => {
  const navigate = route.useNavigate();
  const [asked, ask] = useState<Asked>();
  const change = (next: Partial<SwarmSearch>) =>
    void navigate({ search: { ...search, ...next }, replace: true, resetScroll: false });
  const { run } = detail;
  return (
    <>
      <div className="head">
        <h1>{run.title}</h1>
        <StateBadge kind={run.state.kind} />
        {run.isStandIn && <StandInTag />}
        <span className="grow" />
        <Controls detail={detail} swarm={swarm} asked={asked} ask={ask} />
      </div>
      <Facts detail={detail} swarm={swarm} />
      <section className="card" aria-label="Why">
        <Sentence icon={<StateIcon kind={run.state.kind} />}>
          <Why text={detail.why} />
        </Sentence>
        <Starts starts={detail.starts} />
      </section>
      {detail.counts.total > 0 && (
        <Work detail={detail} swarm={swarm} search={search} change={change} ask={ask} />
      )}
    </>
  );
};

/** What memory had it begin with. */
const Starts = ({ starts }: Pick<SwarmDetail, 'starts'>) =>
  starts.map(({ agent, world, lesson, rule, capability, account, why }) => (
    <Sentence
      key={`${agent} ${lesson}`}
      icon={
        <span className="t3 row">
          <Icon name="memory" />
        </span>
      }
    >
      <b>Began with {ruleSubject(rule)}</b> for {capability}, account {account}, by{' '}
      <LessonLink {...{ agent, world, id: lesson }} className="link mono">
        {lesson}
      </LessonLink>
      . <span className="t2">{why}.</span>
    </Sentence>
  ));

/** Counts and tasks, once they are loaded. */
const Work = ({
  detail,
  swarm,
  search,
  change,
  ask,
}: {
  detail: SwarmDetail;
  swarm: SwarmRef;
  search: SwarmSearch;
  change: (next: Partial<SwarmSearch>) => void;
  ask: (asked: Asked) => void;
}) => (
  <>
    <Counts detail={detail} swarm={swarm} />
    <Tabs detail={detail} swarm={swarm} search={search} />
    {search.tab === 'tasks' ? (
      <TasksTab detail={detail} swarm={swarm} search={search} change={change} />
    ) : search.tab === 'failures' ? (
      <FailuresTab
        detail={detail}
        swarm={swarm}
        retry={(of) => ask({ what: 'retry-failed', of, then: detail })}
      />
    ) : (
      <GridTab detail={detail} swarm={swarm} search={search} change={change} />
    )}
  </>
);

const Facts = ({ detail, swarm }: { detail: SwarmDetail; swarm: SwarmRef }) => {
  const now = useNow();
  const { run, request, counts } = detail;
  const failed = counts.failed / Math.max(1, counts.total);
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
      <span>by {requesterWords(run)}</span>
      <span className="sep" />
      <span>from {request.origin}</span>
      <span className="sep" />
      <span className={failed > request.failureThreshold ? 'failed' : ''}>
        fails above {shareWords(request.failureThreshold)}: now {shareWords(failed)}
      </span>
      <span className="sep" />
      <Link
        to="/runs/$workflowId"
        params={{ workflowId: run.workflowId }}
        search={{ run: swarm.run ?? run.runId, tab: 'events' }}
        className="link"
      >
        History
      </Link>
      {detail.squads.open.slice(0, 3).map((squad, index) => (
        <Link
          key={squad.runId}
          to="/runs/$workflowId"
          params={{ workflowId: squad.workflowId }}
          search={{ run: squad.runId }}
          className="link"
          title={squad.workflowId}
        >
          Squad at work {index + 1}
        </Link>
      ))}
    </div>
  );
};

/** `2%`, `0.09%`: small shares keep their digits, and none above zero reads as zero. */
const shareWords = (value: number): string =>
  value > 0 && value < 0.01
    ? `${value < 0.0001 ? 'under 0.01' : (value * 100).toFixed(2)}%`
    : percent(value).replace('.0%', '%');

const Tabs = ({
  detail,
  swarm: { workflowId, run },
  search,
}: {
  detail: SwarmDetail;
  swarm: SwarmRef;
  search: SwarmSearch;
}) => {
  const { counts, failures } = detail;
  const tabs = [
    { tab: 'grid', label: 'Grid', note: '' },
    { tab: 'tasks', label: 'Tasks', note: count(counts.total) },
    {
      tab: 'failures',
      label: 'Failures',
      note:
        counts.failed === 0
          ? '0'
          : `${count(counts.failed)} in ${failures.length === 1 ? 'one kind' : `${failures.length} kinds`}`,
    },
  ] as const;
  return (
    <nav className="tabs" aria-label="Swarm">
      {tabs.map(({ tab, label, note }) => (
        <Link
          key={tab}
          to="/swarms/$workflowId"
          params={{ workflowId }}
          search={{ run, tab }}
          aria-current={(search.tab ?? 'grid') === tab ? 'page' : undefined}
          replace
          resetScroll={false}
        >
          {label}
          {note !== '' && <span>{note}</span>}
        </Link>
      ))}
    </nav>
  );
};
