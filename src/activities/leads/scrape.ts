import type { z } from 'zod';
import { ApplicationFailure } from '@temporalio/common';
import { FailureType } from '../../contracts/failures.ts';
import type { FoundLead } from '../../contracts/leads.ts';
import { scrapeLeads as declared, type ScrapeLeadsInput } from '../../contracts/leads-scrape.ts';
import type { Account } from '../../platform/config.ts';
import type { Copied } from '../../platform/lead-jobs.ts';
import {
  abortRun,
  digestOf,
  endedRun,
  findRun,
  leftNothing,
  pollSecondsFor,
  startRequest,
} from './actor-runs.ts';
import { Place, placeFields, readable, Started, StartReply, type ActorRun } from './answers.ts';
import type { CapabilityCall } from '../activities.ts';
import type { LeadsDeps } from './deps.ts';

const pageSize = 1_000;

/**
 * Has places searched on Google Maps, once for the same search into the same list, and copies what
 * was found into the table of leads as soon as it is there. A search that ended before its time
 * leaves what it had found by then.
 */
export const scrapeLeads = (deps: LeadsDeps) => {
  const planOf = ({
    account,
    input,
  }: Pick<CapabilityCall<ScrapeLeadsInput>, 'account' | 'input'>) => {
    const { terms, location, list, max, language, maxCostUsd, edition } = input;
    const request = startRequest({
      actor: deps.actors.googleMaps,
      input: {
        searchStringsArray: terms,
        locationQuery: location,
        maxCrawledPlacesPerSearch: max,
        language,
      },
      maxItems: max * terms.length,
      maxCostUsd,
    });
    const what = terms.map((term) => `“${term}”`).join(', ');
    return {
      kind: 'write',
      summary: `Searches ${location} for ${what}, up to ${max} places each and $${maxCostUsd}, into the list ${list}`,
      key: `scrape:${account}:${list}:${digestOf(request)}${edition ? `:${edition}` : ''}`,
      recipients: [],
      request,
      costUsdCents: maxCostUsd * 100,
      isStandIn: false,
    } as const;
  };
  return deps.startOnce(declared, {
    plan: (call) => Promise.resolve(planOf(call)),
    stop: (call, account) => abortRun(deps, account, deps.actors.googleMaps, planOf(call)),
    reply: StartReply,
    kept: Started,
    result: (reply) => ({ runId: reply?.data.id ?? null }),
    lookUp: (_call, account, plan) => findRun(deps, account, deps.actors.googleMaps, plan),
    async finish(started, call, account) {
      const run = await endedRun(deps, started, call, account);
      const { list } = call.input;
      const { copied: items, ...counts } = await copyPlaces(deps, account, list, run);
      const isPartial = run.status !== 'SUCCEEDED';
      if (isPartial && items === 0) throw leftNothing(run);
      return {
        list,
        runId: run.id,
        datasetId: run.defaultDatasetId,
        status: run.status,
        isPartial,
        startedAt: run.startedAt.toISOString(),
        items,
        ...counts,
        costUsd: run.usageTotalUsd ?? null,
        ...pollSecondsFor(run, call),
      };
    },
  });
};

/** Copies the data set page by page, from where the last try came to. */
async function copyPlaces(
  { client, leads, jobs }: LeadsDeps,
  account: Account,
  list: string,
  run: ActorRun,
): Promise<Copied> {
  const source = { kind: 'scrape', ref: run.id, isStandIn: account.isStandIn } as const;
  for (;;) {
    const before = await jobs.copied(account.name, run.id);
    const { items, total } = await client.items(account, run.defaultDatasetId, {
      offset: before.copied,
      limit: pageSize,
      fields: placeFields,
    });
    if (items.length === 0) return before;
    const { read, unreadable } = readable(items, Place);
    if (read.length === 0) throw unreadablePlaces(items.length);
    const open = read.filter(({ permanentlyClosed }) => permanentlyClosed !== true);
    const { leftOut, ...saved } = await leads.save(account.name, list, open.map(leadOf), source);
    await jobs.advance(account.name, run.id, before.copied, {
      ...saved,
      copied: items.length,
      unreadable,
      closed: read.length - open.length,
      leftOut: leftOut.length,
    });
    if (before.copied + items.length >= total) return jobs.copied(account.name, run.id);
  }
}

const leadOf = (place: z.infer<typeof Place>): FoundLead => ({
  placeId: place.placeId,
  businessName: place.title,
  category: place.categoryName,
  address: place.address,
  street: place.street,
  city: place.city,
  state: place.state,
  postalCode: place.postalCode,
  countryCode: place.countryCode,
  website: place.website,
  phones: place.phoneUnformatted ?? place.phone,
  rating: place.totalScore,
  reviews: place.reviewsCount,
});

const unreadablePlaces = (items: number): ApplicationFailure =>
  ApplicationFailure.create({
    message: `Apify sent ${items} items, and none of them is a place with a placeId: its data have changed`,
    type: FailureType.MalformedAnswer,
    nonRetryable: true,
  });
