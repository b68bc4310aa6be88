import { getRouteApi } from '@tanstack/react-router';
import type { AuditFilter } from '../../../../contracts/audit.ts';
import { auditChoicesResource } from '../../api-records.ts';
import { useResource } from '../../live.ts';
import { FilterChip } from '../../parts/filter-chip.tsx';
import { SearchField } from '../../parts/search-field.tsx';
import type { AuditSearch } from '../../search.ts';
import { addDays } from '../../time.ts';
import { nameOf } from './audit-words.tsx';

const route = getRouteApi('/audit');

/** What the address asks of the server: whole days, both included. */
export function filterOf({ by, action, target, from, to }: AuditSearch): AuditFilter {
  return {
    ...{ by, action, target },
    from: from && `${from}T00:00:00Z`,
    to: to && `${addDays(to, 1)}T00:00:00Z`,
  };
}

/** The filters that are set, in words, and what the address is without each. */
export function activeFilters(
  search: AuditSearch,
): readonly { readonly words: string; readonly without: AuditSearch }[] {
  const { by, action, target, from, to } = search;
  const all: readonly (readonly [keyof AuditSearch, string | undefined])[] = [
    ['by', by && `by ${nameOf(by)}`],
    ['action', action],
    ['target', target && `“${target}”`],
    ['from', from && `from ${from}`],
    ['to', to && `until ${to}`],
  ];
  return all.flatMap(([key, words]) =>
    words === undefined
      ? []
      : [{ words, without: { ...search, selected: undefined, [key]: undefined } }],
  );
}

/** Whom, what and when; every change goes into the address. */
export const AuditFilterBar = ({ search }: { search: AuditSearch }) => {
  const navigate = route.useNavigate();
  const choices = useResource(auditChoicesResource).data;
  const set = (change: AuditSearch) =>
    void navigate({ search: { ...search, selected: undefined, ...change }, replace: true });
  return (
    <div className="row w" role="search" aria-label="Filter the audit">
      <SearchField
        name="What it was done to"
        placeholder="Part of what it was done to"
        value={search.target}
        onChange={(target) => set({ target })}
      />
      <FilterChip
        name="By"
        any="By anyone"
        value={search.by}
        options={(choices?.by ?? []).map((value) => ({ value, label: value }))}
        onChange={(by) => set({ by })}
      />
      <FilterChip
        name="Action"
        any="Any action"
        value={search.action}
        options={withGroups(choices?.actions ?? []).map((value) => ({ value, label: value }))}
        onChange={(action) => set({ action })}
      />
      {(['from', 'to'] as const).map((end) => (
        <label key={end} className="chip day">
          {end === 'from' ? 'From' : 'To'}
          <input
            type="date"
            aria-label={end === 'from' ? 'First day' : 'Last day'}
            value={search[end] ?? ''}
            onChange={(event) => set({ [end]: event.currentTarget.value || undefined })}
          />
        </label>
      ))}
    </div>
  );
};

/** Actions, and before each group of several its name: `run`, `run.cancel`, `run.start`. */
function withGroups(actions: readonly string[]): readonly string[] {
  const groupOf = (action: string) => action.split('.')[0] ?? action;
  const groups = actions
    .map(groupOf)
    .filter((group, index, all) => all.indexOf(group) === index)
    .filter((group) => actions.filter((action) => groupOf(action) === group).length > 1);
  return [...actions, ...groups].toSorted((a, b) => a.localeCompare(b));
}
