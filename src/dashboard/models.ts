import type { Client } from '@temporalio/client';
import { agents as declared } from '../contracts/agents.ts';
import type { ScheduleList, Status } from '../contracts/api.ts';
import { accountsOf } from '../platform/accounts.ts';
import { createAgentReader, type AgentReader } from '../platform/agents.ts';
import { createAnalytics, type Analytics } from '../platform/analytics.ts';
import type { Config } from '../platform/config.ts';
import type { Database } from '../platform/database.ts';
import { createOverviewReader, type OverviewReader } from '../platform/overview.ts';
import { createRunDetails, type RunDetails } from '../platform/run-detail.ts';
import { createRunReader, type RunReader } from '../platform/run-list.ts';
import type { Schedules } from '../platform/schedules.ts';
import { version } from '../platform/version.ts';
import type { Health } from './health.ts';

/** Everything the pages show. */
export interface Models {
  readonly runs: RunReader;
  readonly details: RunDetails;
  readonly agents: AgentReader;
  readonly analytics: Analytics;
  readonly overview: OverviewReader;
  readonly schedules: {
    /** At most 2 s old: the overview and the charts ask for them too. */
    read(): Promise<ScheduleList>;
    /** The next question goes to the server. */
    forget(): void;
  };
  /** Answers also while nothing else does. */
  status(): Promise<Status>;
}

interface ModelDeps {
  readonly client: Client;
  readonly database: Database;
  readonly config: Config;
  readonly schedules: Schedules;
  readonly health: Health;
}

const schedulesFreshMs = 2_000;

/** @param deps the servers, and what says whether they answer. */
export function createModels({ schedules: source, health, ...deps }: ModelDeps): Models {
  const { config } = deps;
  const runs = createRunReader(deps.database, config);
  const agents = createAgentReader(deps);
  const cached = remembered(schedulesFreshMs, () => source.list());
  const list = { list: () => cached.read() };

  const vendors = declared.map(({ title, vendor }) => ({
    title,
    isLive: accountsOf(config, vendor).some((account) => !account.isStandIn),
  }));

  return {
    runs,
    details: createRunDetails(deps),
    agents,
    analytics: createAnalytics({ ...deps, schedules: list }),
    overview: createOverviewReader({ ...deps, runs, agents, schedules: list }),
    schedules: {
      read: async () => ({ schedules: await cached.read() }),
      forget: () => cached.forget(),
    },

    async status() {
      const { temporal, database } = await health.read();
      const [workers, unservedAgents] = await health
        .during(Promise.all([agents.workers(), agents.unserved()]))
        .catch(() => [[], []]);
      return {
        temporal: { ...temporal, uiUrl: config.TEMPORAL_UI_URL ?? null },
        database,
        workers: workers.filter((worker) => worker.state !== 'gone').length,
        unservedAgents,
        standIns: vendors.filter((each) => !each.isLive).map((each) => each.title),
        liveVendors: vendors.filter((each) => each.isLive).map((each) => each.title),
        version,
        now: new Date().toISOString(),
      };
    },
  };
}

/** One answer for all who ask within `freshMs`; a failure isn't kept. */
function remembered<T>(freshMs: number, read: () => Promise<T>) {
  let kept: { readonly value: Promise<T>; readonly at: number } | undefined;
  return {
    read(): Promise<T> {
      if (kept && Date.now() - kept.at < freshMs) return kept.value;
      const value = read();
      kept = { value, at: Date.now() };
      value.catch(() => (kept = undefined));
      return value;
    },
    forget(): void {
      kept = undefined;
    },
  };
}
