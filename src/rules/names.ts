/** The queue of swarms, pipelines and starters; each agent has its own queue, named by its id. */
export const systemQueue = 'agentic';

/** Memo key under which a run carries what lists show of it. */
export const runMemoKey = 'agentic';
