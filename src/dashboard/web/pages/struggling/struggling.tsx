import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Struggling } from '../../../../contracts/struggling.ts';
import { agentsResource, flowKeysResource } from '../../api.ts';
import { strugglingResource } from '../../api-struggling.ts';
import { useResource } from '../../live.ts';
import { counted } from '../../numbers.ts';
import { Card, Sentence } from '../../parts/card.tsx';
import { FilterChip, type FilterOption } from '../../parts/filter-chip.tsx';
import { FlowRows } from '../../parts/flow-key.tsx';
import { Icon } from '../../parts/icon.tsx';
import { StateIcon } from '../../parts/state-badge.tsx';
import { useTitle } from '../../parts/title.ts';
import { ToLink } from '../../parts/to-link.tsx';
import { Empty, View } from '../../parts/view.tsx';
import type { StrugglingSearch } from '../../search.ts';
import { CauseTable } from './cause-table.tsx';
import { FeedingSchedules } from './feeding-schedules.tsx';
import { filterOf } from './filter.ts';
import { RunTable } from './run-table.tsx';

const route = getRouteApi('/struggling');
const classes: readonly FilterOption[] = [
  { value: 'transient', label: 'Transient' },
  { value: 'auth', label: 'Auth' },
  { value: 'contract', label: 'Contract' },
  { value: 'data', label: 'Data' },
  { value: 'unknown', label: 'Unknown' },
];
const leastAttempts: readonly FilterOption[] = ['2', '3', '5', '10'].map((value) => ({
  value,
  label: `Try ≥ ${value}`,
}));

/** All work that retries or waits: what is stuck, why, and when it goes on. */
export const StrugglingPage = (): ReactNode => {
  useTitle('Struggling now');
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const query = useResource(strugglingResource(filterOf(search)), true);
  const show = (by: 'run' | undefined) =>
    void navigate({ search: { ...search, by, selected: undefined }, replace: true });
  return (
    <>
      <div className="head">
        <h1>Struggling now</h1>
        <span className="t3 hide-m">
          Everything that is not going the straight way, and what will happen next.
        </span>
        <span className="grow" />
        <div className="seg" role="group" aria-label="Grouped">
          <button type="button" aria-pressed={search.by !== 'run'} onClick={() => show(undefined)}>
            By cause
          </button>
          <button type="button" aria-pressed={search.by === 'run'} onClick={() => show('run')}>
            By run
          </button>
        </div>
      </div>
      <Filters search={search} />
      <View query={query} what="What struggles">
        {(struggling) => <Content struggling={struggling} search={search} />}
      </View>
    </>
  );
};

const Filters = ({ search }: { search: StrugglingSearch }) => {
  const navigate = route.useNavigate();
  const agents = useResource(agentsResource).data?.agents ?? [];
  const keys = useResource(flowKeysResource).data?.flowKeys ?? [];
  const set = (change: StrugglingSearch) =>
    void navigate({ search: { ...search, ...change }, replace: true });
  return (
    <div className="row w" role="search" aria-label="Filter what struggles">
      <FilterChip
        name="Agent"
        any="Any agent"
        value={search.agent}
        options={agents.map(({ id, title }) => ({ value: id, label: title }))}
        onChange={(agent) => set({ agent })}
      />
      <FilterChip
        name="Flow key"
        any="Any flow key"
        value={search.key}
        options={keys.map(({ key }) => ({ value: key, label: key }))}
        onChange={(key) => set({ key })}
      />
      <FilterChip
        name="Class"
        any="Any class"
        value={search.class}
        options={classes}
        onChange={(value) => set({ class: classOf(value) })}
      />
      <FilterChip
        name="Next try"
        any="Any try"
        value={search['min-attempt']}
        options={leastAttempts}
        onChange={(least) => set({ 'min-attempt': least })}
      />
    </div>
  );
};

const classOf = (value: string | undefined): StrugglingSearch['class'] =>
  (['transient', 'auth', 'contract', 'data', 'unknown'] as const).find((each) => each === value);

const Content = ({ struggling, search }: { struggling: Struggling; search: StrugglingSearch }) => {
  const { causes, main } = struggling;
  return (
    <>
      {main && (
        <section className="card" aria-label="Main cause">
          <Sentence
            icon={<StateIcon kind={main.kind} />}
            action={
              <ToLink to={main.link.to} className="btn xs">
                {main.link.label}
              </ToLink>
            }
          >
            <b>{main.title}</b> {main.text}
          </Sentence>
        </section>
      )}
      <div className="cols aside">
        <div className="col">
          {causes.length === 0 ? (
            <Nothing atWork={struggling.atWork} search={search} />
          ) : search.by === 'run' ? (
            <RunTable struggling={struggling} search={search} />
          ) : (
            <CauseTable struggling={struggling} search={search} />
          )}
          <FeedingSchedules causes={causes} />
        </div>
        <div className="col">
          <FlowKeys causes={causes} />
        </div>
      </div>
    </>
  );
};

const Nothing = ({ atWork, search }: { atWork: number; search: StrugglingSearch }) => {
  const { agent, key, class: kind, 'min-attempt': least } = search;
  const filters = [agent, key, kind, least && `try ≥ ${least}`].filter(Boolean);
  return (
    <div className="card">
      <Empty>
        {filters.length > 0 ? (
          <>
            <p>
              <b>Nothing that struggles matches</b> {filters.join(', ')}
            </p>
            <Link to="/struggling" search={{ by: search.by }} className="btn xs">
              Clear filters
            </Link>
          </>
        ) : (
          <p className="row wrap">
            <span className="completed row">
              <Icon name="completed" />
            </span>
            <span>
              <b>Nothing struggles.</b>{' '}
              {atWork === 0
                ? 'Nothing is at work now; what waits or is tried again will be here.'
                : `${counted(atWork, 'task')} at work, none waits or is tried again.`}
            </span>
          </p>
        )}
      </Empty>
    </div>
  );
};

/** The keys of what struggles first, then the others. */
const FlowKeys = ({ causes }: { causes: Struggling['causes'] }) => {
  const keys = useResource(flowKeysResource).data?.flowKeys ?? [];
  const isHeld = (key: string) => causes.some(({ flowKey }) => flowKey === key);
  const sorted = keys.toSorted((a, b) => Number(isHeld(b.key)) - Number(isHeld(a.key)));
  return keys.length === 0 ? null : (
    <Card
      title="Flow keys"
      tag={keys.length}
      more={
        <Link to="/flow-keys" className="more">
          All keys
        </Link>
      }
    >
      <FlowRows flowKeys={sorted.slice(0, 8)} />
    </Card>
  );
};
