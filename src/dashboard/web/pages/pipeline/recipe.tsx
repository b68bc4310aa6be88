import { getRouteApi, Link } from '@tanstack/react-router';
import { type ReactNode } from 'react';
import type { RunSummary } from '../../../../contracts/api.ts';
import type { PipelineList } from '../../../../contracts/pipeline.ts';
import { pipelineRunsResource, readyPipelinesResource } from '../../api-pipelines.ts';
import { useResource } from '../../live.ts';
import { Card } from '../../parts/card.tsx';
import { RunList } from '../../parts/run-table.tsx';
import { useTitle } from '../../parts/title.ts';
import { Empty, View } from '../../parts/view.tsx';
import type { PipelineSearch } from '../../search.ts';
import { duration } from '../../time.ts';
import { RunSquares } from './run-squares.tsx';
import { StartForm } from './start-form.tsx';
import { SourceCard } from './steps-tab.tsx';
import { StepsView } from './steps-view.tsx';

const route = getRouteApi('/pipelines/$name');
const runsShown = 20;
const listed = 6;

type Ready = PipelineList['pipelines'][number];

/** One ready pipeline: what it does, how it has gone, and starting it. */
export const RecipePage = (): ReactNode => {
  const { name } = route.useParams();
  const search = route.useSearch();
  const query = useResource(readyPipelinesResource);
  const known = query.data?.pipelines.find((each) => each.name === name);
  useTitle(known?.title ?? name, 'Pipelines');
  return (
    <View query={query} what="The pipeline" rows={8}>
      {({ pipelines }) => {
        const pipeline = pipelines.find((each) => each.name === name);
        return pipeline ? (
          <Content pipeline={pipeline} search={search} />
        ) : (
          <NotReady name={name} />
        );
      }}
    </View>
  );
};

const NotReady = ({ name }: { name: string }) => (
  <>
    <h1>No ready pipeline has this name</h1>
    <section className="card">
      <Empty>
        <p className="wrap">
          There is no <code>pipelines/{name}.yaml</code>, or it can’t be started as it is.
        </p>
        <Link to="/pipelines" className="btn">
          All pipelines
        </Link>
      </Empty>
    </section>
  </>
);

const Content = ({ pipeline, search }: { pipeline: Ready; search: PipelineSearch }) => {
  const navigate = route.useNavigate();
  const change = (next: PipelineSearch) =>
    void navigate({ search: { ...search, ...next }, replace: true, resetScroll: false });
  return (
    <>
      <div className="head">
        <h1>{pipeline.title}</h1>
        <span className="mono t3">{pipeline.name}</span>
      </div>
      {pipeline.description !== '' && <p className="t2 recipe-text">{pipeline.description}</p>}
      <div className="cols aside recipe">
        <div className="col">
          <StepsView
            title="Steps"
            facts={pipeline.steps.map((step) => ({ step, status: undefined, run: undefined }))}
            selected={search.step}
            select={(step) => change({ step })}
            view={search.view}
            setView={(view) => change({ view })}
            isPlan
          />
          <SourceCard source={pipeline.source} />
        </div>
        <div className="col">
          <StartForm key={pipeline.name} pipeline={pipeline} />
          <LastRuns name={pipeline.name} />
        </div>
      </div>
    </>
  );
};

const LastRuns = ({ name }: { name: string }) => (
  <View query={useResource(pipelineRunsResource(name, runsShown))} what="Its runs" rows={3}>
    {({ runs, total }) => (
      <Card
        title="Last runs"
        tag={total}
        more={
          <Link to="/runs" search={{ q: `pipeline/${name}/`, last: 'all' }} className="more">
            All runs
          </Link>
        }
      >
        {runs.length === 0 ? (
          <Empty>It has not run yet.</Empty>
        ) : (
          <>
            <div className="pad-x row">
              <RunSquares runs={runs} />
              <span className="s12 t3 end num">{medianWords(runs)}</span>
            </div>
            <RunList runs={runs.slice(0, listed)} />
          </>
        )}
      </Card>
    )}
  </View>
);

/** How long the ones that went well took; half of them took less. */
function medianWords(runs: readonly RunSummary[]): string {
  const took = runs
    .flatMap(({ state, startedAt, closedAt }) =>
      state.kind === 'completed' && closedAt !== null
        ? [Date.parse(closedAt) - Date.parse(startedAt)]
        : [],
    )
    .sort((a, b) => a - b);
  const median = took[Math.floor(took.length / 2)];
  return median === undefined ? '' : `takes ${duration(median)} as a rule`;
}
