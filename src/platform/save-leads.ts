import type { TransactionSql } from 'postgres';
import { z } from 'zod';
import { FieldSource, LeadFields, type FoundLead, type LeadSource } from '../contracts/leads.ts';
import { hear, type Fields, type Known } from '../rules/lead.ts';
import { cleanLead } from './clean-lead.ts';
import { asRow, fieldColumns, fieldSelection } from './lead-rows.ts';

/** Something a source said that makes no lead. */
export interface LeftOut {
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

/** A lead as it is being worked on, with what is known of it by now. */
interface Working {
  /** Null while it has no row. */
  readonly id: number | null;
  key: string;
  known: Known;
  /** The database does not know yet. */
  isChanged: boolean;
}

/** One of those found, clean, with its place among them. */
interface Candidate {
  readonly at: number;
  readonly lead: LeadFields;
}

const Stored = LeadFields.extend({
  id: z.coerce.number(),
  key: z.string(),
  sources: z.record(z.string(), z.array(FieldSource)),
});

/** Cleans what was found, and leaves out what nobody could know again. */
export function candidatesOf(
  found: readonly FoundLead[],
  isSuppressed: (email: string) => boolean,
): { readonly candidates: readonly Candidate[]; readonly leftOut: readonly LeftOut[] } {
  const read = found.map((each, at) => ({
    at,
    lead: withoutSuppressed(cleanLead(each), isSuppressed),
  }));
  const isKnowable = ({ lead }: Candidate): boolean => keyOf(lead) !== undefined;
  return {
    candidates: read.filter(isKnowable),
    leftOut: read
      .filter((each) => !isKnowable(each))
      .map(({ at }) => ({
        at,
        why: 'has neither a place id, nor a website of its own, nor an address that may be written to',
      })),
  };
}

/** Who is not to be written to is not kept either: no address, and no name to it. */
function withoutSuppressed(lead: LeadFields, isSuppressed: (email: string) => boolean): LeadFields {
  const emails = lead.emails.filter((email) => !isSuppressed(email));
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

/** Fields in a row, those of one's own as `custom.<name>`. */
const flat = ({ custom, ...fields }: Partial<LeadFields>): Fields => ({
  ...fields,
  ...Object.fromEntries(
    Object.entries(custom ?? {}).map(([name, value]) => [ownPrefix + name, value]),
  ),
});
const ownPrefix = 'custom.';

/** The other way round. */
function unflat(fields: Fields): Record<string, unknown> {
  const all = Object.entries(fields);
  const own = all.filter(([name]) => name.startsWith(ownPrefix));
  return {
    ...Object.fromEntries(all.filter(([name]) => !name.startsWith(ownPrefix))),
    custom: Object.fromEntries(own.map(([name, value]) => [name.slice(ownPrefix.length), value])),
  };
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
 * Savers of an account take turns, so that nobody inserts what another is about to.
 */
export async function saveChunk(
  tx: TransactionSql,
  account: string,
  list: string,
  candidates: readonly Candidate[],
  given: LeadSource,
): Promise<Omit<SavedLeads, 'leftOut'>> {
  await tx`select pg_advisory_xact_lock(hashtextextended(${`leads ${account}`}, 0))`;
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
async function stored(
  tx: TransactionSql,
  account: string,
  candidates: readonly Candidate[],
): Promise<readonly Working[]> {
  const keys = candidates.flatMap(({ lead }) => keyOf(lead) ?? []);
  const sites = candidates.flatMap(({ lead }) => lead.site ?? []);
  const emails = candidates.flatMap(({ lead }) => lead.emails.slice(0, 1));
  const rows = await tx`
    select ${tx.unsafe(fieldSelection)} from leads l
    where l.account = ${account} and (l.key = any(${keys}::text[])
      or l.site = any(${sites}::text[]) or l.emails && ${emails}::text[])
    order by l.id`;
  return rows.map((row) => {
    const { id, key, sources, ...fields } = Stored.parse(row);
    return { id, key, known: { fields: flat(fields), sources }, isChanged: false };
  });
}

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
        const ofSite = same ?? byKey.get(`site:${lead.site}`);
        return ofSite ? [ofSite.key === key ? ofSite : rename(ofSite, key)] : [];
      }
      if (key.startsWith('site:')) return [...(bySite.get(lead.site ?? '') ?? [])];
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

const searched = ['businessName', 'site', 'city', 'firstName', 'lastName', 'emails'];
const written = ['key', 'sources', 'search', ...fieldColumns];
const columns = written.join(', ');
const values = written.map((name) => `r.${name}`).join(', ');

/** Inserts what is new and updates what has changed: one statement each. */
export async function write(
  tx: TransactionSql,
  account: string,
  leads: readonly Working[],
): Promise<void> {
  const rows = leads
    .filter(({ isChanged }) => isChanged)
    .map(({ id, key, known: { fields, sources } }) => ({
      ...asRow(unflat(fields)),
      id,
      key,
      sources,
      search: searched
        .flatMap((name) => fields[name] ?? [])
        .join(' ')
        .toLowerCase(),
    }));
  const created = JSON.stringify(rows.filter(({ id }) => id === null));
  const changed = JSON.stringify(rows.filter(({ id }) => id !== null));
  await tx`
    insert into leads (account, ${tx.unsafe(columns)})
    select ${account}, ${tx.unsafe(columns)}
    from jsonb_populate_recordset(null::leads, ${created}::text::jsonb)`;
  await tx`
    update leads l set (${tx.unsafe(columns)}, updated_at) =
      row(${tx.unsafe(values)}, now())
    from jsonb_populate_recordset(null::leads, ${changed}::text::jsonb) r where l.id = r.id`;
}
