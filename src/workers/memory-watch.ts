import { randomUUID } from 'node:crypto';
import { mkdirSync, watch, type FSWatcher } from 'node:fs';
import type { Logger } from 'pino';
import { workerName } from '../platform/attempts.ts';
import { memoryFoldersOf, type Config } from '../platform/config.ts';
import { createCoordination } from '../platform/coordination.ts';
import type { Database } from '../platform/database.ts';
import { createMemoryFiles } from '../platform/memory-files.ts';
import { memoryChannel } from '../platform/memory-store.ts';

interface WatchDeps {
  readonly config: Config;
  readonly database: Database;
  readonly logger: Pick<Logger, 'warn'>;
}

/** A watch over the files of memory. */
export interface MemoryWatch {
  /** Lets another process have it, once what is under way is done. */
  stop(): Promise<void>;
}

const lease = { name: 'memory-files', places: 1, forMs: 30_000 };
/** The holder changes nothing more when it has asked for the lease so long ago. */
const trustLeaseMs = 20_000;
const lookEveryMs = 2_000;
/** What was just edited is looked at again once it has settled. */
const lookSoonMs = 300;

/**
 * Keeps memory and its files the same, from one process of all: the one that holds the lease. Looks
 * whenever a file or a memory changes, and every few seconds in case nobody said so.
 */
export function watchMemoryFiles({ config, database, logger }: WatchDeps): MemoryWatch {
  const holder = `${workerName}/${randomUUID()}`;
  const folders = memoryFoldersOf(config);
  const coordination = createCoordination(database);
  const files = createMemoryFiles({ database, folders, say: (words) => logger.warn(words) });
  let watchers: readonly FSWatcher[] = [];
  let isStopped = false;
  let wake: () => void = () => undefined;
  let lastTrouble = '';
  const nudge = (): void => wake();

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, isStopped ? 0 : ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const listen = (isOn: boolean): void => {
    if (isOn === watchers.length > 0) return;
    watchers.forEach((each) => each.close());
    watchers = isOn ? Object.values(folders).map(watched) : [];
  };
  const watched = (folder: string): FSWatcher => {
    mkdirSync(folder, { recursive: true });
    return watch(folder, { persistent: false }, nudge).on('error', () => listen(false));
  };

  /** @returns how long the next look may wait. */
  async function round(): Promise<number> {
    const asked = performance.now();
    const answer = await coordination.acquire({ ...lease, holder });
    listen(answer.kind === 'granted');
    if (answer.kind !== 'granted') return lookEveryMs;
    const mayGoOn = () => !isStopped && performance.now() - asked < trustLeaseMs;
    return (await files.look(mayGoOn)) ? lookSoonMs : lookEveryMs;
  }

  async function run(): Promise<void> {
    await pause(lookEveryMs); // what the process was started for goes first
    while (!isStopped) {
      let waitMs = lookEveryMs;
      try {
        waitMs = await round();
        lastTrouble = '';
      } catch (error) {
        const trouble = String(error);
        if (trouble !== lastTrouble) logger.warn({ error: trouble }, 'Memory files are not kept');
        lastTrouble = trouble;
      }
      await pause(waitMs);
    }
  }

  database.follow(memoryChannel, nudge);
  const running = run();
  return {
    async stop() {
      isStopped = true;
      nudge();
      await running;
      listen(false);
      files.close();
      await coordination.release({ name: lease.name, holder }).catch(() => undefined);
    },
  };
}
