import { forgetLeads as declared } from '../../contracts/leads-work.ts';
import { leftBehind, type Forgetting } from '../../platform/forget.ts';
import { destroysOurs } from '../own-rows.ts';

/** Removes what we keep of an address or a domain, and suppresses it for good; a repeat finds nothing. */
export const forgetLeads = (forgetting: Forgetting) =>
  destroysOurs(declared, {
    async plan({ input: { pattern } }) {
      const counts = Object.entries(await forgetting.look(pattern)).filter(
        ([, count]) => count > 0,
      );
      const rows = counts.map(([table, count]) => `${count} in ${table}`).join(', ');
      return {
        summary: `Puts ${pattern} on the suppression list and removes it from ${rows === '' ? 'no row of ours: there is none' : `rows of ours: ${rows}`}`,
        wouldAct: true,
      };
    },
    async act({ input: { pattern, reason } }) {
      const forgotten = await forgetting.forget(pattern, { by: declared.id, reason });
      return { pattern, ...forgotten, left: [...leftBehind] };
    },
  });
