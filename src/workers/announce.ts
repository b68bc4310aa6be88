import { hostname } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { eq } from 'drizzle-orm';
import type { Logger } from 'pino';
import { workerName } from '../platform/attempts.ts';
import type { Config } from '../platform/config.ts';
import type { Database } from '../platform/database.ts';
import { credentialChecks, workers } from '../platform/schema.ts';
import type { Host } from './host.ts';

const beatEveryMs = 5_000;
const checkEveryMs = 10 * 60_000;
/** Work that waits for a worker goes first. */
const firstCheckAfterMs = 3_000;
/** How often the event loop is looked at; a loop that is never late shows this as its delay. */
const lookAtLoopEveryMs = 20;

interface AnnounceDeps {
  readonly config: Config;
  readonly database: Database;
  readonly host: Host;
  readonly logger: Logger;
  readonly version: string;
}

/** What a process says of itself besides its regular signs of life. */
interface Presence {
  /** Says at once that it takes nothing more. */
  leaving(): void;
  /** Says that it has gone, and stops. */
  gone(): Promise<void>;
}

/**
 * Says every 5 s that this process lives, what it serves and how busy it is, and looks soon, and
 * then every ten minutes, whether the agents' logins work.
 *
 * @returns what else it says.
 */
export async function announce(deps: AnnounceDeps): Promise<Presence> {
  const { config, database, host, logger, version } = deps;
  const startedAt = new Date();
  let cpuBefore = process.cpuUsage();
  let cpuAt = Date.now();

  const loop = monitorEventLoopDelay({ resolution: lookAtLoopEveryMs });
  loop.enable();

  const loopDelayMs = (): number => {
    const worst = loop.count === 0 ? 0 : loop.percentile(99) / 1e6;
    loop.reset();
    return Math.max(0, Math.round(worst - lookAtLoopEveryMs));
  };
  const cpuShare = (): number => {
    const used = process.cpuUsage(cpuBefore);
    const tookMs = Math.max(Date.now() - cpuAt, 1);
    cpuBefore = process.cpuUsage();
    cpuAt = Date.now();
    return (used.user + used.system) / 1000 / tookMs;
  };
  const beat = async (): Promise<void> => {
    const states = host.workers.map((worker) => worker.getState());
    const inFlight = host.workers.reduce(
      (sum, worker) => sum + worker.getStatus().numInFlightActivities,
      0,
    );
    const now = {
      state: states.every((state) => state === 'RUNNING') ? 'running' : 'draining',
      inFlight,
      slots: config.MAX_AGENTS * host.agents.length,
      memoryMb: Math.round(process.memoryUsage().rss / 1_048_576),
      cpu: cpuShare(),
      loopDelayMs: loopDelayMs(),
      loads: host.tally.read(),
      seenAt: new Date(),
    };
    await database.db
      .insert(workers)
      .values({
        identity: workerName,
        host: hostname(),
        pid: process.pid,
        version,
        queues: host.workers.map((worker) => worker.options.taskQueue),
        capabilities: host.agents.flatMap(({ activities }) => Object.keys(activities)),
        startedAt,
        ...now,
      })
      .onConflictDoUpdate({ target: workers.identity, set: { ...now, startedAt } });
  };
  const checkLogins = async (): Promise<void> => {
    for (const { agent, accounts, checkLogin } of host.agents) {
      for (const account of accounts) {
        const found = { ...(await checkLogin(account)), checkedAt: new Date() };
        await database.db
          .insert(credentialChecks)
          .values({ agent: agent.id, account: account.name, ...found })
          .onConflictDoUpdate({
            target: [credentialChecks.agent, credentialChecks.account],
            set: found,
          });
      }
    }
  };
  const careful = (what: string, act: () => Promise<void>) => () => {
    act().catch((error: unknown) => logger.warn({ error: String(error) }, `${what} failed`));
  };

  let saying = beat();
  await saying;
  const sayAgain = careful('The announcement', () => (saying = beat()));
  const timers = [
    setInterval(sayAgain, beatEveryMs),
    setTimeout(careful('The check of logins', checkLogins), firstCheckAfterMs),
    setInterval(careful('The check of logins', checkLogins), checkEveryMs),
  ];
  return {
    leaving: sayAgain,
    async gone() {
      timers.forEach(clearInterval);
      loop.disable();
      await saying.catch(() => undefined); // it would come after the last word
      await database.db
        .update(workers)
        .set({ state: 'gone', seenAt: new Date(), inFlight: 0 })
        .where(eq(workers.identity, workerName));
    },
  };
}
