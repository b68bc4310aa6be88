import { z } from 'zod';
import { deleteLead as declared } from '../../contracts/instantly-writes.ts';
import type { InstantlyDeps } from './deps.ts';

/** Takes a lead out of a campaign for good. Its id is never given again, so a repeat finds nothing. */
export const deleteLead = ({ client, once }: InstantlyDeps) =>
  once(declared, {
    async plan({ account: name, input }, account) {
      const { campaignId, email } = input;
      const lead = await client.lead(account, campaignId, email);
      if (!lead) {
        return {
          kind: 'nothing',
          summary: `${email} is not in the campaign ${campaignId}: there is nothing to delete`,
          result: { ...input, wasThere: false },
        };
      }
      return {
        kind: 'write',
        summary: `Deletes ${email} from the campaign ${campaignId} for good, with its history there`,
        key: `delete-lead:${name}:${campaignId}:${email}`,
        recipients: [],
        request: { method: 'DELETE', path: `/api/v2/leads/${encodeURIComponent(lead.id)}` },
        isStandIn: false,
      };
    },
    reply: z.unknown(),
    result: (reply, { input }) => ({ ...input, wasThere: reply !== undefined }),
  });
