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
import { within } from '../platform/within.ts';
import { announce } from './announce.ts';
import { workflowBundle } from './bundle.ts';
import { createHost, leavingWithin } from './host.ts';
import { watchMemoryFiles } from './memory-watch.ts';
import { rehearse } from './rehearse.ts';
import { listenForStop } from './stop.ts';
import { temporalLogger } from './temporal-log.ts';

const housekeeping = {
  reconcileEveryMs: 30_000,
  abandonEveryMs: 600_000,
  pruneEveryMs: 3_600_000,
  wakeEveryMs: 30_000,
  annealEveryMs: 30_000,
};
const reconnectEveryMs = 1_000;
/** What is left to do once no work is under way may take so long. */
const lastWordsMs = 2_000;

async function main(config: Config): Promise<void> {
  const { leaving, again, serving } = listenForStop();
  const database = openDatabase(config.DATABASE_URL);
  const log = openLog('worker', config, database);
  const { logger } = log;
  oldNamesIn().forEach((hint) => logger.warn(hint));
  Runtime.install({
    logger: temporalLogger(logger),
    shutdownSignals: [],
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} },
    },
  });
  const [connection, bundle] = await Promise.all([
    connectedTo(config, logger),
    workflowBundle(`${config.AGENTIC_STATE_DIR}/cache`),
  ]);
  const client = openTemporal(config, `worker:${workerName}`, database);
  await registerSearchAttributes(client);
  const host = await createHost({
    config,
    database,
    client,
    connection,
    workflowBundle: bundle,
    leaving,
  });
  await createSchedules(client, config).reconcile();
  const running = host.workers.map((worker) => worker.run());
  const queues = host.workers.map((worker) => worker.options.taskQueue);
  const memoryWatch = watchMemoryFiles({ config, database, logger });
  await rehearse(client, host.workers);
  const presence = await announce({ config, database, host, logger, version: readBuild() });

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
  /** `3 activities did`, or whatever they are said to do. */
  const underWay = (one: string, many: string): string => {
    const states = host.workers.map((worker) => worker.getStatus().numInFlightActivities);
    const count = states.reduce((sum, each) => sum + each, 0);
    return count === 1 ? `1 activity ${one}` : `${count} activities ${many}`;
  };
  const stopAll = (): void =>
    host.workers.forEach((worker) => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
    });
  const grace = `${leavingWithin.graceMs / 1_000} s`;
  leaving.addEventListener('abort', () => {
    const asked = underWay('is', 'are');
    logger.info(`Leaving: ${asked} under way and may end within ${grace}; the rest is handed back`);
    stopAll();
    presence.leaving();
    timers.forEach(clearInterval);
    void memoryWatch.stop(); // another process can have its lease now
    timers.push(
      setTimeout(() => {
        const late = underWay('did', 'did');
        logger.warn(`${late} not end within ${grace}: others begin them anew`);
      }, leavingWithin.graceMs),
    );
  });
  serving();
  logger.info({ queues }, 'Worker is ready');
  process.send?.({ ready: true });

  /** Why what is under way is left behind; `undefined` when all of it has ended. */
  const wrong = await Promise.race([
    Promise.all(running).then(() => undefined),
    again.then(() => 'It was told to stop again'),
  ]).catch(async (error: unknown) => {
    if (leaving.aborted) return `It did not end in time (${String(error)})`;
    logger.error({ error: String(error) }, 'A queue stopped; the process leaves with it');
    stopAll();
    await Promise.allSettled(running);
    return 'A queue stopped';
  });

  timers.forEach(clearInterval);
  if (wrong !== undefined) {
    process.exitCode = 1;
    const left = underWay('is', 'are');
    logger.error(`${wrong}: ${left} left behind, and begun anew elsewhere within seconds`);
  } else {
    logger.info('Left in order');
  }
  const lastWords = async (): Promise<void> => {
    await Promise.all([host.annealing.stop(), memoryWatch.stop()]);
    await presence.gone().catch(() => undefined);
    await log.close();
    if (wrong !== undefined) return; // the connection is in use
    await Promise.allSettled([connection.close(), client.connection.close(), database.close()]);
  };
  await within(lastWordsMs, lastWords()).catch(() => undefined);
  process.exit(); // idle connections to vendors would keep it for seconds
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
