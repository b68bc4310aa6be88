import type { Lead } from '../contracts/leads.ts';
import type { Cell } from '../contracts/sheets-fields.ts';

/** The column by which a lead's row is found again. */
export const leadKey = 'Lead ID';

/** Several values of one lead stand in one cell, each on a line of its own; the first is the best. */
const lines = (values: readonly string[]): string => values.join('\n');

/** The columns of a list of leads: first those that sheets have always had, then ours. */
const columns: Readonly<Record<string, (lead: Lead) => Cell>> = {
  'Business Name': ({ businessName }) => businessName,
  Address: ({ address }) => address,
  Website: ({ website }) => website,
  Phone: ({ phones }) => lines(phones),
  Rating: ({ rating }) => rating,
  Emails: ({ emails }) => lines(emails),
  LinkedIn: ({ linkedIn }) => lines(linkedIn),
  Twitter: ({ twitter }) => lines(twitter),
  Facebook: ({ facebook }) => lines(facebook),
  Instagram: ({ instagram }) => lines(instagram),
  YouTube: ({ youTube }) => lines(youTube),
  TikTok: ({ tikTok }) => lines(tikTok),
  Category: ({ category }) => category,
  City: ({ city }) => city,
  State: ({ state }) => state,
  Country: ({ countryCode }) => countryCode,
  Reviews: ({ reviews }) => reviews,
  'First Name': ({ firstName }) => firstName,
  'Last Name': ({ lastName }) => lastName,
  'Job Title': ({ jobTitle }) => jobTitle,
  [leadKey]: ({ id }) => id,
};

/** Titles of the columns of a list of leads, in their order. */
export const leadColumns: readonly string[] = Object.keys(columns);

/** A lead as a row. What is not known is blank, so that the row says what the table says. */
export const leadRow = (lead: Lead): Record<string, string | number | boolean> =>
  Object.fromEntries(
    Object.entries(columns).map(([title, valueOf]) => [title, valueOf(lead) ?? '']),
  );
