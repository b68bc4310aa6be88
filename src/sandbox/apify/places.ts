import { seedOf } from '../seed.ts';

/** What is searched for, and where. */
export interface Search {
  readonly term: string;
  readonly location: string;
}

interface Country {
  readonly code: string;
  readonly prefix: string;
  readonly state: string;
  /** A phone number as people write it there. */
  readonly phone: (area: number, number: number) => string;
}

const countries: Readonly<Record<string, Country>> = {
  germany: {
    code: 'DE',
    prefix: '+49',
    state: 'Berlin',
    phone: (area, number) => `0${area}/ ${number}`,
  },
  austria: {
    code: 'AT',
    prefix: '+43',
    state: 'Wien',
    phone: (area, number) => `(0${area}) ${number}`,
  },
  france: {
    code: 'FR',
    prefix: '+33',
    state: 'Île-de-France',
    phone: (_, number) =>
      `01 ${String(number)
        .padStart(8, '4')
        .replaceAll(/\B(?=(..)+$)/g, ' ')}`,
  },
};
const unitedStates: Country = {
  code: 'US',
  prefix: '+1',
  state: 'Illinois',
  phone: (area, number) => `(217) ${area + 200}-${String(number).slice(0, 4)}`,
};
const names =
  'Abel Berg Costa Dahl Engel Fischer Gruber Holm Ito Jansen Keller Lang Meyer Novak Olsen Peters Roth Silva Toth Vega Weber Ünal'.split(
    ' ',
  );
const streets = 'Hauptstraße|Bahnhofstraße|Rue du Lac|Main Street|Gartenweg|Am Markt'.split('|');

/** The same place comes up again so many places later, as it does when a map's tiles overlap. */
const overlap = 4;

/**
 * The places of a search, in the order in which the vendor lists them: they follow from term and
 * location alone. Among them are places without a website or phone, ones that closed for good,
 * ones that come twice, and ones that another term finds in the same location, too.
 */
export const placesOf = (search: Search, count: number): readonly Record<string, unknown>[] =>
  Array.from({ length: count }, (_, index) => ({
    ...placeAt(search, index % 10 === 9 ? index - overlap : index),
    searchString: search.term,
    rank: index + 1,
    isAdvertisement: index === 0,
    scrapedAt: '2026-01-15T10:00:00.000Z',
  }));

function placeAt({ term, location }: Search, index: number): Record<string, unknown> {
  const [city = '', countryName = ''] = location.split(',').map((part) => part.trim());
  const country = countries[countryName.toLowerCase()] ?? unitedStates;
  const isShared = index % 10 === 8; // found by every term
  const trade = isShared ? 'Centre' : term;
  const seed = seedOf('place', trade, location.toLowerCase(), index);
  const title = `${trade} ${names[seed % names.length] ?? ''} ${index + 1}`;
  const street = `${streets[seed % streets.length] ?? ''} ${1 + (seed % 180)}`;
  const postalCode = String(10_000 + (seed % 89_999));
  const area = 30 + (seed % 60);
  const number = 10_000_000 + (seed % 89_999_999);
  return {
    title,
    categoryName: term,
    categories: [term],
    address: `${street}, ${postalCode} ${city}, ${countryName}`,
    street,
    city,
    state: country.state,
    postalCode,
    countryCode: country.code,
    ...websiteAt(title, city, index),
    ...(index % 9 === 4
      ? { phone: null }
      : index % 9 === 7
        ? {}
        : {
            phone: country.phone(area, number),
            phoneUnformatted: `${country.prefix}${area}${number}`,
          }),
    totalScore: index % 8 === 2 ? null : 3 + (seed % 21) / 10,
    reviewsCount: seed % 400,
    placeId: `ChIJ${seed.toString(36)}${seedOf('place', seed, index).toString(36)}`,
    location: { lat: 40 + (seed % 1_000) / 100, lng: (seed % 2_000) / 100 },
    permanentlyClosed: index % 13 === 6,
    temporarilyClosed: index % 17 === 3,
    url: `https://www.google.com/maps/place/?q=place_id:${seed}`,
  };
}

/** Websites as owners write them: in all spellings, shared by two branches, null, or not there. */
function websiteAt(title: string, city: string, index: number): Record<string, unknown> {
  if (index % 7 === 3) return {};
  if (index % 7 === 5) return { website: null };
  const isBranch = index % 11 === 10;
  const name = `${isBranch ? title.replace(/\d+$/, String(index)) : title} ${city}`;
  const host = `${name
    .toLowerCase()
    .normalize('NFD')
    .replaceAll(/[^a-z0-9]+/g, '-')}.example`;
  const spellings = [
    `https://www.${host}/`,
    `http://${host}`,
    `https://${host}/?utm_source=gmb`,
    `https://www.${host}`,
  ];
  return { website: spellings[index % spellings.length] };
}
