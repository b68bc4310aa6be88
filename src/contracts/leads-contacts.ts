/** Contacts that are found on the websites of leads. */
import { z } from 'zod';
import { defineCapability } from './capability.ts';
import { ListName } from './leads.ts';
import { Edition, MaxCostUsd, pollSeconds, RightPollSeconds } from './vendor-job.ts';

export const FindContactsInput = z.strictObject({
  list: ListName.meta({
    title: 'List',
    description: 'Leads of this list that have a website and no e-mail address',
    examples: ['dentists-berlin'],
  }),
  maxPages: z.int().min(1).max(100).default(5).meta({
    title: 'Most pages',
    description: 'Pages that are read of each website',
  }),
  maxCostUsd: MaxCostUsd.default(1).meta({
    title: 'Highest cost',
    description: 'The vendor stops each run, of up to 50 websites, at so many US dollars',
  }),
  edition: Edition,
});
export type FindContactsInput = z.infer<typeof FindContactsInput>;

const count = z.int().nonnegative();

/** What became of the websites of a list, over all runs of the edition. */
export const FindContactsOutput = z.strictObject({
  list: z.string(),
  /** Websites that were asked about, and those with an address, a phone or a profile on them. */
  sites: count,
  withContacts: count,
  /** Websites that the vendor says nothing of: it could not reach them. */
  unreached: count,
  /** Websites that a run had not come to when it ended before its time. */
  missed: count,
  /** The vendor's runs, and those that ended before their time. */
  runs: count,
  partialRuns: count,
  /** Leads that were given something new. */
  changed: count,
  costUsd: z.number(),
  pollSeconds: RightPollSeconds,
});
export type FindContactsOutput = z.infer<typeof FindContactsOutput>;

export const findContacts = defineCapability({
  id: 'leads.contacts',
  verb: 'contacts',
  title: 'Find contacts',
  description: 'Reads addresses, phones and profiles off the websites of leads; this costs money',
  effect: 'spend',
  input: FindContactsInput,
  output: FindContactsOutput,
  methods: [{ id: 'contact-details', description: 'Runs of the contact actor, 50 sites each' }],
  tunables: { pollSeconds },
  startsJob: true,
  period: ({ list, edition }) => [list, edition ?? []].flat().join('/'),
});
