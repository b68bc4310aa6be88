import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/local/checks.ts';
import { createSupervisor } from '../../src/local/supervisor.ts';
import { temporalBinary } from '../../src/local/temporal-binary.ts';
import { dynamicConfig, startTemporal } from '../../src/local/temporal-server.ts';

/** A Temporal server of the bench, whatever it stores in. */
export interface BenchTemporal {
  /** What it stores in, for a contender's name. */
  readonly label: string;
  readonly address: string;
  readonly namespace: string;
  /** One sentence: what survives a `kill -9` and a power cut. */
  readonly durability: string;
  readonly settings: Record<string, unknown>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

const losses = {
  FULL: 'A kill -9 or a power cut loses nothing that was acknowledged: SQLite syncs its log with each commit.',
  NORMAL:
    'A kill -9 loses nothing that was acknowledged; a power cut may lose what came after SQLite last synced its log.',
} as const;

/** Starts the Temporal server of `npm start` on a free loopback port, with its file in a temporary folder. */
export async function startLocalTemporal(synchronous: 'FULL' | 'NORMAL'): Promise<BenchTemporal> {
  const port = await freePort('127.0.0.1', 0);
  if (port === undefined) throw new Error('There is no free port for the Temporal server');
  const folder = mkdtempSync(join(tmpdir(), 'agentic-bench-temporal-'));
  const supervisor = createSupervisor(folder, (line) => console.error(line));
  const address = await startTemporal(supervisor, {
    binary: await temporalBinary({ say: (line) => console.error(line) }),
    dbFile: join(folder, 'temporal.db'),
    port,
    retentionDays: 1,
    synchronous,
  });
  return {
    label: `SQLite, synchronous ${synchronous}`,
    address,
    namespace: 'default',
    durability: losses[synchronous],
    settings: { journalMode: 'WAL', synchronous, dynamicConfig },
    async stop() {
      await supervisor.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
