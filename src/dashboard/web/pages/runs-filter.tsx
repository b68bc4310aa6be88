import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { agentsResource } from '../api.ts';
import { useResource } from '../live.ts';
import type { RunsSearch } from '../search.ts';
import { FilterChip, type FilterOption } from '../parts/filter-chip.tsx';
import { Icon } from '../parts/icon.tsx';
import { hourMinute, shortDay } from '../time.ts';

const route = getRouteApi('/runs');

const states: readonly FilterOption[] = [
  { value: 'open', label: 'Open' },
  { value: 'needs-you', label: 'Needs you' },
  { value: 'completed', label: 'Completed' },
  { value: 'failed', label: 'Failed' },
  { value: 'cancelled', label: 'Cancelled' },
];
const requesters: readonly FilterOption[] = [
  { value: 'person', label: 'By a person' },
  { value: 'cli', label: 'By command line' },
  { value: 'schedule', label: 'By a schedule' },
  { value: 'tour', label: 'By the tour' },
  { value: 'temporal', label: 'By Temporal, by hand' },
];
const spans = [
  { value: undefined, label: '24 h' },
  { value: '7d', label: '7 days' },
  { value: '30d', label: '30 days' },
  { value: 'all', label: 'All' },
] as const;

const labelOf = (options: readonly FilterOption[], value: string): string =>
  options.find((option) => option.value === value)?.label ?? value;

/** The filters that are set, as words, and what the address is without each. */
export function activeFilters(
  search: RunsSearch,
): readonly { readonly key: string; readonly words: string; readonly without: RunsSearch }[] {
  const { from, to } = search;
  const at = (time: string) => `${shortDay(time)} ${hourMinute(time)}`;
  const all: readonly (readonly [keyof RunsSearch, string | undefined])[] = [
    ['q', search.q && `“${search.q}”`],
    ['state', search.state && labelOf(states, search.state)],
    ['agent', search.agent],
    ['capability', search.capability],
    ['account', search.account && `account ${search.account}`],
    ['by', search.by && labelOf(requesters, search.by)],
    ['from', from && `from ${at(from)}`],
    ['to', to && `until ${at(to)}`],
  ];
  return all.flatMap(([key, words]) =>
    words === undefined ? [] : [{ key, words, without: { ...search, [key]: undefined } }],
  );
}

/** How far back the list reaches, in words. */
export const spanWords = (search: RunsSearch): string =>
  search.from !== undefined || search.to !== undefined || search.last === 'all'
    ? ''
    : `in the last ${spans.find((span) => span.value === search.last)?.label ?? '24 h'}`;

/** Search, choices and time span; every change goes into the address. */
export const RunsFilter = ({ search }: { search: RunsSearch }) => {
  const navigate = route.useNavigate();
  const router = useRouter();
  const agents = useResource(agentsResource).data?.agents ?? [];
  const [text, setText] = useState(search.q ?? '');
  const set = (change: RunsSearch) =>
    void navigate({ search: { ...search, ...change }, replace: true });

  useEffect(() => setText(search.q ?? ''), [search.q]);
  useEffect(() => {
    const wanted = text.trim() === '' ? undefined : text.trim();
    if (wanted === search.q) return undefined;
    const timer = setTimeout(() => {
      // another page may be on its way: typing must not call the person back
      if (router.latestLocation.pathname === '/runs') set({ q: wanted });
    }, 300);
    return () => clearTimeout(timer);
  });

  const named = (values: readonly string[]): readonly FilterOption[] =>
    [...new Set(values)].map((value) => ({ value, label: value }));
  const hasRange = search.from !== undefined || search.to !== undefined;

  return (
    <div className="row w" role="search" aria-label="Filter runs">
      <label className="find field">
        <Icon name="search" size="m" />
        <span className="hidden">Search runs</span>
        <input
          type="search"
          data-page-filter
          placeholder="Id, name, input or failure"
          value={text}
          maxLength={200}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <kbd className="hide-m">/</kbd>
      </label>
      <FilterChip
        name="State"
        any="Any state"
        value={search.state}
        options={states}
        onChange={(value) => set({ state: stateOf(value) })}
      />
      <FilterChip
        name="Capability"
        any="Any capability"
        value={search.capability}
        options={agents.flatMap((agent) =>
          agent.capabilities.map(({ id, title }) => ({ value: id, label: title })),
        )}
        onChange={(capability) => set({ capability })}
      />
      <FilterChip
        name="Agent"
        any="Any agent"
        value={search.agent}
        options={agents.map(({ id, title }) => ({ value: id, label: title }))}
        onChange={(agent) => set({ agent })}
      />
      <FilterChip
        name="Account"
        any="Any account"
        value={search.account}
        options={named(agents.flatMap((agent) => agent.accounts.map(({ name }) => name)))}
        onChange={(account) => set({ account })}
      />
      <FilterChip
        name="Started by"
        any="By anyone"
        value={search.by}
        options={requesters}
        onChange={(value) => set({ by: requesterOf(value) })}
      />
      <div className="seg" role="group" aria-label="Started in the last">
        {spans.map((span) => (
          <button
            key={span.label}
            type="button"
            aria-pressed={!hasRange && span.value === search.last}
            onClick={() => set({ last: span.value, from: undefined, to: undefined })}
          >
            {span.label}
          </button>
        ))}
      </div>
    </div>
  );
};

const stateOf = (value: string | undefined): RunsSearch['state'] =>
  (['open', 'needs-you', 'completed', 'failed', 'cancelled'] as const).find(
    (state) => state === value,
  );
const requesterOf = (value: string | undefined): RunsSearch['by'] =>
  (['person', 'cli', 'schedule', 'tour', 'temporal'] as const).find((by) => by === value);
