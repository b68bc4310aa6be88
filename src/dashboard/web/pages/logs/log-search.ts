import type { LogFilter } from '../../../../contracts/logs.ts';
import type { LogsSearch } from '../../search.ts';
import { hourMinute, shortDay } from '../../time.ts';
import { levelLooks } from '../../parts/log-level.tsx';

/** How far back the page looks, by the word in the address. */
export const spans = [
  { value: '1h', label: '1 h', ms: 3_600_000 },
  { value: '24h', label: '24 h', ms: 86_400_000 },
  { value: '7d', label: '7 days', ms: 7 * 86_400_000 },
  { value: 'all', label: 'All', ms: undefined },
] as const;

/** How far back it looks where the address says nothing: a day, and of a run all. */
export const spanOf = ({ last, run }: LogsSearch) =>
  spans.find(({ value }) => value === (last ?? (run === undefined ? '24h' : 'all'))) ?? spans[1];

export const hasRange = ({ from, to }: LogsSearch): boolean =>
  from !== undefined || to !== undefined;

/** What the address asks of the server; spans count back from the moment of asking. */
export function filterOf(search: LogsSearch): LogFilter {
  const { last: _, selected: __, ...filter } = search;
  const { ms } = spanOf(search);
  return hasRange(search) || ms === undefined
    ? filter
    : { ...filter, from: new Date(Date.now() - ms).toISOString() };
}

/** The filters that are set, in words, and what the address is without each. */
export function activeFilters(
  search: LogsSearch,
): readonly { readonly words: string; readonly without: LogsSearch }[] {
  const { q, level, agent, run, field, from, to } = search;
  const at = (time: string) => `${shortDay(time)} ${hourMinute(time)}`;
  const all: readonly (readonly [keyof LogsSearch, string | undefined])[] = [
    ['q', q && `“${q}”`],
    ['level', level && `${levelLooks[level].word} and above`],
    ['agent', agent],
    ['run', run && `run ${run}`],
    ['field', field?.replace(':', ' = ')],
    ['from', from && `from ${at(from)}`],
    ['to', to && `until ${at(to)}`],
  ];
  return all.flatMap(([key, words]) =>
    words === undefined
      ? []
      : [{ words, without: { ...search, selected: undefined, [key]: undefined } }],
  );
}

/** How far back the page looks, in words. */
export const spanWords = (search: LogsSearch): string =>
  hasRange(search) || spanOf(search).ms === undefined ? '' : ` in the last ${spanOf(search).label}`;
