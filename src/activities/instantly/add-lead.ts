import { z } from 'zod';
import { addLead as declared, type AddLeadInput } from '../../contracts/instantly-writes.ts';
import type { VendorRequest } from '../../contracts/dry-run.ts';
import type { InstantlyDeps } from './deps.ts';

/** A lead that is skipped comes back without an id. */
export const LeadReply = z.object({ id: z.string().nullish() });

/** Puts one lead into a campaign, once: the key is the lead in the campaign, whatever else it carries. */
export const addLead = ({ client, tables, leads, once }: InstantlyDeps) =>
  once(declared, {
    async plan({ account, input }) {
      const { campaignId, email } = input;
      return {
        kind: 'write',
        summary: `Adds ${email} to the campaign ${campaignId}, which writes to them once it is active`,
        key: leadKey(account, input),
        recipients: [email],
        request: leadRequest(input),
        isStandIn: await tables.isStandInCampaign(campaignId),
      };
    },
    reply: LeadReply,
    result: (reply, { input: { campaignId, email } }) => ({
      campaignId,
      email,
      leadId: reply?.id ?? null,
      isSkipped: reply !== undefined && reply.id == null,
    }),
    note: ({ campaignId, email, isSkipped }, { account }) =>
      leads.notePushes(account, campaignId, [
        isSkipped
          ? { email, state: 'skipped', reason: 'in the campaign already' }
          : { email, state: 'pushed', reason: 'added alone' },
      ]),
    async lookUp({ input: { campaignId, email } }, account) {
      const lead = await client.lead(account, campaignId, email);
      if (!lead) return { kind: 'absent' };
      return { kind: 'found', result: { campaignId, email, leadId: lead.id, isSkipped: false } };
    },
  });

/** The ledger's key of a lead in a campaign, however it gets there. */
export const leadKey = (
  account: string,
  { campaignId, email }: Pick<AddLeadInput, 'campaignId' | 'email'>,
): string => `lead:${account}:${campaignId}:${email}`;

/** The call that puts one lead into a campaign. */
export const leadRequest = (input: AddLeadInput): VendorRequest => ({
  method: 'POST',
  path: '/api/v2/leads',
  body: { campaign: input.campaignId, ...leadFields(input), skip_if_in_campaign: true },
});

/** A lead as the vendor names its fields. */
export const leadFields = (input: Omit<AddLeadInput, 'campaignId'>) => ({
  email: input.email,
  first_name: input.firstName,
  last_name: input.lastName,
  company_name: input.companyName,
  job_title: input.jobTitle,
  phone: input.phone,
  website: input.website,
  personalization: input.personalization,
  custom_variables: input.customVariables,
});
