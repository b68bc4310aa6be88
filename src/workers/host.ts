import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { Client } from '@temporalio/client';
import type {
  InjectedSinks,
  NativeConnection,
  Worker,
  WorkflowBundlePath,
} from '@temporalio/worker';
import type { AgentBundle } from '../activities/agent.ts';
import type { World } from '../contracts/memory.ts';
import { createAnnealActivities } from '../activities/anneal.ts';
import { createBulkActivities } from '../activities/bulk.ts';
import { createCoordinationActivities } from '../activities/coordination.ts';
import { createDoor } from '../activities/door.ts';
import { createInstantlyAgent } from '../activities/instantly/agent.ts';
import { createInstantlyClient } from '../activities/instantly/client.ts';
import { createInstantlyTables } from '../activities/instantly/tables.ts';
import { createKlapAgent } from '../activities/klap/agent.ts';
import { createKlapClient } from '../activities/klap/client.ts';
import { createLeadsAgent } from '../activities/leads/agent.ts';
import { createApifyClient } from '../activities/leads/client.ts';
import { createNotifyAgent } from '../activities/notify/agent.ts';
import { createNotifyClient } from '../activities/notify/client.ts';
import { createPipelineActivities } from '../activities/pipeline.ts';
import { createPracticeAgent } from '../activities/practice/agent.ts';
import { createSheetsAgent } from '../activities/sheets/agent.ts';
import { createSheetsClient } from '../activities/sheets/client.ts';
import { createLogins } from '../activities/sheets/logins.ts';
import { createSocialAgent } from '../activities/social/agent.ts';
import { createGeminiClient } from '../activities/social/client.ts';
import { createSwarmActivities } from '../activities/swarm.ts';
import { createTaskCarrier } from '../activities/swarm-tasks.ts';
import { createSystemActivities } from '../activities/system.ts';
import { createThreads } from '../activities/threads.ts';
import { accountsOf, tokenPriceOf } from '../platform/accounts.ts';
import { createAgentReader } from '../platform/agents.ts';
import { createAnnealing, type Annealing } from '../platform/annealing.ts';
import { createAttemptStore, workerName } from '../platform/attempts.ts';
import { createBulk } from '../platform/bulk.ts';
import { createCampaignTemplates } from '../platform/campaign-templates.ts';
import { mediaFolderOf, type Config } from '../platform/config.ts';
import { createCoordination } from '../platform/coordination.ts';
import type { Database } from '../platform/database.ts';
import { createEvidence } from '../platform/evidence.ts';
import { createFlowKeyReader } from '../platform/flow-history.ts';
import { createGate } from '../platform/gate.ts';
import { createLedgerMany } from '../platform/ledger-many.ts';
import { createLeadJobs } from '../platform/lead-jobs.ts';
import { createLeadStore } from '../platform/leads.ts';
import { createLedger } from '../platform/ledger.ts';
import { createMedia } from '../platform/media.ts';
import { createMemoryStore } from '../platform/memory-store.ts';
import { createPayloadStore } from '../platform/payloads.ts';
import { createPostStore } from '../platform/posts.ts';
import { createPrompts } from '../platform/prompts.ts';
import { createRunStore } from '../platform/runs.ts';
import { createStrugglingReader } from '../platform/struggling.ts';
import { createSwarmStore } from '../platform/swarm-store.ts';
import { createTaskLists } from '../platform/task-lists.ts';
import { createSuppressions } from '../platform/suppressions.ts';
import { systemQueue } from '../rules/names.ts';
import type { RunSinks } from '../workflows/interceptors.ts';
import { longestTurnMs } from '../activities/turn.ts';
import { AttemptRecorder } from './attempts.ts';
import { sharingThreads } from './shared-threads.ts';
import { createTally, type Tally } from './tally.ts';

/**
 * How long a process that was told to stop goes on: what is under way may take the grace, then it is
 * cut off, and what does not end then either is left behind. All of it is over before a supervisor
 * loses its patience, after 15 s.
 */
export const leavingWithin = { graceMs: 10_000, forceMs: 12_500 } as const;

interface HostDeps {
  readonly config: Config;
  readonly database: Database;
  readonly client: Client;
  readonly connection: NativeConnection;
  readonly workflowBundle: WorkflowBundlePath;
  /** Aborted with `handedBack` once the process was told to stop; never if left out. */
  readonly leaving?: AbortSignal;
}

/** All agents of this process, and one Temporal worker for each of their queues. */
export interface Host {
  readonly agents: readonly AgentBundle[];
  readonly workers: readonly Worker[];
  /** What the agents have done here. */
  readonly tally: Tally;
  /** Makes memory of what was done. */
  readonly annealing: Annealing;
}

/**
 * Puts agents on their queues. An agent's worker hosts its activities and its workflows, so that
 * the server can hand an activity straight back to the worker that asked for it.
 *
 * @throws when a declared capability has no activity, or an activity no declaration.
 */
export async function createHost(deps: HostDeps): Promise<Host> {
  const { config, database, client, connection, leaving = new AbortController().signal } = deps;
  const tally = createTally();
  const agents = createAgents(config, database, leaving).map((agent) => tally.counting(agent));
  agents.forEach(checkComplete);
  const runs = createRunStore(database);
  const attempts = createAttemptStore(database);
  const memories = createMemoryStore(database);
  const evidence = createEvidence(database);
  const annealing = createAnnealing({ client, evidence });
  const accountsOfAgent = (id: string) =>
    agents.find(({ agent }) => agent.id === id)?.accounts ?? [];
  const pipelines = createPipelineActivities({
    client,
    lists: createTaskLists(database),
    runs,
    accountsOf: accountsOfAgent,
  });
  const reader = createAgentReader({ client, database, config });
  const struggling = createStrugglingReader({
    ...{ database, agents: reader, flowKeys: createFlowKeyReader(database) },
  });
  const system = {
    ...createSystemActivities({
      client,
      runs,
      memories,
      accountsOf: accountsOfAgent,
      leaving,
    }),
    ...createAnnealActivities({ client, memories, evidence }),
    ...createBulkActivities({
      ...{ client, database, agents: reader, pipelines },
      bulk: createBulk({ database, struggling }),
    }),
    ...pipelines,
  };
  const store = createSwarmStore(database);
  const slots = config.MAX_AGENTS;
  const worldOf = (agent: string, account: string): World =>
    accountsOfAgent(agent).some(({ name, isStandIn }) => name === account && isStandIn)
      ? 'stand-in'
      : 'live';
  const swarms = createSwarmActivities({
    memories,
    worldOf,
    client,
    database,
    runs,
    agents: reader,
    slots,
  });
  const coordination = createCoordinationActivities({ client, database, leaving });
  const carrier = createTaskCarrier({
    store,
    memories,
    evidence,
    worldOf,
    activities: Object.fromEntries(agents.flatMap((each) => Object.entries(each.activities))),
    slots,
    leaving,
  });
  const sinks: InjectedSinks<RunSinks> = {
    runs: {
      ended: {
        callDuringReplay: false,
        async fn({ workflowId, runId }, end) {
          await runs.noteEnd({ workflowId, runId }, end);
          annealing.soon();
        },
      },
      needs: {
        callDuringReplay: false,
        fn: ({ workflowId, runId }, needs) => runs.noteNeeds({ workflowId, runId }, needs),
      },
    },
  };
  const { dataConverter } = createPayloadStore(database);
  const SharingWorker = sharingThreads();
  const workerFor = (taskQueue: string, activities: AgentBundle['activities']) =>
    SharingWorker.create({
      connection,
      namespace: config.TEMPORAL_NAMESPACE,
      taskQueue,
      identity: workerName,
      workflowBundle: deps.workflowBundle,
      workflowThreadPoolSize: Math.max(2, availableParallelism()),
      maxCachedWorkflows: 100,
      activities: { ...system, ...swarms, ...carrier, ...coordination, ...activities },
      sinks,
      dataConverter,
      interceptors: { activity: [() => ({ inbound: new AttemptRecorder(attempts) })] },
      maxConcurrentActivityTaskExecutions: config.MAX_AGENTS,
      maxEagerActivityReservationsPerWorkflowTask: 1_000,
      stickyQueueScheduleToStartTimeout: '2 seconds',
      shutdownGraceTime: leavingWithin.graceMs,
      shutdownForceTime: leavingWithin.forceMs,
    });
  const workers = await Promise.all([
    ...agents.map(({ agent, activities }) => workerFor(agent.id, activities)),
    workerFor(systemQueue, {}),
  ]);
  return { agents, workers, tally, annealing };
}

/** The agents as this process would host them, without a queue. */
export function createAgents(
  config: Config,
  database: Database,
  leaving?: AbortSignal,
): readonly AgentBundle[] {
  const gate = createGate(database);
  const timeoutMs = config.VENDOR_TIMEOUT_SECONDS * 1000;
  const modelTimeoutMs = config.GEMINI_TIMEOUT_SECONDS * 1000;
  const probeTimeoutMs = 5_000;
  const door = createDoor({ gate, timeoutMs, leaving });
  const probe = createDoor({
    gate,
    timeoutMs: probeTimeoutMs,
    stopped: () => new AbortController().signal,
    note: () => undefined,
    attempt: () => 1,
    party: () => 'checks of logins',
  });
  const freezeMs = config.FREEZE_SECONDS * 1000;
  const effects = {
    door,
    ledger: createLedger({ database, freezeMs }),
    suppressions: createSuppressions(database),
    deadlineMs: timeoutMs + longestTurnMs,
  };
  const logins = createLogins();
  return [
    createInstantlyAgent({
      client: createInstantlyClient(door),
      probe: createInstantlyClient(probe),
      tables: createInstantlyTables(database),
      templates: createCampaignTemplates(config.CAMPAIGNS_DIR),
      weekStarts: config.INSTANTLY_WEEK_STARTS,
      accounts: accountsOf(config, 'instantly'),
      many: createLedgerMany({ database, freezeMs }),
      leads: createLeadStore(database),
      ...effects,
    }),
    createLeadsAgent({
      database,
      client: createApifyClient(door, timeoutMs),
      probe: createApifyClient(probe, probeTimeoutMs),
      actors: {
        googleMaps: config.APIFY_GOOGLE_MAPS_ACTOR,
        contacts: config.APIFY_CONTACT_SCRAPER_ACTOR,
      },
      leads: createLeadStore(database),
      jobs: createLeadJobs(database),
      accounts: accountsOf(config, 'apify'),
      exports: resolve(config.AGENTIC_STATE_DIR, 'exports'),
      ...effects,
    }),
    createSheetsAgent({
      client: createSheetsClient(door, logins),
      probe: createSheetsClient(probe, logins),
      accounts: accountsOf(config, 'google'),
      spreadsheets: config.spreadsheets,
      coordination: createCoordination(database),
      leads: createLeadStore(database),
      ...effects,
    }),
    createKlapAgent({
      database,
      media: createMedia(mediaFolderOf(config)),
      timeoutMs,
      probe: createKlapClient(probe),
      accounts: accountsOf(config, 'klap'),
      ...effects,
    }),
    createSocialAgent({
      ...effects,
      door: createDoor({ gate, timeoutMs: modelTimeoutMs, leaving }),
      deadlineMs: modelTimeoutMs + longestTurnMs,
      probe: createGeminiClient(probe),
      posts: createPostStore(database),
      prompts: createPrompts(config.PROMPTS_DIR),
      model: config.GEMINI_MODEL,
      price: tokenPriceOf(config),
      accounts: accountsOf(config, 'gemini'),
    }),
    createNotifyAgent({
      client: createNotifyClient(door, timeoutMs),
      probe: createNotifyClient(probe, probeTimeoutMs),
      accounts: accountsOf(config, 'notify'),
      suppressions: effects.suppressions,
    }),
    createPracticeAgent({
      door,
      threads: createThreads(config.MAX_THREADS),
      accounts: accountsOf(config, 'practice'),
    }),
  ];
}

function checkComplete({ agent, activities }: AgentBundle): void {
  const declared = agent.capabilities.map((capability) => capability.id);
  const bound = Object.keys(activities);
  const wrong = [
    ...declared.filter((id) => !bound.includes(id)).map((id) => `${id} has no activity`),
    ...bound.filter((id) => !declared.includes(id)).map((id) => `${id} is not declared`),
  ];
  if (wrong.length > 0) throw new Error(`Agent ${agent.id}: ${wrong.join(', ')}`);
}
