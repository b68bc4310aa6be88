import { BadRequest } from '../contracts/check.ts';
import { FailureType } from '../contracts/failures.ts';
import { FoundLead, type Lead } from '../contracts/leads.ts';
import type { LeadLayout } from '../contracts/leads-work.ts';

/** Names of columns for each field, in small letters and digits only; the first is the usual one. */
const names: Readonly<Record<string, readonly string[]>> = {
  placeId: ['placeid', 'googleplaceid'],
  businessName: [
    'businessname',
    'company',
    'companyname',
    'business',
    'name',
    'title',
    'organization',
  ],
  category: ['category', 'categoryname', 'industry'],
  address: ['address', 'fulladdress'],
  street: ['street', 'streetaddress'],
  city: ['city', 'town'],
  state: ['state', 'region', 'province'],
  postalCode: ['postalcode', 'zip', 'zipcode', 'postcode'],
  countryCode: ['countrycode', 'country'],
  website: ['website', 'url', 'site', 'domain', 'web', 'homepage', 'companywebsite'],
  phones: ['phone', 'phones', 'phonenumber', 'telephone', 'mobile'],
  emails: ['emails', 'email', 'emailaddress', 'emailaddresses', 'mail'],
  rating: ['rating', 'totalscore', 'stars'],
  reviews: ['reviews', 'reviewscount', 'reviewcount'],
  linkedIn: ['linkedin', 'linkedins', 'linkedinurl'],
  twitter: ['twitter', 'twitters', 'x', 'twitterurl'],
  facebook: ['facebook', 'facebooks', 'facebookurl'],
  instagram: ['instagram', 'instagrams', 'instagramurl'],
  youTube: ['youtube', 'youtubes', 'youtubeurl'],
  tikTok: ['tiktok', 'tiktoks', 'tiktokurl'],
  firstName: ['firstname', 'givenname'],
  lastName: ['lastname', 'surname', 'familyname'],
  jobTitle: ['jobtitle', 'position', 'role'],
};
const fieldOf = new Map(
  Object.entries(names).flatMap(([field, all]) => all.map((name) => [name, field] as const)),
);
const lists: readonly string[] = [
  'phones',
  'emails',
  'linkedIn',
  'twitter',
  'facebook',
  'instagram',
  'youTube',
  'tikTok',
];
const identities: readonly string[] = ['placeId', 'website', 'emails'];

/** The first columns of a file of lines that made no lead; an import of it leaves them out. */
export const marksOfRejects = ['#line', '#why'] as const;

/** What each column of a file is: a field, or a variable of one's own under the column's name. */
export interface LeadHeader {
  readonly columns: readonly { readonly field: string | null; readonly name: string }[];
}

/** @throws {BadRequest} when no column tells leads apart. */
export function headerOf(at: string, cells: readonly string[]): LeadHeader {
  const columns = cells.map((cell) => {
    const name = cell.trim();
    const field = fieldOf.get(name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')) ?? null;
    return { field, name };
  });
  if (columns.some(({ field }) => field !== null && identities.includes(field))) return { columns };
  const got = cells
    .slice(0, 20)
    .map((cell) => `“${cell.slice(0, 40)}”`)
    .join(', ');
  throw new BadRequest(
    FailureType.InvalidInput,
    `${at}: expected a header with at least one of the columns Website, Email and Place ID, got ${got}`,
  );
}

/** A row as a lead. Two columns of one field add up; blanks are left out. */
export function foundOf(
  { columns }: LeadHeader,
  cells: readonly string[],
): { readonly found: FoundLead } | { readonly why: string } {
  if (cells.length > columns.length && cells.slice(columns.length).some((cell) => cell !== '')) {
    return { why: `has ${cells.length} cells, expected ${columns.length} as in the header` };
  }
  const fields: Record<string, string[]> = {};
  const custom: Record<string, string> = {};
  for (const [place, { field, name }] of columns.entries()) {
    const cell = cells[place] ?? '';
    if (cell.trim() === '') continue;
    if (field !== null) (fields[field] ??= []).push(cell);
    else if (name !== '' && !marksOfRejects.some((mark) => mark === name)) custom[name] = cell;
  }
  const found = Object.entries(fields).map(([field, said]) => [
    field,
    lists.includes(field) ? said : said[0],
  ]);
  return { found: FoundLead.parse({ ...Object.fromEntries(found), custom }) };
}

/** The columns of a layout, and what a lead has in each. */
type Columns = readonly (readonly [head: string, cell: (lead: Lead) => string | number | null])[];

const lines = (texts: readonly string[]): string => texts.join('\n');

/** The columns of the sheet that people had before. */
const sheet: Columns = [
  ['Business Name', (lead) => lead.businessName],
  ['Address', (lead) => lead.address],
  ['Website', (lead) => lead.website],
  ['Phone', (lead) => lines(lead.phones)],
  ['Rating', (lead) => lead.rating],
  ['Emails', (lead) => lines(lead.emails)],
  ['LinkedIn', (lead) => lines(lead.linkedIn)],
  ['Twitter', (lead) => lines(lead.twitter)],
  ['Facebook', (lead) => lines(lead.facebook)],
  ['Instagram', (lead) => lines(lead.instagram)],
  ['YouTube', (lead) => lines(lead.youTube)],
  ['TikTok', (lead) => lines(lead.tikTok)],
];

const columnsOf: Readonly<Record<LeadLayout, Columns>> = {
  sheet,
  full: [
    ['Place ID', (lead) => lead.placeId],
    ...sheet,
    ['Reviews', (lead) => lead.reviews],
    ['Category', (lead) => lead.category],
    ['Street', (lead) => lead.street],
    ['City', (lead) => lead.city],
    ['State', (lead) => lead.state],
    ['Postal Code', (lead) => lead.postalCode],
    ['Country Code', (lead) => lead.countryCode],
    ['First Name', (lead) => lead.firstName],
    ['Last Name', (lead) => lead.lastName],
    ['Job Title', (lead) => lead.jobTitle],
  ],
  instantly: [
    ['email', (lead) => lead.emails[0] ?? null],
    ['first_name', (lead) => lead.firstName],
    ['last_name', (lead) => lead.lastName],
    ['company_name', (lead) => lead.businessName],
    ['job_title', (lead) => lead.jobTitle],
    ['phone', (lead) => lead.phones[0] ?? null],
    ['website', (lead) => lead.website],
    ['City', (lead) => lead.city],
    ['Address', (lead) => lead.address],
    ['LinkedIn', (lead) => lead.linkedIn[0] ?? null],
  ],
};

/** The first line of a layout. */
export const headsOf = (layout: LeadLayout): readonly string[] =>
  columnsOf[layout].map(([head]) => head);

/** A lead as a line of a layout. */
export const cellsOf = (layout: LeadLayout, lead: Lead): readonly (string | number | null)[] =>
  columnsOf[layout].map(([, cell]) => cell(lead));
