import { ApplicationFailure } from '@temporalio/common';
import { FailureType } from '../../contracts/failures.ts';
import { sheets } from '../../contracts/sheets.ts';
import type { Account } from '../../platform/config.ts';
import type { Coordination } from '../../platform/coordination.ts';
import type { Activities } from '../activities.ts';
import { accountFinder, checkedLogin, type AgentBundle } from '../agent.ts';
import { createOnce, type OnceDeps } from '../once.ts';
import { createAlone } from './alone.ts';
import type { SheetsClient } from './client.ts';
import { createSpreadsheet, createTab } from './create.ts';
import type { SheetsDeps } from './deps.ts';
import { readRows } from './read.ts';
import { createTabs } from './tabs.ts';
import { upsertLeads } from './upsert-leads.ts';
import { appendRows, upsertRows } from './upsert.ts';
import { verify } from './verify.ts';

interface BundleDeps extends Omit<OnceDeps, 'account' | 'callOf'>, Pick<SheetsDeps, 'leads'> {
  readonly client: SheetsClient;
  /** The same client outside of activities, for the check of logins. */
  readonly probe: SheetsClient;
  readonly accounts: readonly Account[];
  readonly coordination: Coordination;
  /** The spreadsheets that settings name, by account. */
  readonly spreadsheets: Readonly<Record<string, string>>;
}

/** How long a lease outlives the longest call that is made under it. */
const leaseMarginMs = 30_000;

/** Binds the declared capabilities to their activities. */
export function createSheetsAgent({
  client,
  probe,
  accounts,
  coordination,
  leads,
  spreadsheets,
  ...effects
}: BundleDeps): AgentBundle {
  const account = accountFinder('Google', accounts);
  const deps: SheetsDeps = {
    client,
    leads,
    tabs: createTabs(client, createAlone(coordination, effects.deadlineMs + leaseMarginMs)),
    once: createOnce({ ...effects, account, callOf: client.callOf }),
    account,
    spreadsheetOf({ name }, given) {
      const id = given ?? spreadsheets[name];
      if (id !== undefined) return id;
      throw ApplicationFailure.nonRetryable(
        `spreadsheet: expected an id or an address, since no setting names one for account “${name}” (GOOGLE_SHEETS_SPREADSHEET_ID)`,
        FailureType.InvalidInput,
      );
    },
  };
  return {
    agent: sheets,
    accounts,
    activities: {
      'sheets.read': readRows(deps),
      'sheets.verify': verify(deps),
      'sheets.append': appendRows(deps),
      'sheets.upsert': upsertRows(deps),
      'sheets.upsert-leads': upsertLeads(deps),
      'sheets.create-tab': createTab(deps),
      'sheets.create': createSpreadsheet(deps),
    } satisfies Activities<typeof sheets>,
    checkLogin: (login) =>
      checkedLogin(async () => {
        const id = spreadsheets[login.name];
        if (login.isStandIn) return 'A stand-in asks for no login';
        await probe.prepare(login);
        if (id === undefined) {
          await probe.mayAsk(login);
          return 'The credentials work and have the scope; no setting names a spreadsheet to open';
        }
        const { title } = await probe.spreadsheet(login, id);
        return `The credentials open “${title}”`;
      }),
  };
}
