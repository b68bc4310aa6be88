/** Work that retries or waits, as the browser reads it. */
import {
  Struggling,
  StrugglingRuns,
  type StrugglingQuery,
  type StrugglingRunsQuery,
} from '../../contracts/struggling.ts';
import { get, pathOf, resource, type Resource } from './api.ts';

/** All causes that a filter leaves, with their sentence. */
export const strugglingResource = (filter: StrugglingQuery): Resource<Struggling> =>
  resource(pathOf('/api/struggling', filter), Struggling, pathOf('struggling', filter));

/** One page of the runs below a cause, or of all. */
export const readStruggling = (
  query: Partial<StrugglingRunsQuery>,
  signal?: AbortSignal,
): Promise<StrugglingRuns> => get(pathOf('/api/struggling/runs', query), StrugglingRuns, signal);
