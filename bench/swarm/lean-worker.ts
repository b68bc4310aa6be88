/**
 * Process: our worker without one of the things it does for each task, to see what that costs:
 * `WITHOUT=outcomes` stores no outcome rows, `WITHOUT=gate` lets everybody through. All of its code is
 * the product's: only the way to the database is cut here.
 */
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { z } from 'zod';
import { readConfig } from '../../src/platform/config.ts';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import type { Grant } from '../../src/platform/gate-rows.ts';
import { openLog } from '../../src/platform/logger.ts';
import { connectOptions, openTemporal } from '../../src/platform/temporal.ts';
import { announce } from '../../src/workers/announce.ts';
import { workflowBundle } from '../../src/workers/bundle.ts';
import { createHost } from '../../src/workers/host.ts';
import { rehearse } from '../../src/workers/rehearse.ts';

const without = z.enum(['outcomes', 'gate']).parse(process.env.WITHOUT);
const Wants = z.array(z.object({ lease: z.string(), slots: z.number() }));

/** What the database would answer, were it asked; `undefined` for what it is asked. */
function answerTo(statement: string, values: readonly unknown[]): readonly object[] | undefined {
  if (without === 'outcomes') {
    return statement.includes('insert into swarm_outcomes') ? [] : undefined;
  }
  if (statement.includes('update flow_keys')) {
    const wants = values.find((value) => typeof value === 'string' && value.startsWith('[{"lease'));
    return typeof wants === 'string' ? [allOf(Wants.parse(JSON.parse(wants)))] : [];
  }
  return undefined;
}

/** A grant of everything at once. */
const allOf = (wants: z.infer<typeof Wants>): Grant => ({
  granted: Object.fromEntries(wants.map(({ lease, slots }) => [lease, slots])),
  dueInTime: Number.MAX_SAFE_INTEGER,
  firstMs: 0,
  secondFromMs: 0,
  secondEveryMs: 0,
  minuteFromMs: 0,
  minuteEveryMs: 0,
  parties: 1,
  aheadInMs: null,
  isPaused: false,
  pausedWhy: '',
  closedForMs: 0,
  closedWhy: '',
  troubles: 0,
  guesses: 0,
});

function cutOff(database: Database): Database {
  const sql = new Proxy(database.sql, {
    apply(target, self, call: unknown[]) {
      const [words, ...values] = call;
      const answer = answerTo(String(words), values);
      const rows: unknown = answer ?? Reflect.apply(target, self, call);
      return rows;
    },
  });
  return { ...database, sql };
}

Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });
const config = readConfig();
const database = cutOff(openDatabase(config.DATABASE_URL));
const { logger } = openLog('worker', config, database);
const [connection, bundle] = await Promise.all([
  NativeConnection.connect(connectOptions(config)),
  workflowBundle(`${config.AGENTIC_STATE_DIR}/cache`),
]);
const client = openTemporal(config, 'lean worker', database);
const host = await createHost({ config, database, client, connection, workflowBundle: bundle });
const running = host.workers.map((worker) => worker.run());
await rehearse(client, host.workers);
const presence = await announce({ config, database, host, logger, version: 'bench' });
process.send?.({ ready: true });
await Promise.all(running);
await presence.gone();
process.exit();
