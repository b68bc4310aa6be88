import { leads as declared } from '../../contracts/leads-agent.ts';
import type { Account } from '../../platform/config.ts';
import type { Database } from '../../platform/database.ts';
import { createForgetting } from '../../platform/forget.ts';
import type { Ledger } from '../../platform/ledger.ts';
import { createLeadWork } from '../../platform/process-leads.ts';
import type { Activities } from '../activities.ts';
import { accountFinder, checkedLogin, type AgentBundle } from '../agent.ts';
import { createStartOnce, type OnceDeps } from '../once.ts';
import { apifyCall, type ApifyClient } from './client.ts';
import { findContacts } from './contacts.ts';
import type { LeadsDeps } from './deps.ts';
import { enrichLeads } from './enrich.ts';
import { exportLeads } from './export.ts';
import { forgetLeads } from './forget.ts';
import { importLeads } from './import.ts';
import { processLeads } from './process.ts';
import { scrapeLeads } from './scrape.ts';

interface BundleDeps
  extends
    Omit<LeadsDeps, 'account' | 'startOnce' | 'ledger'>,
    Omit<OnceDeps, 'account' | 'callOf' | 'ledger'> {
  readonly database: Database;
  readonly ledger: Ledger;
  /** The same client outside of activities, for the check of logins. */
  readonly probe: Pick<ApifyClient, 'owner' | 'actor' | 'runsSince'>;
  readonly accounts: readonly Account[];
  /** Where exported files go, account by account. */
  readonly exports: string;
}

/** Binds the declared capabilities to their activities. */
export function createLeadsAgent({
  database,
  client,
  probe,
  actors,
  leads,
  jobs,
  accounts,
  exports,
  ...effects
}: BundleDeps): AgentBundle {
  const account = accountFinder('Apify', accounts);
  const startOnce = createStartOnce({ ...effects, account, callOf: apifyCall });
  const deps: LeadsDeps = {
    ...{ client, actors, leads, jobs, account, startOnce },
    ledger: effects.ledger,
  };
  const work = createLeadWork(database);
  return {
    agent: declared,
    accounts,
    activities: {
      'leads.scrape': scrapeLeads(deps),
      'leads.contacts': findContacts(deps),
      'leads.process': processLeads(work),
      'leads.enrich': enrichLeads(work),
      'leads.import': importLeads(database),
      'leads.export': exportLeads(leads, exports),
      'leads.forget': forgetLeads(createForgetting(database)),
    } satisfies Activities<typeof declared>,
    checkLogin: (login) => checkedLogin(async () => `The token works: ${await probe.owner(login)}`),
    endpoints: (login) =>
      [actors.googleMaps, actors.contacts].flatMap((id) => [
        { name: `GET actors/${id}`, ask: () => probe.actor(login, id) },
        {
          name: `GET actors/${id}/runs`,
          ask: () => probe.runsSince(login, id, new Date())[Symbol.asyncIterator]().next(),
        },
      ]),
  };
}
