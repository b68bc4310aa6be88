import { getRouteApi, Link } from '@tanstack/react-router';
import { Fragment } from 'react';
import type { Struggling, StrugglingCause } from '../../../../contracts/struggling.ts';
import { counted } from '../../numbers.ts';
import { Card } from '../../parts/card.tsx';
import { useRowKeys } from '../../parts/row-keys.ts';
import { RunLink } from '../../parts/run-link.tsx';
import { Tick, useSelection } from '../../parts/selection.tsx';
import type { StrugglingSearch } from '../../search.ts';
import { BulkActs } from './bulk-acts.tsx';
import { StrugglingCells, StrugglingHead } from './cells.tsx';
import { RunsBelow } from './run-table.tsx';
import { filterOf } from './filter.ts';

const route = getRouteApi('/struggling');

/** What struggles, one row a cause; a cause opens to its runs. */
export const CauseTable = ({
  struggling: { causes, total, tasks },
  search,
}: {
  struggling: Struggling;
  search: StrugglingSearch;
}) => {
  const navigate = route.useNavigate();
  const open = (id: string | undefined) =>
    void navigate({
      search: { ...search, selected: id === search.selected ? undefined : id },
      replace: true,
      resetScroll: false,
    });
  const current = useRowKeys(causes.length, (index) => open(causes[index]?.id));
  const selection = useSelection(
    causes.map(({ id }) => id),
    current,
  );
  const picked = causes.filter(({ id }) => selection.ids.has(id));
  return (
    <Card
      title="Tasks that retry or wait"
      tag={`${counted(tasks, 'task')}, ${counted(total, 'cause')}`}
      line
      more={
        <span className="more hide-m">
          <kbd>j</kbd> <kbd>k</kbd> move · <kbd>x</kbd> select · <kbd>r</kbd> retry · <kbd>p</kbd>{' '}
          pause
        </span>
      }
    >
      <table className="cards">
        <StrugglingHead what="What" />
        <tbody>
          {causes.map((cause, index) => (
            <Fragment key={cause.id}>
              <tr
                className={`two-lines opens ${selection.ids.has(cause.id) ? 'sel' : ''} ${index === current ? 'cur' : ''}`}
                onClick={(event) => {
                  if (event.target instanceof Element && event.target.closest('a, button, label')) {
                    return;
                  }
                  open(cause.id);
                }}
              >
                <StrugglingCells
                  row={cause}
                  tick={
                    <Tick
                      label={`Select ${cause.title}, ${cause.failure}`}
                      isOn={selection.ids.has(cause.id)}
                      onChange={() => selection.toggle(cause.id)}
                    />
                  }
                >
                  <Name
                    cause={cause}
                    isOpen={cause.id === search.selected}
                    open={() => open(cause.id)}
                  />
                </StrugglingCells>
              </tr>
              {cause.id === search.selected && (
                <RunsBelow cause={cause} filter={filterOf(search)} />
              )}
            </Fragment>
          ))}
        </tbody>
      </table>
      {total > causes.length && (
        <p className="pad t3 s12">
          The {causes.length} largest of {counted(total, 'cause')}. Filters show the others.
        </p>
      )}
      <BulkActs
        picked={picked}
        noun="cause"
        selection={{
          kind: 'causes',
          causes: picked.map(({ id }) => id),
          filter: filterOf(search),
        }}
        clear={() => selection.set([])}
      />
    </Card>
  );
};

const Name = ({
  cause: { capability, title, runs, first },
  isOpen,
  open,
}: {
  cause: StrugglingCause;
  isOpen: boolean;
  open: () => void;
}) => (
  <th scope="row" className="full">
    <button
      type="button"
      className="cut strong quiet-link block"
      aria-expanded={isOpen}
      title={capability}
      onClick={open}
    >
      {title}
    </button>
    <span className="s11 t3 cut block">
      {runs === 1 ? (
        <RunLink
          workflowId={first.workflowId}
          runId={first.runId}
          type={first.type}
          className="mono"
        >
          {first.workflowId}
        </RunLink>
      ) : (
        <Link to="/runs" search={{ state: 'open', capability, last: 'all' }}>
          {counted(runs, 'run')}
        </Link>
      )}
    </span>
  </th>
);
