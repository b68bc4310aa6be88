import { setTimeout as delay } from 'node:timers/promises';
import Long from 'long';
import { searchAttributes } from '../platform/search-attributes.ts';
import { openTemporal } from '../platform/temporal.ts';
import type { Supervisor } from './supervisor.ts';

/**
 * Dynamic configuration of every Temporal server we run, here and in docker-compose: activities
 * start eagerly, queued work does not wait for the queue's slow default beat, and the limits that
 * protect a shared cluster are lifted on one that is ours alone.
 */
export const dynamicConfig: Readonly<Record<string, boolean | number>> = {
  'system.enableActivityEagerExecution': true,
  'history.transferProcessorMaxPollRPS': 1_000,
  'frontend.rps': 50_000,
  'frontend.namespaceRPS': 50_000,
  'frontend.namespaceRPS.visibility': 1_000,
  'frontend.persistenceMaxQPS': 50_000,
  'history.rps': 50_000,
  'history.persistenceMaxQPS': 50_000,
  'matching.rps': 50_000,
  'matching.persistenceMaxQPS': 50_000,
};

/** Attributes every server of ours registers at start, all of type Keyword. */
export const registeredAttributes: readonly string[] = [
  ...new Set([...Object.values(searchAttributes).map(({ name }) => name), 'Outcome']),
];

/** How the dev server is run. */
export interface TemporalOptions {
  /** The server program, as `temporalBinary` finds it. */
  readonly binary: string;
  /** Absolute path of the database file, which outlives the server. */
  readonly dbFile: string;
  readonly port: number;
  /** Without one there is no Web UI. */
  readonly uiPort?: number;
  /** Namespaces besides `default`. */
  readonly namespaces?: readonly string[];
  /** Days that a closed run's history is kept in `default`. */
  readonly retentionDays: number;
  /** `NORMAL` may lose the last moments in a power cut, never in a crash of the process. */
  readonly synchronous?: 'FULL' | 'NORMAL';
  /** Beside our dynamic configuration: values as JSON has them. */
  readonly more?: Readonly<Record<string, string | number>>;
}

/**
 * Starts the Temporal dev server with a database file, on loopback only.
 *
 * @returns its address, `host:port`.
 */
export async function startTemporal(
  supervisor: Supervisor,
  options: TemporalOptions,
): Promise<string> {
  const address = `127.0.0.1:${options.port}`;
  await supervisor.start({
    name: 'temporal',
    command: options.binary,
    args: temporalArguments(options),
    ready: (abandoned) => setRetention(address, options.retentionDays, abandoned),
  });
  return address;
}

function temporalArguments(options: TemporalOptions): readonly string[] {
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(options.port)],
    ...(options.uiPort === undefined ? ['--headless'] : ['--ui-port', String(options.uiPort)]),
    ...['--ui-disable-news-fetch', '--log-level', 'warn', '--db-filename', options.dbFile],
    ...['--sqlite-pragma', 'journal_mode=WAL'],
    ...['--sqlite-pragma', `synchronous=${options.synchronous ?? 'FULL'}`],
    ...(options.namespaces ?? []).flatMap((name) => ['--namespace', name]),
    ...registeredAttributes.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
    ...Object.entries({ ...dynamicConfig, ...options.more }).flatMap(([key, value]) => [
      '--dynamic-config-value',
      `${key}=${JSON.stringify(value)}`,
    ]),
  ];
}

/** Resolves once the server serves and keeps closed runs as long as the settings say: by itself it would be a day. */
async function setRetention(address: string, days: number, abandoned: AbortSignal): Promise<void> {
  const namespace = 'default';
  const { connection, workflowService } = openTemporal(
    { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace, TEMPORAL_API_KEY: undefined },
    'npm start',
  );
  const workflowExecutionRetentionTtl = { seconds: Long.fromNumber(days * 86_400) };
  try {
    for (;;) {
      try {
        await workflowService.updateNamespace({
          namespace,
          config: { workflowExecutionRetentionTtl },
        });
        return;
      } catch {
        await delay(50, undefined, { signal: abandoned });
      }
    }
  } finally {
    await connection.close();
  }
}
