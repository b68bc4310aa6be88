import type { TransactionSql } from 'postgres';
import type { FieldSource, FoundLead, LeadFields, LeadSource } from '../contracts/leads.ts';
import { hear, type Fields } from '../rules/lead.ts';
import { cleanLead } from './clean-lead.ts';
import { flat, takeTurn, workingNamed, write, type Working } from './lead-writes.ts';
import type { Suppressions } from './suppressions.ts';

/** Something a source said that makes no lead. */
interface LeftOut {
  /** Its place among what was found, from 0. */
  readonly at: number;
  readonly why: string;
}

/** What became of what was found. One that said nothing new counts as unchanged. */
export interface SavedLeads {
  readonly created: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly leftOut: readonly LeftOut[];
}

/** One of those found, clean, with its place among them. */
interface Candidate {
  readonly at: number;
  readonly lead: LeadFields;
}

/** What was found, clean, and what of it nobody could know again. */
export interface Sifted {
  readonly candidates: readonly Candidate[];
  readonly leftOut: readonly LeftOut[];
}

/** Cleans what was found, without anybody who is on the suppression list. */
export async function sifted(
  suppressions: Suppressions,
  found: readonly FoundLead[],
): Promise<Sifted> {
  const clean = found.map(cleanLead);
  const emails = [...new Set(clean.flatMap((lead) => lead.emails))];
  const refused = new Set((await suppressions.refuse(emails)).map(({ address }) => address));
  const read = clean.map((lead, at) => ({ at, lead: withoutSuppressed(lead, refused) }));
  const isKnowable = ({ lead }: Candidate): boolean => keyOf(lead) !== undefined;
  const why =
    'has neither a place id, nor a website of its own, nor an address that may be written to';
  return {
    candidates: read.filter(isKnowable),
    leftOut: read.filter((each) => !isKnowable(each)).map(({ at }) => ({ at, why })),
  };
}

/** Who is not to be written to is not kept either: no address, and no name to it. */
function withoutSuppressed(lead: LeadFields, refused: ReadonlySet<string>): LeadFields {
  const emails = lead.emails.filter((email) => !refused.has(email));
  return emails.length === lead.emails.length
    ? lead
    : { ...lead, emails, firstName: null, lastName: null, jobTitle: null };
}

const namesPerson = ({ firstName, lastName, jobTitle }: LeadFields): boolean =>
  (firstName ?? lastName ?? jobTitle) !== null;

/** What a lead is known by within its account; undefined when there is nothing. */
function keyOf(lead: LeadFields): string | undefined {
  const { placeId, site, emails } = lead;
  const email = emails[0];
  if (placeId !== null) return `place:${placeId}`;
  if (email !== undefined && namesPerson(lead)) return `email:${email}`;
  if (site !== null) return `site:${site}`;
  return email === undefined ? undefined : `email:${email}`;
}

/** What a page says of a business, whichever of its places it is about. */
const ofTheSite = (lead: LeadFields): Partial<LeadFields> => ({
  emails: lead.emails,
  linkedIn: lead.linkedIn,
  twitter: lead.twitter,
  facebook: lead.facebook,
  instagram: lead.instagram,
  youTube: lead.youTube,
  tikTok: lead.tikTok,
});

/**
 * Takes in what one source said of leads of one account: statements for all of them, not for each.
 */
export async function saveChunk(
  tx: TransactionSql,
  account: string,
  list: string,
  candidates: readonly Candidate[],
  given: LeadSource,
): Promise<Omit<SavedLeads, 'leftOut'>> {
  await takeTurn(tx, account);
  const source = { ...given, at: new Date().toISOString() };
  const board = createBoard(await stored(tx, account, candidates));
  const counts = { created: 0, changed: 0, unchanged: 0 };
  const named = new Set<Working>();
  for (const { lead } of candidates) {
    const there = board.find(lead);
    const leads = there.length > 0 ? there : [board.add(keyOf(lead) ?? '')];
    // of one that many places share, a page says nothing that is about one of them
    const said = flat(leads.length > 1 ? ofTheSite(lead) : lead);
    const heard = leads.filter((each) => board.tell(each, said, source));
    const what = there.length === 0 ? 'created' : heard.length > 0 ? 'changed' : 'unchanged';
    counts[what] += 1;
    leads.forEach((each) => named.add(each));
  }
  await write(tx, account, board.all());
  await tx`
    insert into lead_lists (account, list, lead_id)
    select ${account}, ${list}, id from leads
    where account = ${account} and key = any(${[...named].map(({ key }) => key)}::text[])
    on conflict do nothing`;
  return counts;
}

/** Rows that any of these might be. */
const stored = (
  tx: TransactionSql,
  account: string,
  candidates: readonly Candidate[],
): Promise<readonly Working[]> =>
  workingNamed(tx, account, {
    keys: candidates.flatMap(({ lead }) => keyOf(lead) ?? []),
    sites: candidates.flatMap(({ lead }) => lead.site ?? []),
    emails: candidates.flatMap(({ lead }) => lead.emails.slice(0, 1)),
  });

/** What is known of a lead that nobody has spoken of. */
const nothing = flat(cleanLead({}));

/** The leads at hand, by all that they are found by. */
interface Board {
  /** Those that this one is; none when it is new. A place takes over what was known of its site. */
  find(lead: LeadFields): readonly Working[];
  add(key: string): Working;
  /** @returns whether it was news. */
  tell(lead: Working, said: Fields, source: FieldSource): boolean;
  all(): readonly Working[];
}

function createBoard(rows: readonly Working[]): Board {
  const all = [...rows];
  const byKey = new Map<string, Working>();
  const bySite = new Map<string, Set<Working>>();
  const byEmail = new Map<string, Working>();

  /** A person is not the business, even if both have the same site. */
  const place = (lead: Working): void => {
    byKey.set(lead.key, lead);
    const { site, emails } = lead.known.fields;
    if (typeof site === 'string' && !lead.key.startsWith('email:')) {
      const there = bySite.get(site) ?? new Set();
      bySite.set(site, there.add(lead));
    }
    if (typeof emails !== 'object' || emails === null) return;
    for (const email of emails) if (!byEmail.has(email)) byEmail.set(email, lead);
  };
  rows.forEach(place);

  const rename = (lead: Working, key: string): Working => {
    byKey.delete(lead.key);
    lead.key = key;
    lead.isChanged = true;
    byKey.set(key, lead);
    return lead;
  };

  return {
    find(lead) {
      const key = keyOf(lead) ?? '';
      const same = byKey.get(key);
      if (key.startsWith('place:')) {
        const before = byKey.get(`site:${lead.site}`);
        return same ? [same] : before ? [rename(before, key)] : [];
      }
      const ofSite = key.startsWith('site:') ? bySite.get(lead.site ?? '') : undefined;
      if (ofSite) return [...ofSite];
      const byAddress = namesPerson(lead) ? undefined : byEmail.get(lead.emails[0] ?? '');
      const found = same ?? byAddress;
      return found ? [found] : [];
    },
    add(key) {
      const lead = { id: null, key, known: { fields: nothing, sources: {} }, isChanged: true };
      all.push(lead);
      return lead;
    },
    tell(lead, said, source) {
      const known = hear(lead.known, said, source);
      if (known === lead.known) return false;
      lead.known = known;
      lead.isChanged = true;
      place(lead);
      return true;
    },
    all: () => all,
  };
}
