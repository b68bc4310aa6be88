import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { AccountName } from '../contracts/capability.ts';
import {
  LeadChoices,
  LeadRows,
  LeadsChanged,
  LeadView,
  LeaveOut,
  TakeIn,
} from '../contracts/lead-views.ts';
import { LeadQuery } from '../contracts/leads.ts';
import type { Config } from '../platform/config.ts';
import type { Database } from '../platform/database.ts';
import { createLeadReader } from '../platform/lead-views.ts';
import { createLeadStore } from '../platform/leads.ts';
import type { Health } from './health.ts';
import { HttpError } from './http-error.ts';
import type { Routes } from './routes.ts';

interface LeadRouteDeps {
  readonly database: Database;
  readonly config: Pick<Config, 'accounts'>;
  readonly health: Health;
}

const OfAccount = z.object({ account: AccountName.optional() });
const Id = z.coerce.number().int().positive();
/** How much the number of leads may have moved since somebody looked. */
const mostDrift = 0.1;

/** Leads: searched, shown, exported, left out for good and taken in again, each with its reason. */
export function leadRoutes(routes: Routes, deps: LeadRouteDeps): void {
  const { database, config, health } = deps;
  const store = createLeadStore(database);
  const reader = createLeadReader(database);

  routes.get(
    '/api/leads',
    { does: 'Search leads', query: LeadQuery, answer: LeadRows },
    ({ query }) => health.during(reader.page(query)),
  );

  routes.get(
    '/api/leads.csv',
    { does: 'Export the leads that match', query: LeadQuery, file: 'text/csv' },
    async ({ query: { account, cursor: _, limit: __, ...filter }, response }) => {
      response.attachment(`leads-${account}.csv`).type('text/csv; charset=utf-8');
      await pipeline(reader.export(account, filter), response).catch((error: unknown) => {
        if (!response.destroyed) throw error; // a reader that left needs no answer
      });
    },
  );

  routes.get(
    '/api/leads/choices',
    { does: 'What leads may be filtered by', query: OfAccount, answer: LeadChoices },
    ({ query: { account } }) => health.during(reader.choices(accountsIn(config), account)),
  );

  routes.get(
    '/api/leads/:id',
    { does: 'Show a lead', query: OfAccount, answer: LeadView },
    async ({ params, query: { account = 'default' } }) => {
      const id = Id.safeParse(params.id).data;
      const lead = id === undefined ? undefined : await health.during(reader.show(account, id));
      if (lead) return lead;
      throw new HttpError(404, 'unknown-lead', `The account ${account} has no such lead`);
    },
  );

  routes.post(
    '/api/leads/leave-out',
    { does: 'Leave leads out for good', role: 'operator', body: LeaveOut, answer: LeadsChanged },
    async ({ body: { account, which, reason }, who, note }) => {
      const word = { why: reason, by: who.name };
      const leaveOut = (ids: readonly number[]) => health.during(store.exclude(account, ids, word));
      let count = 0;
      if ('ids' in which) count = await leaveOut(which.ids);
      else {
        const { leads: now } = await health.during(store.counts(account, which.filter));
        if (Math.abs(now - which.expected) > which.expected * mostDrift) {
          const message = `${now} leads match by now, not ${which.expected}: look again first. Nothing was changed`;
          throw new HttpError(409, 'changed-meanwhile', message);
        }
        for await (const page of store.each(account, which.filter)) {
          count += await leaveOut(page.map(({ id }) => id));
        }
      }
      const target =
        'ids' in which ? which.ids.slice(0, 5).join(' ') : JSON.stringify(which.filter);
      await note({
        ...{ action: 'lead.leave-out', target, reason },
        detail: { account, changed: count, ...which },
      });
      return { changed: count };
    },
  );

  routes.post(
    '/api/leads/take-in',
    { does: 'Take leads in again', role: 'operator', body: TakeIn, answer: LeadsChanged },
    async ({ body: { account, ids, reason }, note }) => {
      const count = await health.during(store.include(account, ids));
      await note({
        ...{ action: 'lead.take-in', target: ids.slice(0, 5).join(' '), reason },
        detail: { account, changed: count, ids },
      });
      return { changed: count };
    },
  );
}

/** All accounts that settings name, over all vendors; made up where one login of it is. */
function accountsIn({ accounts }: Pick<Config, 'accounts'>) {
  const all = Object.values(accounts).flat();
  return [...new Set(all.map(({ name }) => name))].map((name) => ({
    name,
    isStandIn: all.every((each) => each.name !== name || each.isStandIn),
  }));
}
