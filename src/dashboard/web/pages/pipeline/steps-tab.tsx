import type { PipelineDetail } from '../../../../contracts/pipeline.ts';
import { pipelineResource, type PipelineRef } from '../../api-pipelines.ts';
import { useResource } from '../../live.ts';
import { Card } from '../../parts/card.tsx';
import { Copy } from '../../parts/copy.tsx';
import { ValueCard } from '../../parts/values.tsx';
import { Empty, View } from '../../parts/view.tsx';
import type { RunSearch } from '../../search.ts';
import { factsOf, firstToSee } from './step-facts.ts';
import { StepPanel } from './step-panel.tsx';
import { StepsView } from './steps-view.tsx';

/** The steps of a pipeline's run, and the one that is looked at. */
export const StepsTab = ({
  pipeline,
  search,
  change,
}: {
  pipeline: PipelineRef;
  search: RunSearch;
  change: (next: Partial<RunSearch>) => void;
}) => (
  <View query={useResource(pipelineResource(pipeline))} what="The steps">
    {(detail) => <Steps detail={detail} search={search} change={change} />}
  </View>
);

const Steps = ({
  detail,
  search,
  change,
}: {
  detail: PipelineDetail;
  search: RunSearch;
  change: (next: Partial<RunSearch>) => void;
}) => {
  const facts = factsOf(detail);
  const selected = facts.find(({ step }) => step.id === search.step) ?? firstToSee(facts);
  if (!selected) {
    return (
      <div className="card">
        <Empty>
          {detail.phase === 'following'
            ? 'It joined the run of the same work, which has its own page.'
            : 'Its steps are not known yet: a worker checks the pipeline first.'}
        </Empty>
      </div>
    );
  }
  return (
    <>
      {!detail.isLive && detail.phase !== 'closed' && (
        <p className="retrying s12">
          No worker answers for this run: this is what was written down last.
        </p>
      )}
      <StepsView
        title="Steps"
        facts={facts}
        selected={selected.step.id}
        select={(step) => change({ step })}
        view={search.view}
        setView={(view) => change({ view })}
        panel={<StepPanel key={selected.step.id} detail={detail} facts={selected} />}
      />
    </>
  );
};

/** Parameters, result and source of a pipeline's run. */
export const PipelineInAndOut = ({
  pipeline,
  isClosed,
}: {
  pipeline: PipelineRef;
  isClosed: boolean;
}) => (
  <View query={useResource(pipelineResource(pipeline))} what="The pipeline">
    {({ params, steps, source }) => {
      const handed = steps.filter(({ output }) => output !== null && output !== undefined);
      return (
        <>
          <div className="cols halves">
            <ValueCard title="Parameters" value={params} none="It has no parameters." />
            <ValueCard
              title={isClosed ? 'Result' : 'Result so far'}
              value={
                handed.length === 0
                  ? null
                  : Object.fromEntries(handed.map(({ id, output }) => [id, output]))
              }
              none="No step has handed anything on."
            />
          </div>
          {source !== null && <SourceCard source={source} />}
        </>
      );
    }}
  </View>
);

/** A definition as text. */
export const SourceCard = ({ source }: { source: string }) => (
  <Card
    title="Source"
    tag="YAML"
    line
    className="source-card"
    more={<Copy text={source} name="Copy source" isIcon className="btn q xs end" />}
  >
    <div className="pad">
      <pre className="source" tabIndex={0} aria-label="Source">
        {source}
      </pre>
    </div>
  </Card>
);
