import { pipeline } from 'node:stream/promises';
import { Router } from 'express';
import { z } from 'zod';
import { AccountName } from '../contracts/capability.ts';
import { LeaveOut, TakeIn } from '../contracts/lead-views.ts';
import { LeadQuery } from '../contracts/leads.ts';
import type { AuditEntry } from '../platform/audit.ts';
import type { Config } from '../platform/config.ts';
import type { Database } from '../platform/database.ts';
import { createLeadReader } from '../platform/lead-views.ts';
import { createLeadStore } from '../platform/leads.ts';
import type { Health } from './health.ts';
import { HttpError, parsed } from './http-error.ts';

interface LeadRouteDeps {
  readonly database: Database;
  readonly config: Pick<Config, 'accounts'>;
  readonly health: Health;
  /** Whose word keeps a lead out. */
  readonly user: string;
  /** Notes a change in the audit log, and lets pages show it. */
  readonly changed: (entry: Omit<AuditEntry, 'by' | 'from'>) => Promise<void>;
}

const OfAccount = z.object({ account: AccountName.optional() });
const Id = z.coerce.number().int().positive();
/** How much the number of leads may have moved since somebody looked. */
const mostDrift = 0.1;

/** Leads: searched, shown, exported, left out for good and taken in again, each with its reason. */
export function createLeadRoutes(deps: LeadRouteDeps): Router {
  const { database, config, health, user, changed } = deps;
  const store = createLeadStore(database);
  const reader = createLeadReader(database);
  const router = Router();

  router.get('/api/leads', async ({ query }, response) => {
    response.json(await health.during(reader.page(parsed(LeadQuery, query))));
  });

  router.get('/api/leads.csv', async ({ query }, response) => {
    const { account, cursor: _, limit: __, ...filter } = parsed(LeadQuery, query);
    response.attachment(`leads-${account}.csv`).type('text/csv; charset=utf-8');
    await pipeline(reader.export(account, filter), response).catch((error: unknown) => {
      if (!response.destroyed) throw error; // a reader that left needs no answer
    });
  });

  router.get('/api/leads/choices', async ({ query }, response) => {
    const { account } = parsed(OfAccount, query);
    response.json(await health.during(reader.choices(accountsIn(config), account)));
  });

  router.get('/api/leads/:id', async ({ params, query }, response) => {
    const { account = 'default' } = parsed(OfAccount, query);
    const id = Id.safeParse(params.id).data;
    const lead = id === undefined ? undefined : await health.during(reader.show(account, id));
    if (lead) response.json(lead);
    else throw new HttpError(404, 'unknown-lead', `The account ${account} has no such lead`);
  });

  router.post('/api/leads/leave-out', async ({ body }, response) => {
    const { account, which, reason } = parsed(LeaveOut, body);
    const word = { why: reason, by: user };
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
    const target = 'ids' in which ? which.ids.slice(0, 5).join(' ') : JSON.stringify(which.filter);
    await changed({
      ...{ action: 'lead.leave-out', target, reason },
      detail: { account, changed: count, ...which },
    });
    response.json({ changed: count });
  });

  router.post('/api/leads/take-in', async ({ body }, response) => {
    const { account, ids, reason } = parsed(TakeIn, body);
    const count = await health.during(store.include(account, ids));
    await changed({
      ...{ action: 'lead.take-in', target: ids.slice(0, 5).join(' '), reason },
      detail: { account, changed: count, ids },
    });
    response.json({ changed: count });
  });
  return router;
}

/** All accounts that settings name, over all vendors; made up where one login of it is. */
function accountsIn({ accounts }: Pick<Config, 'accounts'>) {
  const all = Object.values(accounts).flat();
  return [...new Set(all.map(({ name }) => name))].map((name) => ({
    name,
    isStandIn: all.every((each) => each.name !== name || each.isStandIn),
  }));
}
