import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../../src/local/checks.ts';
import { createSupervisor } from '../../src/local/supervisor.ts';

/** How often Redis brings its append-only file to the disk. */
export type AppendFsync = 'everysec' | 'always';

/** A Redis that lives as long as a contender. */
export interface RedisServer {
  readonly port: number;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** What Redis is started with, but its place. */
export const redisSettings = (appendfsync: AppendFsync) => ({
  appendonly: 'yes',
  appendfsync,
  save: '',
  'maxmemory-policy': 'noeviction', // without it BullMQ may lose jobs, say its docs
});

/**
 * Starts `redis-server` on a free loopback port, with its data in a temporary folder.
 *
 * @throws when there is none: `apt-get install redis-server`.
 */
export async function startRedis(appendfsync: AppendFsync): Promise<RedisServer> {
  const port = await freePort('127.0.0.1', 0);
  if (port === undefined) throw new Error('There is no free port for Redis');
  const folder = mkdtempSync(join(tmpdir(), 'agentic-redis-'));
  const supervisor = createSupervisor(folder, (line) => console.error(line));
  const settings = Object.entries(redisSettings(appendfsync));
  await supervisor.start({
    name: 'redis',
    command: process.env.REDIS_SERVER ?? 'redis-server',
    args: [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder],
      ...settings.flatMap(([name, value]) => [`--${name}`, value]),
    ],
    ready: async () => {
      const redis = new Redis({ port, retryStrategy: () => 50, maxRetriesPerRequest: null });
      redis.on('error', () => undefined);
      try {
        await redis.ping();
      } finally {
        redis.disconnect();
      }
    },
  });
  return {
    port,
    async stop() {
      await supervisor.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
