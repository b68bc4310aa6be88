import { parseArgs } from 'node:util';
import { readConfig } from '../platform/config.ts';
import { startStandIns } from './server.ts';

const { values } = parseArgs({ options: { host: { type: 'string', default: '127.0.0.1' } } });
const { SANDBOX_PORT: port } = readConfig();

const standIns = await startStandIns({
  port,
  host: values.host,
  workspaces: { tour: {}, default: {} },
}).catch((error: unknown) => {
  const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  if (!isTaken) throw error;
  console.error(`Port ${port} is in use: stop what listens there, or set SANDBOX_PORT.`);
  process.exit(1);
});

const stop = (): void => {
  void standIns.close().then(() => process.exit(0));
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
process.once('disconnect', stop); // the process that started us is gone

console.log(`Stand-in vendors listen at ${standIns.url}`);
process.send?.({ ready: true, url: standIns.url });
if (process.send && !process.connected) stop(); // gone while we started
