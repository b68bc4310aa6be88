import { z } from 'zod';
import { ApplicationFailure } from '@temporalio/common';
import { FailureType } from '../../contracts/failures.ts';
import {
  AddLeadOutput,
  pushLeads as declared,
  type AddLeadInput,
  type PushLeadsInput,
  type PushLeadsOutput,
} from '../../contracts/instantly-writes.ts';
import type { Account } from '../../platform/config.ts';
import type { Answer } from '../../platform/ledger.ts';
import type { CapabilityCall } from '../activities.ts';
import type { ManyTally } from '../once-many.ts';
import { leadFields, leadKey, leadRequest, LeadReply } from './add-lead.ts';
import { mailTextsOf, type Lead } from './answers.ts';
import type { InstantlyClient } from './client.ts';
import type { InstantlyDeps } from './deps.ts';
import { findCampaign } from './find-campaign.ts';
import { createLackCounter } from './lacking-values.ts';
import { leadsToPush } from './leads-to-push.ts';

const count = z.number().nullish();
/** What a bulk answer counts, but does not name. */
const counts = {
  in_blocklist: count,
  invalid_email_count: count,
  incomplete_count: count,
  duplicate_email_count: count,
  duplicated_leads: count,
  skipped_count: count,
};
/** The same in words, where it says why a lead is in no campaign at all. */
const nowhere = [
  ['in_blocklist', 'on the vendor’s blocklist'],
  ['invalid_email_count', 'no valid address, says the vendor'],
  ['incomplete_count', 'incomplete, says the vendor'],
] as const;
const BulkReply = z.object({
  ...counts,
  created_leads: z.array(
    z.object({ index: z.int(), id: z.string().nullish(), email: z.string().nullish() }),
  ),
});
type BulkReply = z.infer<typeof BulkReply>;

type Call = CapabilityCall<PushLeadsInput>;
type LeadResult = z.infer<typeof AddLeadOutput>;
/** The most addresses a look-up may name. */
const askAtOnce = 100;
const isOneByOne = ({ method }: Call): boolean => method === 'one-by-one';

/**
 * Puts leads into a campaign, each once: every lead has the row in the ledger that adding it alone
 * would have, so that both ways know of each other. What became of the leads of a list is noted with
 * them.
 */
export const pushLeads = ({ client, tables, leads: store, onceMany }: InstantlyDeps) =>
  onceMany(declared, {
    async plan(call, account) {
      const found = await findCampaign(client, account, call.input.campaign);
      const { id: campaignId, name } = found;
      const lacks = createLackCounter(mailTextsOf(found));
      async function* items() {
        for await (const { pushed, leadId, isStandIn } of leadsToPush(store, call)) {
          if ('why' in pushed) {
            yield pushed;
            continue;
          }
          lacks.see(pushed);
          const item = { ...pushed, campaignId, leadId };
          yield {
            ...{ key: leadKey(call.account, item), recipient: pushed.email, item, isStandIn },
            request: leadRequest(item),
          };
        }
      }
      return {
        subject: campaignId,
        words: `added to the campaign “${name}” (${campaignId}), which writes to them once it is active`,
        items: items(),
        size: isOneByOne(call) ? 1 : (call.tunables.chunkSize ?? 100),
        isStandIn: await tables.isStandInCampaign(campaignId),
        remarks: () => lacks.inWords(),
      };
    },
    request(leads, call) {
      const [first] = leads;
      if (first && isOneByOne(call)) return leadRequest(first);
      return {
        method: 'POST',
        path: '/api/v2/leads/add',
        body: {
          campaign_id: first?.campaignId,
          leads: leads.map(leadFields),
          skip_if_in_campaign: true,
        },
      };
    },
    reply: (call): z.ZodType<BulkReply | z.infer<typeof LeadReply>> =>
      isOneByOne(call) ? LeadReply : BulkReply,
    async answers(reply, leads, _, account) {
      if (!('created_leads' in reply))
        return leads.map((lead) => doneAs(lead, reply.id ?? null, reply.id == null));
      return bulkAnswers(client, account, reply, leads);
    },
    stored: AddLeadOutput,
    skippedBecause: ({ isSkipped }) => (isSkipped ? 'in the campaign already' : null),
    askAtOnce,
    async lookUp(leads, _, account) {
      const [first] = leads;
      const there = await client.leadsOf(account, addressesOf(leads), first?.campaignId);
      const ids = new Map(there.map(({ email, id }) => [email?.toLowerCase(), id]));
      return leads.map((lead) => {
        const id = ids.get(lead.email);
        return id === undefined
          ? { kind: 'absent' }
          : { kind: 'found', result: resultOf(lead, id, false) };
      });
    },
    async note(ends, { account }, campaignId) {
      const notes = ends.map(({ item: { leadId, email }, end, reason }) => ({
        ...{ email, state: pushStates[end], reason },
        ...(leadId === undefined ? {} : { leadId }),
      }));
      await store.notePushes(account, campaignId, notes);
    },
    result: ({ done, ...tally }, campaignId, remarks) => ({
      campaignId,
      pushed: named(done),
      skipped: named(tally.skipped),
      failed: named(tally.failed),
      unknown: named(tally.unknown),
      lacking: [...remarks],
    }),
  });

/** What our table of leads calls these ends. */
const pushStates = {
  done: 'pushed',
  skipped: 'skipped',
  failed: 'refused',
  unknown: 'unknown',
} as const;

const named = ({ count, first }: ManyTally['done']): PushLeadsOutput['pushed'] => ({
  count,
  first: first.map(({ recipient, reason }) => ({ email: recipient, reason })),
});

const addressesOf = (leads: readonly AddLeadInput[]): readonly string[] =>
  leads.map(({ email }) => email);

const resultOf = (
  { campaignId, email }: AddLeadInput,
  leadId: string | null,
  isSkipped: boolean,
): LeadResult => ({ campaignId, email, leadId, isSkipped });

const doneAs = (lead: AddLeadInput, id: string | null, isSkipped: boolean): Answer<LeadResult> => ({
  kind: 'done',
  result: resultOf(lead, id, isSkipped),
});

/**
 * What a bulk answer means for each lead. It names those it took by their place; about the rest it
 * only counts, so the vendor is asked where they are.
 */
async function bulkAnswers(
  client: InstantlyClient,
  account: Account,
  reply: BulkReply,
  leads: readonly AddLeadInput[],
): Promise<readonly Answer<LeadResult>[]> {
  const ids = new Map(reply.created_leads.map(({ index, id }) => [leads[index], id ?? undefined]));
  const isOther = reply.created_leads.some(
    ({ index, email }) => (email ?? leads[index]?.email)?.toLowerCase() !== leads[index]?.email,
  );
  if (isOther || ids.has(undefined)) {
    throw ApplicationFailure.retryable(
      'The answer names other leads than were sent at those places',
      FailureType.MalformedAnswer,
    );
  }
  const left = leads.filter((lead) => !ids.has(lead));
  const places = await placesOf(client, account, left).catch(() => undefined);
  return leads.map((lead) => {
    if (ids.has(lead)) return doneAs(lead, ids.get(lead) ?? null, false);
    const there = places?.get(lead.email) ?? [];
    const here = there.find(({ campaign }) => campaign === lead.campaignId);
    if (here) return doneAs(lead, here.id, true);
    const other = there[0]?.campaign;
    const reason = other == null ? whyNowhere(reply) : `in the campaign ${other} already`;
    return { kind: 'refused', reason, stands: false };
  });
}

/** Where leads are already, by their addresses; a few at a time. */
async function placesOf(
  client: InstantlyClient,
  account: Account,
  leads: readonly AddLeadInput[],
): Promise<ReadonlyMap<string, readonly Lead[]>> {
  const found: Lead[] = [];
  for (let from = 0; from < leads.length; from += askAtOnce) {
    const some = leads.slice(from, from + askAtOnce);
    found.push(...(await client.leadsOf(account, addressesOf(some))));
  }
  return Map.groupBy(found, ({ email }) => email?.toLowerCase() ?? '');
}

/** Why a lead was left out that is in no campaign, as far as the counts tell it. */
function whyNowhere(reply: BulkReply): string {
  const reasons = nowhere.flatMap(([name, words]) => (reply[name] ? [words] : []));
  const [only] = reasons;
  if (reasons.length === 1 && only !== undefined) return only;
  const counted = Object.keys(counts).flatMap((name) => {
    const number = Object.entries(reply).find(([key]) => key === name)?.[1];
    return typeof number === 'number' && number > 0 ? [`${name} ${number}`] : [];
  });
  return `left out by the vendor, which counted ${counted.join(', ') || 'nothing'}`;
}
