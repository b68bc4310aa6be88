/** Serves the dashboard: a process of its own, begun by `main.ts`. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { hostname, userInfo } from 'node:os';
import { ConfigError, readConfig, type Config } from '../platform/config.ts';
import { openDatabase } from '../platform/database.ts';
import { openLog } from '../platform/logger.ts';
import { signInOf } from '../platform/sign-in-settings.ts';
import { openTemporal } from '../platform/temporal.ts';
import { createDashboard } from './app.ts';
import { isLoopback } from './guard.ts';

/** The dashboard can't start; the message is one line that says what to do. */
class CannotStart extends Error {}

async function main(config: Config): Promise<void> {
  const { DASHBOARD_HOST: host, DASHBOARD_PORT: port } = config;
  const signIn = signInOf(config, isLoopback);
  if (!isLoopback(host) && !signIn) {
    throw new CannotStart(
      `DASHBOARD_HOST is ${host}, which others can reach, and sign-in is not set up: set ` +
        'GOOGLE_CLIENT_ID and what belongs to it (docs/sign-in.md), or leave it at 127.0.0.1 and ' +
        'reach it from elsewhere through a tunnel such as ssh -L.',
    );
  }
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    throw listenError(error, host, port);
  }

  const user = userName();
  const database = openDatabase(config.DATABASE_URL);
  const log = openLog('dashboard', config, database);
  const client = openTemporal(config, `dashboard:${user}@${hostname()}`, database);
  const dashboard = createDashboard({ config, client, database, logger: log.logger, user, signIn });
  server.on('request', dashboard.app);

  let isStopping = false;
  const stop = async () => {
    if (isStopping) return;
    isStopping = true;
    void dashboard.close();
    server.close();
    server.closeAllConnections();
    await log.close();
    await database.close().catch(() => undefined); // it may be away
    // closing the client under a call that is being tried again throws out of a timer of its own
    process.exit(0);
  };
  process.once('SIGTERM', () => void stop());
  process.once('SIGINT', () => void stop());
  process.once('disconnect', () => void stop());

  const address = server.address();
  const at = typeof address === 'object' && address ? address.port : port;
  log.logger.info({ url: `http://${host}:${at}` }, 'Dashboard is ready');
  process.send?.({ ready: true });
}

function listenError(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return new CannotStart(
      `Port ${port} on ${host} is in use: set DASHBOARD_PORT to another one, or stop what uses it.`,
    );
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL') {
    return new CannotStart(
      `${host}:${port} can't be used (${code}): change DASHBOARD_HOST or DASHBOARD_PORT.`,
    );
  }
  return error;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown'; // a container's user id need not have a name
  }
}

try {
  await main(readConfig());
} catch (error) {
  const isExpected = error instanceof ConfigError || error instanceof CannotStart;
  console.error(isExpected ? error.message : error);
  process.exitCode = 1;
  process.channel?.unref();
}
