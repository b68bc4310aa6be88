/** Settings as the browser reads them; the calls themselves are those of `api.ts`. */
import { Checks, DataView } from '../../contracts/settings.ts';
import { get, resource, type Resource } from './api.ts';

/** What the checks of `agentic doctor` found; at most a minute old. */
export const checksResource: Resource<Checks> = resource('/api/checks', Checks);

/** Looks at everything now. Takes up to 15 s. */
export const checkAgain = (signal?: AbortSignal): Promise<Checks> =>
  get('/api/checks?again=yes', Checks, signal);

/** What is stored, and how long it stays. */
export const dataResource: Resource<DataView> = {
  ...resource('/api/data', DataView),
  everyMs: 60_000,
};
