import type { Effect } from '../../../contracts/capability.ts';

/** What repeating a capability means, in one word. */
export const effectWords: Readonly<Record<Effect, string>> = {
  read: 'reads',
  upsert: 'updates',
  send: 'sends',
  spend: 'spends',
  destroy: 'destroys',
  notify: 'notifies',
};
