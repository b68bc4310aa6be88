/** Process: hosts all agents until it is told to stop, then lets running work finish or hand over. */
import { setTimeout as sleep } from 'node:timers/promises';
import { makeTelemetryFilterString, NativeConnection, Runtime } from '@temporalio/worker';
import type { Logger } from 'pino';
import { workerName } from '../platform/attempts.ts';
import { readBuild } from '../platform/build.ts';
import { ConfigError, oldNamesIn, readConfig, type Config } from '../platform/config.ts';
import { openDatabase } from '../platform/database.ts';
import { createLedger } from '../platform/ledger.ts';
import { openLog } from '../platform/logger.ts';
import { prune } from '../platform/retention.ts';
import { createRunStore } from '../platform/runs.ts';
import { createSchedules } from '../platform/schedules.ts';
import { registerSearchAttributes } from '../platform/search-attributes.ts';
import { connectOptions, openTemporal } from '../platform/temporal.ts';
import { createTopics } from '../platform/topics.ts';
import { announce } from './announce.ts';
import { workflowBundle } from './bundle.ts';
import { createHost } from './host.ts';
import { watchMemoryFiles } from './memory-watch.ts';
import { rehearse } from './rehearse.ts';
import { temporalLogger } from './temporal-log.ts';

const housekeeping = {
  reconcileEveryMs: 30_000,
  abandonEveryMs: 600_000,
  pruneEveryMs: 3_600_000,
  wakeEveryMs: 30_000,
  annealEveryMs: 30_000,
};
const reconnectEveryMs = 1_000;

async function main(config: Config): Promise<void> {
  const database = openDatabase(config.DATABASE_URL);
  const log = openLog('worker', config, database);
  const { logger } = log;
  oldNamesIn().forEach((hint) => logger.warn(hint));
  Runtime.install({
    logger: temporalLogger(logger),
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} },
    },
  });
  // the runtime takes SIGTERM and SIGINT; losing the process that started us means the same
  const stop = () => process.kill(process.pid, 'SIGTERM');
  process.once('disconnect', stop);

  const [connection, bundle] = await Promise.all([
    connectedTo(config, logger),
    workflowBundle(`${config.AGENTIC_STATE_DIR}/cache`),
  ]);
  const client = openTemporal(config, `worker:${workerName}`, database);
  await registerSearchAttributes(client);
  const host = await createHost({ config, database, client, connection, workflowBundle: bundle });
  await createSchedules(client, config).reconcile();
  const running = host.workers.map((worker) => worker.run());
  const queues = host.workers.map((worker) => worker.options.taskQueue);
  const memoryWatch = watchMemoryFiles({ config, database, logger });
  await rehearse(client, queues);
  const leave = await announce({ config, database, host, logger, version: readBuild() });

  const runs = createRunStore(database);
  const ledger = createLedger({ database });
  const topics = createTopics({ client, database });
  const regularly = (everyMs: number, what: string, act: () => Promise<unknown>) =>
    setInterval(() => {
      act().catch((error: unknown) => logger.warn({ error: String(error) }, `${what} failed`));
    }, everyMs);
  const timers = [
    regularly(housekeeping.reconcileEveryMs, 'Comparing runs', () => runs.reconcile(client)),
    regularly(housekeeping.abandonEveryMs, 'Looking for lost effects', () => ledger.abandon()),
    regularly(housekeeping.annealEveryMs, 'Waking memories', () => host.annealing.wakeWaiting()),
    regularly(housekeeping.wakeEveryMs, 'Waking topics', () => topics.wakeForgotten()),
    regularly(housekeeping.pruneEveryMs, 'Deleting old rows', () => prune(database, config)),
  ];
  logger.info({ queues }, 'Worker is ready');
  process.send?.({ ready: true });

  try {
    await Promise.all(running);
  } catch (error) {
    logger.error({ error: String(error) }, 'A queue stopped; the process leaves with it');
    process.exitCode = 1;
    host.workers.forEach((worker) => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
    });
    await Promise.allSettled(running);
  } finally {
    process.off('disconnect', stop);
    timers.forEach(clearInterval);
    await Promise.all([host.annealing.stop(), memoryWatch.stop()]);
    await leave().catch(() => undefined);
    await log.close();
    await Promise.allSettled([connection.close(), client.connection.close(), database.close()]);
    process.channel?.unref();
  }
}

/** Waits for a server that is not there yet, and says so. */
async function connectedTo(config: Config, logger: Logger): Promise<NativeConnection> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await NativeConnection.connect(connectOptions(config));
    } catch (error) {
      if (tries % 10 === 0) {
        logger.warn({ error: String(error) }, `Temporal is not at ${config.TEMPORAL_ADDRESS} yet`);
      }
      await sleep(reconnectEveryMs);
    }
  }
}

try {
  await main(readConfig());
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exitCode = 1;
  process.channel?.unref();
}
