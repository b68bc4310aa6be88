import { leads } from '../../contracts/leads-agent.ts';
import type { Account } from '../../platform/config.ts';
import type { Database } from '../../platform/database.ts';
import { createForgetting } from '../../platform/forget.ts';
import { createLeadWork } from '../../platform/process-leads.ts';
import type { Activities } from '../activities.ts';
import type { AgentBundle } from '../agent.ts';
import { enrichLeads } from './enrich.ts';
import { forgetLeads } from './forget.ts';
import { importLeads } from './import.ts';
import { processLeads } from './process.ts';

interface BundleDeps {
  readonly database: Database;
  readonly accounts: readonly Account[];
}

/** Binds the declared capabilities to their activities. */
export function createLeadsAgent({ database, accounts }: BundleDeps): AgentBundle {
  const work = createLeadWork(database);
  return {
    agent: leads,
    accounts,
    activities: {
      'leads.process': processLeads(work),
      'leads.enrich': enrichLeads(work),
      'leads.import': importLeads(database),
      'leads.forget': forgetLeads(createForgetting(database)),
    } satisfies Activities<typeof leads>,
    checkLogin: () =>
      Promise.resolve({ state: 'unknown', message: 'Nothing has asked Apify with this key yet' }),
  };
}
