import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { Config } from './config.ts';
import type { Database } from './database.ts';
import { createPayloadStore } from './payloads.ts';

type TemporalSettings = Pick<
  Config,
  'TEMPORAL_ADDRESS' | 'TEMPORAL_NAMESPACE' | 'TEMPORAL_API_KEY'
>;

/** A server that comes back is noticed within 2 s; gRPC would wait up to two minutes. */
const reconnectSoon = {
  'grpc.initial_reconnect_backoff_ms': 500,
  'grpc.max_reconnect_backoff_ms': 2_000,
};

/** Address, TLS and key as the SDK reads them from `TEMPORAL_*`, with our own defaults. */
export function connectOptions(config: TemporalSettings) {
  return loadClientConnectConfig({
    overrideEnvVars: {
      ...process.env,
      TEMPORAL_ADDRESS: config.TEMPORAL_ADDRESS,
      TEMPORAL_NAMESPACE: config.TEMPORAL_NAMESPACE,
      ...(config.TEMPORAL_API_KEY ? { TEMPORAL_API_KEY: config.TEMPORAL_API_KEY } : {}),
    },
  }).connectionOptions;
}

/**
 * A client that connects with its first call, so that a page or a command can start while the
 * server is away.
 *
 * @param identity who acts, as Temporal shows it: `dashboard@host`, `cli:mara@host`.
 * @param database where large payloads are kept; may be left out where none are read or written.
 */
export function openTemporal(
  config: TemporalSettings,
  identity: string,
  database?: Database,
): Client {
  return new Client({
    ...(database ? { dataConverter: createPayloadStore(database).dataConverter } : {}),
    connection: Connection.lazy({ ...connectOptions(config), channelArgs: reconnectSoon }),
    namespace: config.TEMPORAL_NAMESPACE,
    identity,
  });
}

/** The same server in another name: what is asked through it carries this identity. */
export const actingAs = (client: Client, identity: string): Client =>
  new Client({
    dataConverter: client.options.loadedDataConverter,
    connection: client.connection,
    namespace: client.options.namespace,
    identity,
  });
