import { z } from 'zod';
import { addLead as declared, type AddLeadInput } from '../../contracts/instantly-writes.ts';
import type { InstantlyDeps } from './deps.ts';

/** A lead that is skipped comes back without an id. */
const Reply = z.object({ id: z.string().nullish() });

/** Puts one lead into a campaign, once: the key is the lead in the campaign, whatever else it carries. */
export const addLead = ({ client, tables, once }: InstantlyDeps) =>
  once(declared, {
    async plan({ account, input }) {
      const { campaignId, email } = input;
      return {
        kind: 'write',
        summary: `Adds ${email} to the campaign ${campaignId}, which writes to them once it is active`,
        key: `lead:${account}:${campaignId}:${email}`,
        recipients: [email],
        request: { method: 'POST', path: '/api/v2/leads', body: bodyOf(input) },
        isStandIn: await tables.isStandInCampaign(campaignId),
      };
    },
    reply: Reply,
    result: (reply, { input: { campaignId, email } }) => ({
      campaignId,
      email,
      leadId: reply?.id ?? null,
      isSkipped: reply !== undefined && reply.id == null,
    }),
    async lookUp({ input: { campaignId, email } }, account) {
      const lead = await client.lead(account, campaignId, email);
      if (!lead) return { kind: 'absent' };
      return { kind: 'found', result: { campaignId, email, leadId: lead.id, isSkipped: false } };
    },
  });

const bodyOf = (input: AddLeadInput) => ({
  campaign: input.campaignId,
  email: input.email,
  first_name: input.firstName,
  last_name: input.lastName,
  company_name: input.companyName,
  job_title: input.jobTitle,
  phone: input.phone,
  website: input.website,
  personalization: input.personalization,
  custom_variables: input.customVariables,
  skip_if_in_campaign: true,
});
