import { DefaultLogger, NativeConnection, Runtime, type Worker } from '@temporalio/worker';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { WorkflowFailedError } from '@temporalio/client';
import type { NewTask, TaskOutcome } from '../../src/contracts/runs.ts';
import { readConfig, type Config } from '../../src/platform/config.ts';
import { createAgentReader } from '../../src/platform/agents.ts';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import { startTask } from '../../src/platform/start-run.ts';
import { openTemporal } from '../../src/platform/temporal.ts';
import { rootFailureOf, type RootFailure } from '../../src/rules/failure.ts';
import { startStandIns, type StandIns } from '../../src/sandbox/server.ts';
import { createHost } from '../../src/workers/host.ts';
import { eventually } from './scratch.ts';
import { namespaceOf, temporalAddress, testDatabase, workflowBundlePath } from './servers.ts';

/** A whole system of a test file: its own database, namespace, stand-ins and worker. */
export interface World {
  readonly config: Config;
  readonly client: Client;
  readonly database: Database;
  readonly standIns: StandIns;
  /** Starts a task, or joins it. */
  start(task: NewTask): Promise<WorkflowHandle<() => Promise<TaskOutcome>>>;
  /** Starts a task and waits for its end. */
  run(task: NewTask): Promise<TaskOutcome>;
  /** Starts a task that fails, and says why it did. */
  failureOf(task: NewTask): Promise<RootFailure>;
  close(): Promise<void>;
}

interface WorldOptions {
  readonly standIns?: Parameters<typeof startStandIns>[0];
  readonly env?: NodeJS.ProcessEnv;
  /** Settings that name addresses of the stand-ins. */
  readonly envAt?: (standIns: string) => NodeJS.ProcessEnv;
  /** False leaves the queues without a worker. */
  readonly hasWorker?: boolean;
}

let isInstalled = false;

/** @param file `import.meta.filename` of the test, which gives it a namespace of its own. */
export async function createWorld(file: string, options: WorldOptions = {}): Promise<World> {
  if (!isInstalled) Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });
  isInstalled = true;
  const standIns = await startStandIns(options.standIns);
  const own = await testDatabase(namespaceOf(file));
  const config = readConfig(
    {
      TEMPORAL_ADDRESS: temporalAddress(),
      TEMPORAL_NAMESPACE: namespaceOf(file),
      DATABASE_URL: own.url,
      SANDBOX_URL: standIns.url,
      INSTANTLY_BASE_URL: `${standIns.url}/instantly`,
      APIFY_BASE_URL: `${standIns.url}/apify`,
      KLAP_BASE_URL: `${standIns.url}/klap`,
      ...options.env,
      ...options.envAt?.(standIns.url),
    },
    '/nonexistent',
  );
  const database = openDatabase(config.DATABASE_URL);
  const client = openTemporal(config, 'test', database);
  const connection = await NativeConnection.connect({ address: config.TEMPORAL_ADDRESS });
  const workflowBundle = { codePath: workflowBundlePath() };
  const host =
    options.hasWorker === false
      ? undefined
      : await createHost({ config, database, client, connection, workflowBundle });
  const workers: readonly Worker[] = host?.workers ?? [];
  const running = workers.map((worker) => worker.run());
  const agents = createAgentReader({ client, database, config });
  for (const { options } of workers) {
    await eventually(`a poller of ${options.taskQueue}`, () => agents.isServed(options.taskQueue));
  }

  const start = async (task: NewTask) => {
    const { workflowId, runId } = await startTask(client, task);
    return client.workflow.getHandle<() => Promise<TaskOutcome>>(workflowId, runId);
  };
  return {
    config,
    client,
    database,
    standIns,
    start,
    run: async (task) => (await start(task)).result(),
    async failureOf(task) {
      try {
        await (await start(task)).result();
      } catch (error) {
        if (error instanceof WorkflowFailedError) return rootFailureOf(error.cause);
        throw error;
      }
      throw new Error(`${task.capability} was expected to fail`);
    },
    async close() {
      workers.forEach((worker) => worker.shutdown());
      await Promise.all(running);
      await host?.annealing.stop();
      await connection.close();
      await client.connection.close();
      await database.close();
      await standIns.close();
      await own.drop();
    },
  };
}
