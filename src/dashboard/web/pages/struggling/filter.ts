import type { StrugglingSearch } from '../../search.ts';

/** What the server is asked for: the filter without what only this page knows. */
export function filterOf({ agent, key, class: kind, 'min-attempt': least }: StrugglingSearch) {
  return {
    ...{ agent, key, class: kind },
    'min-attempt': least === undefined ? undefined : Number(least),
  };
}
