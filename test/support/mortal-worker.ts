/**
 * Process: a worker that kills itself, without warning, the nth time it comes to a certain point of
 * an effect or of a distillation. `DIES_AT=answered:3` is the third answer to a write. All of its code is the product's:
 * only the way to the database and to the vendor is watched here.
 */
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { readConfig } from '../../src/platform/config.ts';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import { openLog } from '../../src/platform/logger.ts';
import { connectOptions, openTemporal } from '../../src/platform/temporal.ts';
import { announce } from '../../src/workers/announce.ts';
import { workflowBundle } from '../../src/workers/bundle.ts';
import { createHost } from '../../src/workers/host.ts';
import { watchMemoryFiles } from '../../src/workers/memory-watch.ts';

const [deathPoint = '', nth = '1'] = (process.env.DIES_AT ?? '').split(':');
/** The vendor has the write by then, and works on it. */
const underWayMs = 30;
let left = Number(nth);

/** Dies here if this is the place. */
function reach(point: string): void {
  if (point !== deathPoint || (left -= 1) > 0) return;
  process.kill(process.pid, 'SIGKILL');
}

/** What a statement leaves behind in ledger, outcomes or memory; `undefined` for all others. */
function pointOf([words, state]: readonly unknown[]): string | undefined {
  const text = String(words);
  if (text.includes('insert into effects')) return 'intent';
  if (text.includes('update effects set')) return String(state);
  if (text.includes('from over o left join attempts')) return 'evidence';
  if (text.includes('update memory_canaries set owner = null')) return 'noted';
  return text.includes('insert into swarm_outcomes') ? 'outcome' : undefined;
}

function watched(database: Database): Database {
  const sql = new Proxy(database.sql, {
    apply(target, self, words: unknown[]) {
      const rows: unknown = Reflect.apply(target, self, words);
      const point = pointOf(words);
      if (point === undefined) return rows;
      return Promise.resolve(rows).then((written) => {
        reach(point);
        return written;
      });
    },
  });
  return { ...database, sql };
}

const send = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  const path = input instanceof URL ? input.pathname : '';
  const isWrite = path.endsWith('/leads');
  if (isWrite) reach('call');
  const answer = send(input, init);
  if (isWrite) setTimeout(() => reach('under-way'), underWayMs);
  const response = await answer;
  reach(isWrite ? 'answered' : path.endsWith('/leads/list') ? 'looked-up' : '');
  return response;
};

Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });
const config = readConfig();
const database = watched(openDatabase(config.DATABASE_URL));
const { logger } = openLog('worker', config, database);
const [connection, bundle] = await Promise.all([
  NativeConnection.connect(connectOptions(config)),
  workflowBundle(`${config.AGENTIC_STATE_DIR}/cache`),
]);
const client = openTemporal(config, 'mortal worker', database);
const host = await createHost({ config, database, client, connection, workflowBundle: bundle });
const running = host.workers.map((worker) => worker.run());
const presence = await announce({ config, database, host, logger, version: 'test' });
watchMemoryFiles({ config, database, logger });
process.once('disconnect', () => process.exit());
process.send?.({ ready: true });
await Promise.all(running);
await presence.gone();
process.exit();
