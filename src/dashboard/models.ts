import type { Client } from '@temporalio/client';
import { agents as declared } from '../contracts/agents.ts';
import type { Status } from '../contracts/api.ts';
import type { PipelineDetail } from '../contracts/pipeline.ts';
import type { ScheduleList } from '../contracts/schedules.ts';
import { accountsOf } from '../platform/accounts.ts';
import { createAgentReader, type AgentReader } from '../platform/agents.ts';
import { createAnalytics, type Analytics } from '../platform/analytics.ts';
import { createBulk, type Bulk } from '../platform/bulk.ts';
import type { Config } from '../platform/config.ts';
import type { Database } from '../platform/database.ts';
import { createFlowKeyReader, type FlowKeyReader } from '../platform/flow-history.ts';
import { createLedger } from '../platform/ledger.ts';
import { createCoordination, type Coordination } from '../platform/coordination.ts';
import { createNeedsReader, type NeedsReader } from '../platform/needs.ts';
import { createOverviewReader, type OverviewReader } from '../platform/overview.ts';
import { readPipeline } from '../platform/pipeline-detail.ts';
import { createRunDetails, type RunDetails } from '../platform/run-detail.ts';
import { createRunReader, type RunReader } from '../platform/run-list.ts';
import type { Schedules } from '../platform/schedules.ts';
import { createStrugglingReader, type StrugglingReader } from '../platform/struggling.ts';
import { createSwarmDetails, type SwarmDetails } from '../platform/swarm-detail.ts';
import { createSwarmRows, type SwarmRows } from '../platform/swarm-rows.ts';
import { createTopics, type Topics } from '../platform/topics.ts';
import { version } from '../platform/version.ts';
import type { Health } from './health.ts';
import { remembered } from './remembered.ts';

/** Everything the pages show. */
export interface Models {
  readonly runs: RunReader;
  readonly details: RunDetails;
  readonly agents: AgentReader;
  readonly analytics: Analytics;
  readonly swarms: SwarmDetails;
  readonly swarmRows: SwarmRows;
  readonly overview: OverviewReader;
  readonly pipelines: {
    read(workflowId: string, runId?: string): Promise<PipelineDetail | undefined>;
  };
  /** At most 1 s old: every page's navigation counts them. */
  readonly needs: NeedsReader;
  readonly struggling: StrugglingReader;
  readonly bulk: Bulk;
  readonly coordination: Pick<Coordination, 'list' | 'barriers'>;
  readonly topics: Pick<Topics, 'list'>;
  readonly flowKeys: FlowKeyReader;
  /** At most 2 s old: the overview and the charts ask for them too. */
  readonly schedules: { read(): Promise<ScheduleList> };
  /** What is kept for a while is asked for anew. */
  forget(): void;
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
const needsFreshMs = 1_000;
const strugglingFreshMs = 1_000;
/** The ledger has no index by state, so that its writes stay cheap. */
const unknownEffectsFreshMs = 5_000;
const mostUnknownEffects = 1_000;

/** @param deps the servers, and what says whether they answer. */
export function createModels({ schedules: source, health, ...deps }: ModelDeps): Models {
  const { config } = deps;
  const runs = createRunReader(deps.database, config);
  const agents = createAgentReader(deps);
  const cached = remembered(schedulesFreshMs, () => source.list());
  const list = { list: () => cached.read() };
  const flowKeys = createFlowKeyReader(deps.database);
  const ledger = createLedger(deps);
  const unknown = remembered(unknownEffectsFreshMs, () =>
    ledger.list({ state: 'unknown', limit: mostUnknownEffects }),
  );

  const needsReader = createNeedsReader({ ...deps, unknownEffects: () => unknown.read() });
  const needs = remembered(needsFreshMs, () => needsReader.read());

  const struggling = createStrugglingReader({ ...deps, agents, flowKeys });
  const allStruggling = remembered(strugglingFreshMs, () => struggling.read({}));

  const vendors = declared.flatMap(({ title, vendor }) => {
    const called = accountsOf(config, vendor).filter(({ baseUrl }) => baseUrl !== '');
    return called.length > 0 ? [{ title, isLive: called.some((each) => !each.isStandIn) }] : [];
  });

  return {
    runs,
    details: createRunDetails(deps),
    agents,
    swarms: createSwarmDetails(deps),
    swarmRows: createSwarmRows(deps.database),
    analytics: createAnalytics({ ...deps, schedules: list }),
    overview: createOverviewReader({
      ...deps,
      ...{ runs, agents, flowKeys, schedules: list, needs },
    }),
    pipelines: { read: (workflowId, runId) => readPipeline(deps, workflowId, runId) },
    needs,
    struggling: {
      ...struggling,
      read: (query) =>
        Object.values(query).every((each) => each === undefined)
          ? allStruggling.read()
          : struggling.read(query),
    },
    bulk: createBulk({ database: deps.database, struggling }),
    coordination: createCoordination(deps.database),
    topics: createTopics(deps),
    flowKeys,
    schedules: { read: async () => ({ schedules: await cached.read() }) },
    forget() {
      cached.forget();
      unknown.forget();
      needs.forget();
      allStruggling.forget();
    },

    async status() {
      const { temporal, database } = await health.read();
      const [workers, unservedAgents, heldKeys, { total: needsYou }, { total: causes }] =
        await health
          .during(
            Promise.all([
              agents.workers(),
              agents.unserved(),
              flowKeys.held(),
              needs.read(),
              allStruggling.read(),
            ]),
          )
          .catch(() => [[], [], 0, { total: 0 }, { total: 0 }] as const);
      return {
        temporal: { ...temporal, uiUrl: config.TEMPORAL_UI_URL ?? null },
        database,
        workers: workers.filter((worker) => worker.state !== 'gone').length,
        unservedAgents: [...unservedAgents],
        heldKeys,
        needsYou,
        struggling: causes,
        standIns: vendors.filter((each) => !each.isLive).map((each) => each.title),
        liveVendors: vendors.filter((each) => each.isLive).map((each) => each.title),
        version,
        now: new Date().toISOString(),
      };
    },
  };
}
