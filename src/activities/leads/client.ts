import { ApplicationFailure } from '@temporalio/common';
import { ApifyApiError, ApifyClient as VendorClient } from 'apify-client';
import { z } from 'zod';
import type { Effect } from '../../contracts/capability.ts';
import type { VendorRequest } from '../../contracts/dry-run.ts';
import { FailureType } from '../../contracts/failures.ts';
import { leads } from '../../contracts/leads-agent.ts';
import type { Account } from '../../platform/config.ts';
import { flowKeyOf } from '../../rules/flow.ts';
import type { Door, VendorCall } from '../door.ts';
import { nonsenseIn } from '../vendor-answer.ts';
import { ActorRun } from './answers.ts';

const title = 'Apify';
const runsPerPage = 100;

/**
 * What we ask Apify's API v2, through its own client with its repeats switched off: questions, and
 * the end of runs. They are started by `once`.
 */
export interface ApifyClient {
  /** Name of the login's owner: the cheapest question that shows whether a token works. */
  owner(account: Account): Promise<string>;
  /** What people call an actor. @throws `NotFound` for one that the login can't see. */
  actor(account: Account, id: string): Promise<string>;
  /** @throws `NotFound` for a run that the vendor does not know, or no longer. */
  run(account: Account, id: string): Promise<ActorRun>;
  /** Ends a run that is under way; a repeat leaves it as it ended. */
  abort(account: Account, id: string): Promise<void>;
  /** Runs of an actor that started at that time or later, the latest first. */
  runsSince(account: Account, actor: string, since: Date): AsyncIterable<ActorRun>;
  /** What a run was given; undefined where nothing is stored. */
  inputOf(account: Account, run: ActorRun): Promise<unknown>;
  /** One page of what a run found, as it is, and how much there is in all. */
  items(
    account: Account,
    dataset: string,
    page: { readonly offset: number; readonly limit: number; readonly fields?: readonly string[] },
  ): Promise<{ readonly items: readonly unknown[]; readonly total: number }>;
}

const flowOf = <E extends Effect>(account: Account, effect: E) => ({
  key: flowKeyOf(leads.vendor, account.name),
  limits: leads.limits,
  effect,
});

/** A write as Apify takes it, with the login's token. */
export const apifyCall = <E extends Effect>(
  account: Account,
  { method, path, body }: VendorRequest,
  effect: E,
): VendorCall<E> => ({
  vendor: title,
  flow: flowOf(account, effect),
  url: new URL(`${account.baseUrl}${path}`),
  headers: { authorization: `Bearer ${account.apiKey}` },
  method,
  body,
});

/**
 * @param door the only way out; it classifies what the vendor says.
 * @param timeoutMs how long a question may take; the vendor's client would go on for minutes.
 */
export function createApifyClient(door: Pick<Door, 'through'>, timeoutMs: number): ApifyClient {
  const clients = new Map<string, VendorClient>();
  const clientOf = ({ apiKey, baseUrl }: Account): VendorClient => {
    const key = `${apiKey} ${baseUrl}`;
    const client =
      clients.get(key) ??
      new VendorClient({ token: apiKey, baseUrl, maxRetries: 0, timeoutSecs: timeoutMs / 1_000 });
    clients.set(key, client);
    return client;
  };
  const through = <T>(
    account: Account,
    [effect, what]: readonly ['read' | 'upsert', string],
    send: (client: VendorClient) => Promise<unknown>,
    answer: z.ZodType<T>,
  ): Promise<T> =>
    door.through(
      {
        vendor: title,
        flow: flowOf(account, effect),
        what,
        send: () => send(clientOf(account)).catch(nonsenseIn),
        refusalIn,
      },
      answer,
    );

  const ask = <T>(
    account: Account,
    what: string,
    send: (client: VendorClient) => Promise<unknown>,
    answer: z.ZodType<T>,
  ): Promise<T> => through(account, ['read', `GET ${what}`], send, answer);

  return {
    owner: async (account) =>
      (await ask(account, '/v2/users/me', (client) => client.user().get(), Owner)).username,

    async actor(account, id) {
      const send = (client: VendorClient) => client.actor(id).get();
      const actor = await ask(account, `/v2/actors/${id}`, send, Named.optional());
      if (actor) return actor.name;
      throw ApplicationFailure.nonRetryable(
        `Apify has no actor ${id} for this login: set another one, or let the token see it`,
        FailureType.NotFound,
      );
    },

    async run(account, id) {
      const send = (client: VendorClient) => client.run(id).get();
      const run = await ask(account, `/v2/actor-runs/${id}`, send, ActorRun.optional());
      if (run) return run;
      throw ApplicationFailure.nonRetryable(
        `Apify no longer knows the run ${id}`,
        FailureType.NotFound,
      );
    },

    async abort(account, id) {
      const what = `POST /v2/actor-runs/${id}/abort`;
      await through(account, ['upsert', what], (client) => client.run(id).abort(), ActorRun);
    },

    async *runsSince(account, actor, since) {
      for (let offset = 0; ; offset += runsPerPage) {
        const { items } = await ask(
          account,
          `/v2/actors/${actor}/runs`,
          (client) => client.actor(actor).runs().list({ desc: true, offset, limit: runsPerPage }),
          z.object({ items: z.array(ActorRun) }),
        );
        for (const run of items) {
          if (run.startedAt < since) return;
          yield run;
        }
        if (items.length < runsPerPage) return;
      }
    },

    async inputOf(account, { defaultKeyValueStoreId: store }) {
      const record = await ask(
        account,
        `/v2/key-value-stores/${store}/records/INPUT`,
        (client) => client.keyValueStore(store).getRecord('INPUT'),
        z.object({ value: z.unknown() }).optional(),
      );
      return record?.value;
    },

    items: (account, dataset, { fields, ...page }) =>
      ask(
        account,
        `/v2/datasets/${dataset}/items`,
        (client) =>
          client
            .dataset(dataset)
            .listItems({ ...page, ...(fields ? { fields: [...fields] } : {}) }),
        z.object({ items: z.array(z.unknown()), total: z.int() }),
      ),
  };
}

const Owner = z.object({ username: z.string() });
const Named = z.object({ name: z.string() });

/** The vendor's refusal in what its client throws; everything else means that no answer came. */
const refusalIn = (thrown: unknown) =>
  thrown instanceof ApifyApiError
    ? {
        status: thrown.statusCode,
        body: JSON.stringify({ error: { type: thrown.type, message: thrown.message } }),
      }
    : undefined;
