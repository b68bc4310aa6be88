import { getRouteApi } from '@tanstack/react-router';
import { LogLevel } from '../../../../contracts/logs.ts';
import { agentsResource } from '../../api.ts';
import { useResource } from '../../live.ts';
import { FilterChip } from '../../parts/filter-chip.tsx';
import { Icon } from '../../parts/icon.tsx';
import { levelLooks } from '../../parts/log-level.tsx';
import { SearchField } from '../../parts/search-field.tsx';
import type { LogsSearch } from '../../search.ts';
import { activeFilters, hasRange, spanOf, spans } from './log-search.ts';

const route = getRouteApi('/logs');

/** Search, choices and time; every change goes into the address. */
export const LogFilterBar = ({ search }: { search: LogsSearch }) => {
  const navigate = route.useNavigate();
  const agents = useResource(agentsResource).data?.agents ?? [];
  const set = (change: LogsSearch, replace = true) =>
    void navigate({ search: { ...search, selected: undefined, ...change }, replace });
  const named = activeFilters(search).filter(({ without }) =>
    (['run', 'field', 'from', 'to'] as const).some((key) => without[key] !== search[key]),
  );
  return (
    <div className="row w" role="search" aria-label="Filter lines">
      <SearchField
        name="Search the log"
        placeholder="Words of a line"
        value={search.q}
        onChange={(q) => set({ q })}
      />
      <FilterChip
        name="Level"
        any="Any level"
        value={search.level}
        options={LogLevel.options.slice(1).map((value) => ({
          value,
          label: value === 'error' ? 'Errors' : `${levelLooks[value].word} and above`,
        }))}
        onChange={(value) => set({ level: LogLevel.safeParse(value).data })}
      />
      <FilterChip
        name="Agent"
        any="Any agent"
        value={search.agent}
        options={agents.map(({ id, title }) => ({ value: id, label: title }))}
        onChange={(agent) => set({ agent })}
      />
      <div className="seg" role="group" aria-label="Said in the last">
        {spans.map(({ value, label }) => (
          <button
            key={value}
            type="button"
            aria-pressed={!hasRange(search) && spanOf(search).value === value}
            onClick={() => set({ last: value, from: undefined, to: undefined })}
          >
            {label}
          </button>
        ))}
      </div>
      {named.map(({ words, without }) => (
        <button
          key={words}
          type="button"
          className="chip on"
          aria-label={`Remove the filter ${words}`}
          onClick={() => void navigate({ search: without })}
        >
          <span className="cut">{words}</span>
          <Icon name="close" size="s" />
        </button>
      ))}
    </div>
  );
};
