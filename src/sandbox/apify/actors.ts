import { z } from 'zod';
import { contactsOf } from './contacts.ts';
import { placesOf } from './places.ts';
import { notFound, Refusal } from './refusal.ts';

type Item = Readonly<Record<string, unknown>>;

/** An actor that can be run. */
export interface Actor {
  readonly id: string;
  readonly username: string;
  readonly name: string;
  readonly title: string;
  readonly usdPerItem: number;
  /** What a run fills in where its input says nothing. */
  readonly defaults: Item;
  /** What a run finds. @throws {Refusal} 400 for an input that it does not take. */
  items(input: unknown, size: ActorSize): readonly Item[];
}

/** How much there is to find. */
export interface ActorSize {
  /** Places there are for one term in one location. */
  readonly places: number;
  /** Input that the actor does not know is ignored, as many do, and not refused. */
  readonly ignoresUnknownInput: boolean;
}

const count = z.int('must be integer').min(1, 'must be >= 1');
const text = z.string('must be string').min(1, 'must not be empty');
const proxy = z.object({ useApifyProxy: z.boolean().optional() }).optional();
const flag = z.boolean('must be boolean').optional();

const MapsInput = z.strictObject({
  searchStringsArray: z.array(text, 'is required').min(1, 'must not be empty'),
  locationQuery: text.optional(),
  maxCrawledPlacesPerSearch: count.default(1_000),
  maxCrawledPlaces: count.optional(),
  language: z
    .string()
    .regex(/^[a-z]{2}(-[A-Z]{2})?$/, 'must be a language')
    .default('en'),
  countryCode: text.optional(),
  proxyConfig: proxy,
  scrapePlaceDetailPage: flag,
  scrapeContacts: flag,
  maxReviews: z.int().min(0).optional(),
  maxImages: z.int().min(0).optional(),
});

const ContactInput = z.strictObject({
  startUrls: z
    .array(z.object({ url: z.url('must be a URL') }, 'must be object with url'), 'is required')
    .min(1, 'must not be empty'),
  maxDepth: z.int().min(0).default(2),
  maxRequests: count.optional(),
  maxRequestsPerStartUrl: count.default(20),
  sameDomain: flag,
  considerChildFrames: flag,
  mergeContacts: flag,
  proxyConfig: proxy,
  proxy,
});

const googleMaps: Actor = {
  id: 'nwua9Gu5YrADL7ZDj',
  username: 'compass',
  name: 'crawler-google-places',
  title: 'Google Maps Scraper',
  usdPerItem: 0.004,
  defaults: { maxCrawledPlacesPerSearch: 1_000, language: 'en', maxReviews: 0, maxImages: 0 },
  items(given, { places, ...size }) {
    const input = inputOf(MapsInput, given, size);
    const found = input.searchStringsArray.flatMap((term) =>
      placesOf(
        { term, location: input.locationQuery ?? 'Everywhere' },
        Math.min(places, input.maxCrawledPlacesPerSearch),
      ),
    );
    return found.slice(0, input.maxCrawledPlaces);
  },
};

const contactDetails: Actor = {
  id: 'QAKrfXwAcbmcWYnSo',
  username: 'vdrmota',
  name: 'contact-info-scraper',
  title: 'Contact Details Scraper',
  usdPerItem: 0.002,
  defaults: { maxDepth: 2, maxRequestsPerStartUrl: 20, sameDomain: true },
  items(given, size) {
    const input = inputOf(ContactInput, given, size);
    return contactsOf({
      startUrls: input.startUrls.map(({ url }) => url),
      isMerged: input.mergeContacts === true,
      maxPages: input.maxDepth === 0 ? 1 : input.maxRequestsPerStartUrl,
    });
  },
};

/** An actor by its id, or by `owner~name`. @throws {Refusal} 404 for one that is not there. */
export function actorOf(name: string): Actor {
  const found = [googleMaps, contactDetails].find(
    (each) => each.id === name || `${each.username}~${each.name}` === name.replace('/', '~'),
  );
  return found ?? notFound('Actor');
}

function inputOf<T extends z.ZodObject>(
  schema: T,
  given: unknown,
  { ignoresUnknownInput }: Pick<ActorSize, 'ignoresUnknownInput'>,
): z.output<T> {
  const parsed = (ignoresUnknownInput ? schema.strip() : schema).safeParse(given);
  if (parsed.success) return schema.parse(parsed.data);
  const [issue] = parsed.error.issues;
  const wrong =
    issue?.code === 'unrecognized_keys'
      ? `Property input.${issue.keys.join(', input.')} is not allowed`
      : `Field input.${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is wrong'}`;
  throw new Refusal(400, 'invalid-input', `Input is not valid: ${wrong}`);
}
