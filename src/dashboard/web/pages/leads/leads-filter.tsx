import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { LeadChoices } from '../../../../contracts/lead-views.ts';
import { count } from '../../numbers.ts';
import { FilterChip } from '../../parts/filter-chip.tsx';
import { Icon } from '../../parts/icon.tsx';
import type { LeadsSearch } from '../../search.ts';
import { isPushed, pushLooks, pushStates } from './lead-words.tsx';

const route = getRouteApi('/leads');

const withEmail = [
  { value: 'yes', label: 'With e-mail' },
  { value: 'no', label: 'Without e-mail' },
];
const leftOut = [
  { value: 'no', label: 'In use' },
  { value: 'yes', label: 'Left out' },
];
const yesOrNo = (value: string | undefined) => (['yes', 'no'] as const).find((w) => w === value);

/** The filters that are set, as words, and what the address is without each. */
export function activeFilters(
  search: LeadsSearch,
  campaigns: LeadChoices['campaigns'],
): readonly { readonly key: string; readonly words: string; readonly without: LeadsSearch }[] {
  const { q, list, campaign, from, cursor } = search;
  const push = search['push-state'];
  const named = campaigns.find(({ id }) => id === campaign)?.name ?? campaign;
  const labelOf = (options: typeof withEmail, value: string | undefined) =>
    options.find((option) => option.value === value)?.label;
  const all: readonly (readonly [keyof LeadsSearch, string | undefined])[] = [
    ['q', q && `“${q}”`],
    ['list', list && `list ${list}`],
    ['campaign', campaign && `campaign ${named}`],
    ['has-email', labelOf(withEmail, search['has-email'])],
    ['push-state', push && pushLooks[push].word],
    ['left-out', labelOf(leftOut, search['left-out'])],
    ['from', from && `since ${from}`],
    ['cursor', cursor && `after lead ${count(Number(cursor))}`],
  ];
  return all.flatMap(([key, words]) =>
    words === undefined ? [] : [{ key, words, without: { ...search, [key]: undefined } }],
  );
}

/** Search and choices; every change goes into the address. */
export const LeadsFilter = ({
  search,
  choices,
}: {
  search: LeadsSearch;
  choices: LeadChoices | undefined;
}) => {
  const navigate = route.useNavigate();
  const router = useRouter();
  const [text, setText] = useState(search.q ?? '');
  const set = (change: LeadsSearch) =>
    void navigate({
      to: '/leads',
      search: { ...search, cursor: undefined, ...change },
      replace: true,
    });

  useEffect(() => setText(search.q ?? ''), [search.q]);
  useEffect(() => {
    const wanted = text.trim() === '' ? undefined : text.trim();
    if (wanted === search.q) return undefined;
    const timer = setTimeout(() => {
      // another page may be on its way: typing must not call the person back
      if (router.latestLocation.pathname.startsWith('/leads')) set({ q: wanted });
    }, 300);
    return () => clearTimeout(timer);
  });

  return (
    <div className="row w" role="search" aria-label="Filter leads">
      <label className="find field">
        <Icon name="search" size="m" />
        <span className="hidden">Search leads</span>
        <input
          type="search"
          data-page-filter
          placeholder="Name, site, town or address"
          value={text}
          maxLength={200}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <kbd className="hide-m">/</kbd>
      </label>
      {choices && choices.accounts.length > 1 && (
        <FilterChip
          name="Account"
          any={`Account ${choices.account}`}
          value={search.account}
          options={choices.accounts.map(({ name, hasLeads }) => ({
            value: name,
            label: hasLeads ? `Account ${name}` : `Account ${name}, no leads`,
          }))}
          onChange={(account) => set({ account, list: undefined, campaign: undefined })}
        />
      )}
      <FilterChip
        name="List"
        any="Any list"
        value={search.list}
        options={(choices?.lists ?? []).map(({ list, leads }) => ({
          value: list,
          label: `${list} · ${count(leads)}`,
        }))}
        onChange={(list) => set({ list })}
      />
      <FilterChip
        name="Campaign"
        any="Any campaign"
        value={search.campaign}
        options={(choices?.campaigns ?? []).map(({ id, name }) => ({ value: id, label: name }))}
        onChange={(campaign) => set({ campaign })}
      />
      <FilterChip
        name="Push state"
        any="Any push state"
        value={search['push-state']}
        options={pushStates.map((value) => ({ value, label: pushLooks[value].word }))}
        onChange={(value) =>
          set({ 'push-state': value !== undefined && isPushed(value) ? value : undefined })
        }
      />
      <FilterChip
        name="E-mail"
        any="Any e-mail"
        value={search['has-email']}
        options={withEmail}
        onChange={(value) => set({ 'has-email': yesOrNo(value) })}
      />
      <FilterChip
        name="Left out"
        any="In use or not"
        value={search['left-out']}
        options={leftOut}
        onChange={(value) => set({ 'left-out': yesOrNo(value) })}
      />
      <label className="chip day">
        Since
        <input
          type="date"
          aria-label="Came since"
          value={search.from ?? ''}
          onChange={(event) => set({ from: event.currentTarget.value || undefined })}
        />
      </label>
    </div>
  );
};
