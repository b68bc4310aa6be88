import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';
import { FailureType } from '../../contracts/failures.ts';
import type { FoundLead, Lead } from '../../contracts/leads.ts';
import {
  findContacts as declared,
  type FindContactsInput,
  type FindContactsOutput,
} from '../../contracts/leads-contacts.ts';
import type { Account } from '../../platform/config.ts';
import type { BatchEnd, Site, SiteList } from '../../platform/lead-jobs.ts';
import type { CapabilityCall } from '../activities.ts';
import { stillAtWork } from '../once.ts';
import {
  abortRun,
  digestOf,
  endedRun,
  findRun,
  pollSecondsFor,
  startRequest,
} from './actor-runs.ts';
import { readable, SiteContacts, Started, StartReply, type ActorRun } from './answers.ts';
import type { LeadsDeps } from './deps.ts';

const sitesPerRun = 50;
/** Runs that are at work at once. */
const mostAtOnce = 4;
const pageSize = 1_000;
const maxDepth = 2;
const sameMoment = 0;
const StartInput = z.object({ startUrls: z.array(z.object({ url: z.string() })) });

type Call = Pick<CapabilityCall<FindContactsInput>, 'account' | 'input'>;
const listOf = ({ account, input: { list, edition = '' } }: Call): SiteList => ({
  account,
  list,
  edition,
});

/**
 * Has contacts read off the websites of leads that have none, in runs of up to 50 websites, a few at
 * once: each try starts one that is not at work, or looks after the one that was looked at longest
 * ago. Which websites go into a run is written down before it starts, so that whoever carries on asks
 * about the same ones; no website is asked about twice in an edition.
 */
export const findContacts = (deps: LeadsDeps) => {
  const looks = createLooks();
  const planOf = (call: Call, sites: readonly Site[]) => {
    const of = listOf(call);
    const { maxPages, maxCostUsd } = call.input;
    const now = sites.slice(0, sitesPerRun);
    const request = startRequest({
      actor: deps.actors.contacts,
      input: {
        startUrls: now.map(({ url }) => ({ url })),
        maxDepth,
        maxRequestsPerStartUrl: maxPages,
        sameDomain: true,
      },
      maxItems: now.length * maxPages,
      maxCostUsd,
    });
    const runs = Math.ceil(sites.length / sitesPerRun);
    return {
      kind: 'write',
      summary: `Reads contacts off ${sites.length} websites of the list ${of.list}, up to ${maxPages} pages each, in ${runs} runs of up to $${maxCostUsd}`,
      key: `contacts:${of.account}:${of.list}:${digestOf(request)}${of.edition && `:${of.edition}`}`,
      recipients: [],
      request,
      costUsdCents: runs * maxCostUsd * 100,
      isStandIn: sites.some(({ isStandIn }) => isStandIn),
    } as const;
  };
  return deps.startOnce(declared, {
    async plan(call, account) {
      const { jobs } = deps;
      const of = listOf(call);
      const sites =
        call.isDryRun === true
          ? await wouldAsk(deps, of, account)
          : looks.next(of, await openBatches(deps, of, account));
      if (sites.length === 0) {
        const { open: _, ...totals } = await jobs.totals(of);
        return {
          kind: 'nothing',
          summary: `No lead of the list ${of.list} has a website that is still to be asked for an address`,
          result: { list: of.list, ...totals },
        };
      }
      return planOf(call, sites);
    },
    async stop(call, account) {
      for (const sites of await deps.jobs.frozen(listOf(call))) {
        await abortRun(deps, account, deps.actors.contacts, planOf(call, sites));
      }
    },
    reply: StartReply,
    kept: Started,
    result: (reply) => ({ runId: reply?.data.id ?? null }),
    lookUp: (_call, account, plan) => findRun(deps, account, deps.actors.contacts, plan),
    async finish(started, call, account, { request }): Promise<FindContactsOutput> {
      const of = listOf(call);
      const share = looks.share(of, await deps.jobs.frozen(of));
      const run = await endedRun(deps, started, call, account, share);
      const asked = StartInput.parse(request.body).startUrls.map(({ url }) => nameOf(url));
      const stored = await storeContacts(deps, { of, account, run, asked });
      const { id: runId, status, usageTotalUsd: costUsd = null } = run;
      looks.forget(of, asked[0]);
      await deps.jobs.close(of, { runId, status, costUsd, ...stored });
      const { open, ...totals } = await deps.jobs.totals(of);
      if (open > 0) throw stillAtWork(`The rest, ${open} websites,`, sameMoment);
      return { list: of.list, ...totals, ...pollSecondsFor(run, call) };
    },
  });
};

/** Batches that are under way, filled up from those in line; who stands in line is looked up when none is. */
async function openBatches(
  deps: LeadsDeps,
  of: SiteList,
  account: Account,
): Promise<readonly (readonly Site[])[]> {
  const { jobs } = deps;
  let open = (await jobs.frozen(of)).length;
  const fillUp = async (): Promise<void> => {
    while (open < mostAtOnce && (await jobs.freeze(of, sitesPerRun)) > 0) open += 1;
  };
  await fillUp();
  if (open === 0) {
    for await (const sites of sitesOf(deps, of, account)) await jobs.enlist(of, sites);
    await fillUp();
  }
  return jobs.frozen(of);
}

/** Whose turn it is among batches. It is only known here: who begins anew looks at each once more. */
function createLooks() {
  const lookedAt = new Map<string, number>();
  const nameFor = ({ account, list, edition }: SiteList, site: string | undefined): string =>
    JSON.stringify([account, list, edition, site]);
  let now = 0;
  return {
    /** The one that was not looked at for the longest time. */
    next(of: SiteList, batches: readonly (readonly Site[])[]): readonly Site[] {
      const when = (batch: readonly Site[]): number =>
        lookedAt.get(nameFor(of, batch[0]?.site)) ?? 0;
      const next = batches.toSorted((a, b) => when(a) - when(b))[0] ?? [];
      lookedAt.set(nameFor(of, next[0]?.site), (now += 1));
      return next;
    },
    /** How much of the wait for one is right, so that each has its turn in time; none while one was not begun. */
    share: (of: SiteList, batches: readonly (readonly Site[])[]): number =>
      batches.every(([first]) => lookedAt.has(nameFor(of, first?.site)))
        ? 1 / Math.max(batches.length, 1)
        : sameMoment,
    /** The batch that begins with this website has come to its end. */
    forget(of: SiteList, site: string | undefined): void {
      lookedAt.delete(nameFor(of, site));
    },
  };
}

/** Websites that a run would go on to, or begin with, without putting them in line. */
async function wouldAsk(deps: LeadsDeps, of: SiteList, account: Account): Promise<readonly Site[]> {
  const { jobs } = deps;
  const frozen = (await jobs.frozen(of)).flat();
  const others = new Map<string, Site>();
  for await (const sites of sitesOf(deps, of, account)) {
    for (const each of await jobs.unasked(of, sites)) others.set(each.site, each);
  }
  for (const { site } of frozen) others.delete(site);
  const byName = (a: Site, b: Site): number => (a.site < b.site ? -1 : 1);
  return [...frozen, ...[...others.values()].sort(byName)];
}

/** Websites of leads without an address, page by page; made-up ones only for made-up vendors. */
async function* sitesOf(
  { leads }: LeadsDeps,
  { account, list }: SiteList,
  { isStandIn }: Account,
): AsyncIterable<readonly Site[]> {
  const filter = { list, hasEmail: false, isExcluded: false };
  for await (const page of leads.each(account, isStandIn ? filter : { ...filter, isStandIn })) {
    yield page.flatMap(({ website, site, isStandIn: isMadeUp }) =>
      website === null || site === null
        ? []
        : [{ site: nameOf(website), url: website, isStandIn: isMadeUp }],
    );
  }
}

interface Crawled {
  readonly of: SiteList;
  readonly account: Account;
  readonly run: ActorRun;
  /** Names of the websites that the run was asked about. */
  readonly asked: readonly string[];
}

/** Gives the leads of each website what was found there. @returns what became of each website. */
async function storeContacts(
  deps: LeadsDeps,
  { of, account, run, asked }: Crawled,
): Promise<Pick<BatchEnd, 'sites' | 'changed'>> {
  const bySite = Map.groupBy(await itemsOf(deps, account, run), (item) =>
    nameOf(item.originalStartUrl),
  );
  const silence = run.status === 'SUCCEEDED' ? 'unreached' : 'missed';
  const said = asked.map((site) => {
    const items = bySite.get(site);
    const contacts = contactsIn(items ?? []);
    const hasSome = Object.values(contacts).some((each) => each.length > 0);
    return { site, contacts, outcome: items ? (hasSome ? 'found' : 'empty') : silence } as const;
  });
  const found = await Promise.all(
    said
      .filter(({ outcome }) => outcome === 'found')
      .map(async ({ site, contacts }) =>
        (await leadsOn(deps, of, site)).map((lead) => ({ ...identityOf(lead), ...contacts })),
      ),
  );
  const source = { kind: 'contacts', ref: run.id, isStandIn: account.isStandIn } as const;
  const { changed } = await deps.leads.save(of.account, of.list, found.flat(), source);
  return { sites: said.map(({ site, outcome }) => ({ site, outcome })), changed };
}

/** All items of a run that can be read: one a website, or one a page. */
async function itemsOf(
  { client }: LeadsDeps,
  account: Account,
  run: ActorRun,
): Promise<readonly SiteContacts[]> {
  const all: SiteContacts[] = [];
  for (let offset = 0; ; offset += pageSize) {
    const { items, total } = await client.items(account, run.defaultDatasetId, {
      offset,
      limit: pageSize,
    });
    const { read } = readable(items, SiteContacts);
    if (items.length > 0 && read.length === 0) {
      throw ApplicationFailure.nonRetryable(
        `Apify sent ${items.length} items, and none of them tells its originalStartUrl: its data have changed`,
        FailureType.MalformedAnswer,
      );
    }
    all.push(...read);
    if (items.length === 0 || offset + items.length >= total) return all;
  }
}

/** What all pages of a website say together. */
function contactsIn(items: readonly SiteContacts[]) {
  const all = (name: Exclude<keyof SiteContacts, 'originalStartUrl'>): string[] => [
    ...new Set(items.flatMap((item) => item[name])),
  ];
  return {
    emails: all('emails'),
    phones: all('phones'),
    linkedIn: all('linkedIns'),
    twitter: all('twitters'),
    facebook: all('facebooks'),
    instagram: all('instagrams'),
    youTube: all('youtubes'),
    tikTok: all('tiktoks'),
  };
}

/** The leads of the list that have this website, in whatever spelling. */
async function leadsOn({ leads }: LeadsDeps, { account, list }: SiteList, site: string) {
  const found: Lead[] = [];
  const [host = ''] = site.split('/');
  for await (const page of leads.each(account, { list, q: host })) {
    found.push(...page.filter(({ website }) => website !== null && nameOf(website) === site));
  }
  return found;
}

/** What a lead is known by, and what its phones need to be understood. */
const identityOf = ({ placeId, website, countryCode }: Lead): FoundLead =>
  placeId === null ? { website, countryCode } : { placeId, countryCode };

const Address = z.url();

/** A website without what may differ in its spelling: scheme, www, a slash at the end, the query. */
function nameOf(website: string): string {
  if (!Address.safeParse(website).success) return website;
  const { host, pathname } = new URL(website);
  return `${host.replace(/^www\./, '')}${pathname}`.replace(/\/+$/, '');
}
