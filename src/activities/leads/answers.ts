/** What Apify answers, as far as we read it. */
import { z } from 'zod';

const moment = z.union([z.date(), z.iso.datetime()]).transform((value) => new Date(value));

/** A run of an actor. */
export const ActorRun = z.object({
  id: z.string(),
  status: z.string(),
  statusMessage: z.string().nullish(),
  startedAt: moment,
  finishedAt: moment.nullish(),
  defaultDatasetId: z.string(),
  defaultKeyValueStoreId: z.string(),
  usageTotalUsd: z.number().nullish(),
});
export type ActorRun = z.infer<typeof ActorRun>;

const over = ['SUCCEEDED', 'FAILED', 'TIMED-OUT', 'ABORTED'];

/** Whether a run has ended, well or not. */
export const isOver = ({ status }: Pick<ActorRun, 'status'>): boolean => over.includes(status);

/** What the start of a run answers. */
export const StartReply = z.object({
  data: z.object({ id: z.string(), defaultDatasetId: z.string() }),
});

/** What the ledger keeps of a start; null when a person says that it started and nobody knows which. */
export const Started = z.object({ runId: z.string().nullable() });
export type Started = z.infer<typeof Started>;

const text = z.string().nullish();

/** A place on Google Maps. */
export const Place = z.object({
  placeId: z.string(),
  title: text,
  categoryName: text,
  address: text,
  street: text,
  city: text,
  state: text,
  postalCode: text,
  countryCode: text,
  website: text,
  phone: text,
  phoneUnformatted: text,
  totalScore: z.number().nullish(),
  reviewsCount: z.number().nullish(),
  permanentlyClosed: z.boolean().nullish(),
});

/** The fields of {@link Place}, all that is asked for. */
export const placeFields: readonly string[] = Object.keys(Place.shape);

const links = z
  .array(z.string())
  .nullish()
  .transform((given) => given ?? []);

/** What was found on a website, or on one page of it. */
export const SiteContacts = z
  .object({
    originalStartUrl: z.string(),
    emails: links,
    phones: links,
    /** The vendor writes it in two ways. */
    linkedIns: links,
    linkedins: links,
    twitters: links,
    facebooks: links,
    instagrams: links,
    youtubes: links,
    tiktoks: links,
  })
  .transform(({ linkedins, ...contacts }) => ({
    ...contacts,
    linkedIns: [...contacts.linkedIns, ...linkedins],
  }));
export type SiteContacts = z.infer<typeof SiteContacts>;

/** What can be read of a page of items, and how many cannot. */
export function readable<T>(
  items: readonly unknown[],
  item: z.ZodType<T>,
): { readonly read: readonly T[]; readonly unreadable: number } {
  const read = items.flatMap((each) => {
    const parsed = item.safeParse(each);
    return parsed.success ? [parsed.data] : [];
  });
  return { read, unreadable: items.length - read.length };
}
