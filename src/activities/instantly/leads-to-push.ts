import type { PushedLead, PushLeadsInput } from '../../contracts/instantly-writes.ts';
import type { Lead } from '../../contracts/leads.ts';
import type { LeadStore } from '../../platform/leads.ts';

/** A lead that is to go into a campaign, or why it can't. */
interface LeadToPush {
  readonly pushed: PushedLead | { readonly recipient: string; readonly why: string };
  /** Its number in our table; undefined when it was given with the push. */
  readonly leadId?: number;
  readonly isStandIn: boolean;
}

/** Whose leads, and which. */
interface Asked {
  readonly account: string;
  readonly input: Pick<PushLeadsInput, 'list' | 'leads'>;
}

/** The vendor takes no longer ones. */
const longestText = 1_000;

/** The leads of a push: those that were given with it, or those of a list, page by page. */
export async function* leadsToPush(
  store: Pick<LeadStore, 'each'>,
  { account, input: { list, leads = [] } }: Asked,
): AsyncIterable<LeadToPush> {
  for (const pushed of leads) yield { pushed, isStandIn: false };
  if (list === undefined) return;
  for await (const page of store.each(account, { list })) {
    for (const lead of page) {
      yield { pushed: pushedOf(lead), leadId: lead.id, isStandIn: lead.isStandIn };
    }
  }
}

/** A lead of ours as a campaign takes it, with the variables that templates may name. */
function pushedOf(lead: Lead): LeadToPush['pushed'] {
  const [email] = lead.emails;
  const recipient = email ?? lead.businessName ?? lead.website ?? `lead ${lead.id}`;
  if (lead.excluded) return { recipient, why: `left out for good: ${lead.excluded.why}` };
  if (email === undefined) return { recipient, why: 'it has no e-mail address' };
  const [phone = null] = lead.phones;
  const [linkedIn = null] = lead.linkedIn;
  const fields = {
    ...{ firstName: lead.firstName, lastName: lead.lastName, jobTitle: lead.jobTitle },
    ...{ companyName: lead.businessName, website: lead.website, phone },
  };
  const variables = {
    ...lead.custom,
    ...{ City: lead.city, Address: lead.address, Category: lead.category, LinkedIn: linkedIn },
  };
  return { email, ...told(fields), customVariables: told(variables) };
}

/** Without what nobody knows, so that mails take their fallbacks. */
const told = (texts: Readonly<Record<string, string | null>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(texts).flatMap(([name, text]) =>
      text === null || text === '' ? [] : [[name, text.slice(0, longestText)]],
    ),
  );
