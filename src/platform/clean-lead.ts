import {
  getCountries,
  isSupportedCountry,
  parsePhoneNumberFromString,
  type CountryCode,
} from 'libphonenumber-js';
import type { FoundLead, LeadFields } from '../contracts/leads.ts';
import { emailsIn } from './clean-emails.ts';
import { linkOf, pageOf, siteOf, textOfLink, type Network } from './clean-links.ts';
import { plain, textOf, textsOf } from './clean-text.ts';

/**
 * What a source says of a lead, made uniform: addresses split and checked, phones in E.164, links in
 * one form, blanks null. Cleaning what is clean changes nothing.
 */
export function cleanLead(found: FoundLead): LeadFields {
  const address = textOf(found.address);
  const parts = partsOf(address ?? '');
  const countryCode = countryOf(found.countryCode) ?? parts.countryCode;
  const website = linkOf(found.website ?? '');
  const pages = [
    found.linkedIn,
    found.twitter,
    found.facebook,
    found.instagram,
    found.youTube,
    found.tikTok,
    found.website,
  ].flatMap((raw) => pagesIn(textsOf(raw)));
  const of = (network: Network): string[] => [
    ...new Set(pages.filter((page) => page.network === network).map(({ link }) => link)),
  ];
  return {
    placeId: textOf(found.placeId),
    businessName: textOf(found.businessName),
    category: textOf(found.category),
    address,
    street: textOf(found.street) ?? parts.street,
    city: textOf(found.city) ?? parts.city,
    state: textOf(found.state) ?? parts.state,
    postalCode: textOf(found.postalCode) ?? parts.postalCode,
    countryCode,
    website: website ? textOfLink(website) : null,
    site: website ? siteOf(website) : null,
    phones: phonesIn(textsOf(found.phones), countryCode),
    emails: [...emailsIn(textsOf(found.emails))],
    rating: numberOf(found.rating, 10),
    reviews: wholeOf(found.reviews),
    linkedIn: of('linkedIn'),
    twitter: of('twitter'),
    facebook: of('facebook'),
    instagram: of('instagram'),
    youTube: of('youTube'),
    tikTok: of('tikTok'),
    firstName: textOf(found.firstName),
    lastName: textOf(found.lastName),
    jobTitle: textOf(found.jobTitle),
    custom: Object.fromEntries(
      Object.entries(found.custom ?? {}).flatMap(([name, value]) => {
        const [key, text] = [textOf(name), textOf(value)];
        return key === null || text === null ? [] : [[key, text]];
      }),
    ),
  };
}

const pagesIn = (texts: readonly string[]) =>
  texts
    .flatMap((text) => plain(text.replaceAll(/[\r\n]/g, ' ')).split(/[\s,;|]+/))
    .flatMap((piece) => {
      const url = linkOf(piece);
      return (url && pageOf(url)) ?? [];
    });

function phonesIn(texts: readonly string[], country: string | null): string[] {
  const home = country !== null && isSupportedCountry(country) ? country : undefined;
  const phones = texts
    .flatMap((text) => text.split(/[\r\n,;|]+/))
    .flatMap((piece) => phoneOf(piece, home) ?? []);
  return [...new Set(phones)];
}

/** E.164 where it can be told, else the text as it came if it may be a number at all. */
function phoneOf(raw: string, home: CountryCode | undefined): string | undefined {
  const text = plain(raw)
    .replace(/^(?:tel|phone|fon|t|[:.\s])*/i, '')
    .slice(0, 40)
    .trim();
  const digits = text.replaceAll(/\D/g, '');
  if (digits.length < 6 || digits.length > 17 || /[a-z]{4}|@/i.test(text)) return undefined;
  const phone = parsePhoneNumberFromString(text, home);
  return phone?.isValid() === true && phone.ext === undefined ? phone.number : text;
}

function numberOf(raw: string | number | null | undefined, most: number): number | null {
  const text = String(raw ?? '').trim();
  const number = Number(text.replace(',', '.'));
  return text !== '' && number >= 0 && number <= most ? number + 0 : null; // -0 is 0
}

function wholeOf(raw: string | number | null | undefined): number | null {
  const text = String(raw ?? '').replaceAll(/[\s.,'()]/g, '');
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}

const countryNames = new Map<string, string>([
  ...getCountries().map(
    (code) =>
      [
        new Intl.DisplayNames('en', { type: 'region' }).of(code)?.toLowerCase() ?? '',
        code,
      ] as const,
  ),
  ['usa', 'US'],
  ['uk', 'GB'],
  ['deutschland', 'DE'],
  ['österreich', 'AT'],
  ['schweiz', 'CH'],
]);

/** Two letters, from two letters or the English name. */
function countryOf(raw: string | null | undefined): string | null {
  const text = textOf(raw) ?? '';
  const code = text.toUpperCase();
  return isSupportedCountry(code) ? code : (countryNames.get(text.toLowerCase()) ?? null);
}

type Parts = Pick<LeadFields, 'street' | 'city' | 'state' | 'postalCode' | 'countryCode'>;

/** Ways to write an address whose parts can be told for sure; each ends in an optional country. */
const forms: readonly RegExp[] = [
  // 12 Main St, New York, NY 10001, USA
  /^(?<street>.+), (?<city>[^,]+), (?<state>[A-Z]{2,3}) (?<postalCode>\d{5}(?:-\d{4})?|[A-Z]\d[A-Z] ?\d[A-Z]\d|\d{4})(?:, (?<country>[^,\d]+))?$/,
  // Hauptstr. 5, 10115 Berlin, Germany
  /^(?<street>.+), (?:[A-Z]{1,2}-)?(?<postalCode>\d{4,5}) (?<city>[^,\d]+)(?:, (?<country>[^,\d]+))?$/,
  // 1 High St, London SW1A 1AA, UK
  /^(?<street>.+), (?<city>[^,\d]+) (?<postalCode>[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2})(?:, (?<country>[^,\d]+))?$/,
];

/** The parts of an address in one line, where its form is known; nothing is guessed. */
function partsOf(address: string): Parts {
  for (const form of forms) {
    const parts = form.exec(address)?.groups;
    if (!parts) continue;
    return {
      street: textOf(parts.street),
      city: textOf(parts.city),
      state: textOf(parts.state),
      postalCode: textOf(parts.postalCode),
      countryCode: countryOf(parts.country),
    };
  }
  return { street: null, city: null, state: null, postalCode: null, countryCode: null };
}
