/** Businesses that are found on Google Maps. */
import { z } from 'zod';
import { defineCapability } from './capability.ts';
import { ListName } from './leads.ts';
import { Edition, MaxCostUsd, pollSeconds, RightPollSeconds } from './vendor-job.ts';

const ScrapeLeadsInput = z.strictObject({
  terms: z
    .array(z.string().trim().min(1, 'expected a search term').max(60))
    .min(1, 'expected a search term')
    .max(10)
    .meta({
      title: 'Search terms',
      description: 'What to search for, each by itself',
      examples: [['dentist', 'orthodontist']],
    }),
  location: z
    .string()
    .trim()
    .min(2, 'expected a place such as “Berlin, Germany”')
    .max(100)
    .meta({
      title: 'Location',
      description: 'Where; a city with its country is understood best',
      examples: ['Berlin, Germany'],
    }),
  list: ListName.meta({
    title: 'List',
    description: 'The list that the leads are put into',
    examples: ['dentists-berlin'],
  }),
  max: z.int().min(1).max(100_000).default(1_000).meta({
    title: 'Most places',
    description: 'For each term',
  }),
  language: z
    .string()
    .regex(/^[a-z]{2}(-[A-Z]{2})?$/, 'expected a language such as en or pt-BR')
    .default('en')
    .meta({ title: 'Language', description: 'Of names and categories' }),
  maxCostUsd: MaxCostUsd.default(10).meta({
    title: 'Highest cost',
    description: 'The vendor stops the search at so many US dollars',
  }),
  edition: Edition,
});
export type ScrapeLeadsInput = z.infer<typeof ScrapeLeadsInput>;

const count = z.int().nonnegative();

export const ScrapeLeadsOutput = z.strictObject({
  list: z.string(),
  /** The vendor's run, and its data set. */
  runId: z.string(),
  datasetId: z.string(),
  /** SUCCEEDED, or how the vendor's run ended before its time: FAILED, TIMED-OUT or ABORTED. */
  status: z.string(),
  /** The run ended before its time: these are the places it had found by then. */
  isPartial: z.boolean(),
  startedAt: z.string(),
  /** Items of the data set, and those of them that say something unreadable. */
  items: count,
  unreadable: count,
  /** Places that are closed for good, which are left out. */
  closed: count,
  created: count,
  changed: count,
  unchanged: count,
  /** Places that the table of leads did not take. */
  leftOut: count,
  costUsd: z.number().nullable(),
  pollSeconds: RightPollSeconds,
});
export type ScrapeLeadsOutput = z.infer<typeof ScrapeLeadsOutput>;

export const scrapeLeads = defineCapability({
  id: 'leads.scrape',
  verb: 'scrape',
  title: 'Find leads',
  description: 'Finds businesses on Google Maps and puts them into a list; this costs money',
  effect: 'spend',
  input: ScrapeLeadsInput,
  output: ScrapeLeadsOutput,
  methods: [{ id: 'google-maps', description: 'One run of the Google Maps actor' }],
  tunables: { pollSeconds },
  startsJob: true,
  period: ({ list, terms, location, max, edition }) =>
    [list, location, terms.join('+'), max, edition ?? []].flat().join('/'),
});
