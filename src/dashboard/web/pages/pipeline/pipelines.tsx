import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { RunSummary } from '../../../../contracts/api.ts';
import type { PipelineList } from '../../../../contracts/pipeline.ts';
import { pipelineRunsResource, readyPipelinesResource } from '../../api-pipelines.ts';
import { useResource } from '../../live.ts';
import { counted } from '../../numbers.ts';
import { Ago } from '../../parts/ago.tsx';
import { Card } from '../../parts/card.tsx';
import { Copy } from '../../parts/copy.tsx';
import { Icon } from '../../parts/icon.tsx';
import {
  NameCell,
  NoteCell,
  requesterWords,
  StateCell,
  TimeCells,
} from '../../parts/run-table.tsx';
import { useTitle } from '../../parts/title.ts';
import { Empty, View } from '../../parts/view.tsx';
import { namesOfParams } from './params.ts';
import { RunSquares } from './run-squares.tsx';
import { clockZone } from '../../time.ts';

const command = 'npm run -s agentic -- pipeline list';
const runsShown = 100;
const rowsShown = 15;

/** The pipelines that are ready to run, those that are broken, and what ran of late. */
export const PipelinesPage = (): ReactNode => {
  useTitle('Pipelines');
  const ready = useResource(readyPipelinesResource);
  const runs = useResource(pipelineRunsResource(undefined, runsShown));
  return (
    <>
      <div className="head">
        <h1>Pipelines</h1>
        <span className="t3">Several capabilities in an order, with questions and repair.</span>
      </div>
      <View query={ready} what="The list of pipelines">
        {(list) => <Ready list={list} runs={runs.data?.runs ?? []} />}
      </View>
      <View query={runs} what="The runs of pipelines" rows={4}>
        {({ runs: rows, total }) => <Runs runs={rows} total={total} />}
      </View>
    </>
  );
};

const Ready = ({
  list: { pipelines, broken },
  runs,
}: {
  list: PipelineList;
  runs: readonly RunSummary[];
}) => (
  <>
    {broken.length > 0 && <Broken broken={broken} />}
    <Card title="Ready to run" tag={pipelines.length} line>
      {pipelines.length === 0 ? (
        <Empty>
          <p>
            <b>No pipeline is ready.</b> They are YAML files in the folder <code>pipelines</code>;
            each appears here once it is there.
          </p>
          <p className="row w hint">
            On the command line: <code>{command}</code>
            <Copy text={command} name="Copy command" isIcon className="btn q xs" />
          </p>
        </Empty>
      ) : (
        <table className="cards">
          <thead>
            <tr>
              <th scope="col">Pipeline</th>
              <th scope="col" style={{ width: 200 }}>
                Parameters
              </th>
              <th scope="col" className="r" style={{ width: 72 }}>
                Steps
              </th>
              <th scope="col" style={{ width: 150 }}>
                Last runs
              </th>
              <th scope="col" className="r" style={{ width: 108 }}>
                <span className="hidden">Start</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {pipelines.map((each) => {
              const own = runs.filter(({ workflowId }) =>
                workflowId.startsWith(`pipeline/${each.name}/`),
              );
              return (
                <tr key={each.name} className="two-lines">
                  <th scope="row" className="full">
                    <Link
                      to="/pipelines/$name"
                      params={{ name: each.name }}
                      className="cut block strong quiet-link"
                    >
                      {each.title}
                    </Link>
                    <span className="cut block s12 t3" title={each.description}>
                      {each.description || each.name}
                    </span>
                  </th>
                  <td className="s12 t2 cut hide-m">{namesOfParams(each.paramsSchema)}</td>
                  <td className="r num hide-m">{each.steps.length}</td>
                  <td>
                    <RunSquares runs={own.slice(0, 5)} />
                    {own[0] && (
                      <span className="s11 t3 block">
                        <Ago at={own[0].startedAt} />
                      </span>
                    )}
                  </td>
                  <td className="r">
                    <Link
                      to="/pipelines/$name"
                      params={{ name: each.name }}
                      hash="start"
                      className="btn xs"
                      aria-label={`Run ${each.title}`}
                    >
                      <Icon name="play" size="s" />
                      Run…
                    </Link>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </Card>
  </>
);

/** Files that can't be started, and what to mend. */
const Broken = ({ broken }: { broken: PipelineList['broken'] }) => (
  <Card title="Can’t be started" tag={counted(broken.length, 'file')} line>
    <ul className="list">
      {broken.map(({ file, problems }) => (
        <li key={file} className="broken-file">
          <span className="failed row">
            <Icon name="failed" />
          </span>
          <span className="grow">
            <b className="mono">{file}.yaml</b>
            {problems.map(({ line, path, message }) => (
              <span key={`${path} ${message}`} className="block s12 t2 wrap">
                {line !== null && <>line {line}: </>}
                {path !== '' && <code>{path.slice(1).replaceAll('/', '.')}</code>} {message}
              </span>
            ))}
          </span>
        </li>
      ))}
    </ul>
  </Card>
);

const Runs = ({ runs, total }: { runs: readonly RunSummary[]; total: number }) => (
  <Card
    title="Runs"
    tag={total}
    line
    more={
      total > rowsShown && (
        <Link to="/runs" search={{ q: 'pipeline/', last: 'all' }} className="more">
          All runs of pipelines
        </Link>
      )
    }
  >
    {runs.length === 0 ? (
      <Empty>
        <p>No pipeline has run yet. Start one above; its steps can be followed here.</p>
      </Empty>
    ) : (
      <table className="cards">
        <thead>
          <tr>
            <th scope="col" style={{ width: 176 }}>
              State
            </th>
            <th scope="col">Run</th>
            <th scope="col" style={{ width: '26%' }}>
              Now
            </th>
            <th scope="col" style={{ width: 130 }}>
              Started by
            </th>
            <th scope="col" className="r" style={{ width: 104 }}>
              Started, {clockZone()}
            </th>
            <th scope="col" className="r" style={{ width: 100 }}>
              Took
            </th>
          </tr>
        </thead>
        <tbody>
          {runs.slice(0, rowsShown).map((run) => (
            <tr key={run.runId} className="two-lines">
              <StateCell run={run} />
              <NameCell run={run} />
              <NoteCell run={run} />
              <td className="t2 s12 cut hide-m">{requesterWords(run)}</td>
              <TimeCells run={run} />
            </tr>
          ))}
        </tbody>
      </table>
    )}
  </Card>
);
