/** The queue of swarms, pipelines and starters; each agent has its own queue, named by its id. */
export const systemQueue = 'agentic';

/** Memo key under which a run carries what lists show of it. */
export const runMemoKey = 'agentic';

/** The workflow that writes a memory: `anneal/instantly`, `anneal/instantly/stand-in`. */
export const annealIdOf = (of: { readonly agent: string; readonly world: string }): string =>
  `anneal/${of.agent}${of.world === 'live' ? '' : `/${of.world}`}`;
