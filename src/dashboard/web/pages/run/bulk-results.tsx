import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { BulkItem, BulkView } from '../../../../contracts/bulk.ts';
import { bulkResource, readBulk } from '../../api-bulk.ts';
import { useResource } from '../../live.ts';
import { count, counted } from '../../numbers.ts';
import { Ago } from '../../parts/ago.tsx';
import { Card } from '../../parts/card.tsx';
import { FilterChip } from '../../parts/filter-chip.tsx';
import { Icon, type IconName } from '../../parts/icon.tsx';
import { Progress } from '../../parts/progress.tsx';
import { RunLink } from '../../parts/run-link.tsx';
import { Empty, Skeleton, View } from '../../parts/view.tsx';

type Result = NonNullable<BulkItem['result']> | 'open';

const looks: Readonly<
  Record<Result, { readonly word: string; readonly icon: IconName; readonly family: string }>
> = {
  done: { word: 'Done', icon: 'completed', family: 'completed' },
  skipped: { word: 'Skipped', icon: 'skipped', family: 'queued' },
  failed: { word: 'Failed', icon: 'failed', family: 'failed' },
  open: { word: 'Not yet', icon: 'queued', family: 'queued' },
};
const results = (['failed', 'skipped', 'done', 'open'] as const).map((value) => ({
  value,
  label: looks[value].word,
}));

/** How each run took an act on many. @param id of the run that carries it out: `bulk/<id>`. */
export const BulkResults = ({ workflowId }: { workflowId: string }) => {
  const id = workflowId.replace(/^bulk\//, '');
  const query = useResource(bulkResource(id));
  return (
    <View query={query} what="The results">
      {(view) => <Results view={view} />}
    </View>
  );
};

const Results = ({ view }: { view: BulkView }) => {
  const [result, setResult] = useState<Result>();
  const [from, setFrom] = useState(0);
  const { id, counts, reason, by } = view;
  const isFirst = result === undefined && from === 0;
  const page = useQuery({
    queryKey: ['bulk', id, result, from, counts.open],
    queryFn: ({ signal }) => readBulk(id, { result, from }, signal),
    enabled: !isFirst,
  });
  const shown = isFirst ? view : page.data;
  return (
    <Card
      title="Results"
      tag={counted(counts.total, 'run')}
      line
      more={
        <FilterChip
          name="Result"
          any="Any result"
          value={result}
          options={results}
          onChange={(value) => {
            setFrom(0);
            setResult(results.find((each) => each.value === value)?.value);
          }}
        />
      }
    >
      <div className="pad">
        <Progress
          progress={{
            total: counts.total,
            completed: counts.done + counts.skipped,
            failed: counts.failed,
          }}
        />
        <p className="t2 s12">
          {count(counts.done)} done, {count(counts.skipped)} skipped, {count(counts.failed)} failed,{' '}
          {count(counts.open)} not yet. Asked for by {by}: “{reason}”
        </p>
      </div>
      {shown === undefined ? (
        <Skeleton />
      ) : shown.items.length === 0 ? (
        <Empty>No run has this result.</Empty>
      ) : (
        <Table items={shown.items} />
      )}
      {(from > 0 || (shown && shown.next !== null)) && (
        <div className="pad row">
          {from > 0 && (
            <button type="button" className="btn xs" onClick={() => setFrom(0)}>
              From the first
            </button>
          )}
          {shown?.next != null && (
            <button type="button" className="btn xs" onClick={() => setFrom(shown.next ?? 0)}>
              Next runs
            </button>
          )}
        </div>
      )}
    </Card>
  );
};

const Table = ({ items }: { items: readonly BulkItem[] }) => (
  <table className="cards">
    <thead>
      <tr>
        <th scope="col" style={{ width: 112 }}>
          Result
        </th>
        <th scope="col" style={{ width: '38%' }}>
          Run
        </th>
        <th scope="col">What came of it</th>
        <th scope="col" className="r" style={{ width: 104 }}>
          When
        </th>
      </tr>
    </thead>
    <tbody>
      {items.map((item) => (
        <tr key={item.seq} className="two-lines">
          <td>
            <Badge result={item.result ?? 'open'} />
          </td>
          <th scope="row" className="full">
            <RunLink
              workflowId={item.workflowId}
              runId={item.runId}
              type={item.type}
              className="cut strong quiet-link block"
            >
              {item.title}
            </RunLink>
            <span className="mono t3 cut block s11">{item.workflowId}</span>
          </th>
          <td className="full t2 s12 cut" title={item.message}>
            {item.message}
          </td>
          <td className="r t3 s12">{item.at && <Ago at={item.at} />}</td>
        </tr>
      ))}
    </tbody>
  </table>
);

const Badge = ({ result }: { result: Result }) => {
  const { word, icon, family } = looks[result];
  return (
    <span className={`badge ${family}`}>
      <Icon name={icon} size="m" />
      {word}
    </span>
  );
};
