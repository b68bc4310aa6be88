/** Leads as the system keeps them: businesses and people that campaigns may write to, and who said what of them. */
import { z } from 'zod';
import { AccountName } from './capability.ts';

const Time = z.iso.datetime();
const text = z.string().nullable();
const texts = z.array(z.string());

/** Where a statement about leads comes from. */
export const LeadSource = z.strictObject({
  kind: z.enum(['scrape', 'contacts', 'import', 'sheet', 'person']),
  /**
   * One reading of it: a run's id, a file with its hash, a sheet's address. Of one scrape, contact
   * search or import the first word on a field counts, so that a repeat changes nothing.
   */
  ref: z.string().min(1).max(500),
  /** True when a stand-in made it up; nothing of it is ever sent to a live vendor. */
  isStandIn: z.boolean(),
});
export type LeadSource = z.infer<typeof LeadSource>;

/** A source that had a part in a field, and when. */
export const FieldSource = LeadSource.extend({ at: Time });
export type FieldSource = z.infer<typeof FieldSource>;

const rawText = z.string().nullish();
/** One value, many, or many in one text with commas, semicolons or line breaks between them. */
const rawTexts = z.union([z.string(), z.array(z.string())]).nullish();
const rawNumber = z.union([z.number(), z.string()]).nullish();

/**
 * What a source says of one lead, as it has it: nothing needs to be clean. It is known by its
 * place, or if it names a person by the address, or by its site, or by the address.
 */
export const FoundLead = z.object({
  /** The id that Google Maps gives a place. */
  placeId: rawText,
  businessName: rawText,
  category: rawText,
  /** The whole address in one line. */
  address: rawText,
  street: rawText,
  city: rawText,
  state: rawText,
  postalCode: rawText,
  /** Two letters: `DE`. Tells how phones without +49 are meant. */
  countryCode: rawText,
  website: rawText,
  phones: rawTexts,
  emails: rawTexts,
  rating: rawNumber,
  /** How many there are. */
  reviews: rawNumber,
  linkedIn: rawTexts,
  twitter: rawTexts,
  facebook: rawTexts,
  instagram: rawTexts,
  youTube: rawTexts,
  tikTok: rawTexts,
  firstName: rawText,
  lastName: rawText,
  jobTitle: rawText,
  /** What there is no field for, by the names that mails will use. */
  custom: z.record(z.string(), z.string()).optional(),
});
export type FoundLead = z.infer<typeof FoundLead>;

/** What is known of a lead, clean. */
export const LeadFields = z.object({
  placeId: text,
  businessName: text,
  category: text,
  address: text,
  street: text,
  city: text,
  state: text,
  postalCode: text,
  countryCode: text,
  /** An address with `https://`. */
  website: text,
  /** The registrable domain of the website; null on hosts that many share, such as facebook.com. */
  site: text,
  /** E.164 where the country is known: `+4930123456`. */
  phones: texts,
  /** In small letters; the first one is written to. */
  emails: texts,
  rating: z.number().nullable(),
  reviews: z.int().nullable(),
  linkedIn: texts,
  twitter: texts,
  facebook: texts,
  instagram: texts,
  youTube: texts,
  tikTok: texts,
  firstName: text,
  lastName: text,
  jobTitle: text,
  custom: z.record(z.string(), z.string()),
});
export type LeadFields = z.infer<typeof LeadFields>;

/** A lead. */
export const Lead = LeadFields.extend({
  id: z.int(),
  account: z.string(),
  /** True when a stand-in had a part in any of its fields. */
  isStandIn: z.boolean(),
  /** Left out of everything for good, and why. */
  excluded: z.object({ why: z.string(), by: z.string(), at: Time }).nullable(),
  createdAt: Time,
  /** Moves only when something changed. */
  updatedAt: Time,
});
export type Lead = z.infer<typeof Lead>;

/**
 * What became of an address in a campaign. `intent`: it is about to be pushed; `skipped`: the
 * vendor had it already or left it out; `refused`: it will not have it; `unknown`: only a person
 * can tell.
 */
export const PushState = z.enum(['intent', 'pushed', 'skipped', 'refused', 'unknown']);
export type PushState = z.infer<typeof PushState>;

/** What became of one address of a lead in one campaign. */
export const LeadPush = z.object({
  campaignId: z.string(),
  email: z.string(),
  state: PushState,
  reason: z.string(),
  at: Time,
});
export type LeadPush = z.infer<typeof LeadPush>;

/** A lead with its lists, its campaigns, and the sources of each field, oldest first. */
export const LeadDetail = Lead.extend({
  lists: texts,
  pushes: z.array(LeadPush),
  /** By field; a variable of one's own stands as `custom.<name>`. */
  sources: z.record(z.string(), z.array(FieldSource)),
});
export type LeadDetail = z.infer<typeof LeadDetail>;

/** The name of a list of leads. */
export const ListName = z
  .string()
  .trim()
  .min(1, 'expected the name of a list')
  .max(200)
  .regex(/^[^\p{Cc}]*$/u, 'expected one line');

/** Which leads; whatever is left out makes no difference. */
export const LeadFilter = z.strictObject({
  list: ListName.optional().meta({
    title: 'List',
    description: 'Only leads of this list',
    examples: ['plumbers-berlin'],
  }),
  q: z.string().max(200).optional().meta({
    title: 'Text',
    description: 'Only leads with this in their name, site, town or addresses',
  }),
  hasEmail: z.boolean().optional().meta({
    title: 'With e-mail',
    description: 'Only leads with an address, or only those without',
  }),
  isExcluded: z.boolean().optional().meta({
    title: 'Left out',
    description: 'Only leads that were left out for good, or only the others',
  }),
  isStandIn: z.boolean().optional().meta({
    title: 'Made up',
    description: 'Only leads that a stand-in had a part in, or only the others',
  }),
  campaign: z.string().max(200).optional().meta({
    title: 'Campaign',
    description: 'Only leads of this campaign, by its id; with a push state: that state there',
  }),
  pushState: z
    .enum([...PushState.options, 'not-pushed'])
    .optional()
    .meta({
      title: 'Push state',
      description: 'Only leads with an address in this state, in the campaign or in any',
    }),
  from: z.iso
    .date()
    .optional()
    .meta({
      title: 'Since',
      description: 'Only leads that came on this UTC day or later',
      examples: ['2026-01-05'],
    }),
});
export type LeadFilter = z.infer<typeof LeadFilter>;

/** What a query on the command line or in an address says of a filter: flags are words there. */
const flag = z.enum(['true', 'false']).transform((word) => word === 'true');

/** Query of `GET /api/leads`. */
export const LeadQuery = LeadFilter.extend({
  hasEmail: flag.optional(),
  isExcluded: flag.optional(),
  isStandIn: flag.optional(),
  account: AccountName.default('default'),
  /** What the page before gave as `next`. */
  cursor: z.string().max(20).optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(50),
});
export type LeadQuery = z.infer<typeof LeadQuery>;

/** One page of leads, oldest first, each with the state of its pushes. */
export const LeadPage = z.object({
  leads: z.array(Lead.extend({ pushes: z.array(LeadPush) })),
  next: z.string().nullable(),
  /** All that match, counted up to 10,000. */
  total: z.int(),
  isTotalExact: z.boolean(),
});
export type LeadPage = z.infer<typeof LeadPage>;

/** How many leads there are of which kind. */
export const LeadCounts = z.object({
  leads: z.int(),
  withEmail: z.int(),
  withPhone: z.int(),
  withWebsite: z.int(),
  excluded: z.int(),
  standIn: z.int(),
  /** Addresses by what became of them, in the campaign of the filter or in all. */
  pushes: z.record(PushState, z.int()),
});
export type LeadCounts = z.infer<typeof LeadCounts>;

/** One list of an account. */
export const LeadList = z.object({ list: z.string(), leads: z.int(), latest: Time });
export type LeadList = z.infer<typeof LeadList>;
