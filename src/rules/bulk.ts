import type { BulkAct } from '../contracts/bulk.ts';
import { counted } from './time-in-words.ts';

const verbs: Readonly<Record<BulkAct, string>> = {
  cancel: 'Cancel',
  retry: 'Retry',
  'retry-now': 'Try again now:',
  pause: 'Pause',
  resume: 'Resume',
};

/** What an act on many runs is called: `Cancel 412 runs`. */
export const bulkTitle = (act: BulkAct, runs: number): string =>
  `${verbs[act]} ${counted(runs, 'run')}`;

/** The act as the audit names it on each run. */
export const auditActionOf = (act: BulkAct, type: string): string =>
  type === 'swarm' && act !== 'retry-now'
    ? `swarm.${act === 'retry' ? 'retry-failed' : act}`
    : `run.${act}`;
