import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import type { SwarmOutcome } from '../../src/contracts/swarm.ts';
import { createAgentReader } from '../../src/platform/agents.ts';
import { openDatabase } from '../../src/platform/database.ts';
import type { PlacedTask } from '../../src/platform/checked-tasks.ts';
import { startTask } from '../../src/platform/start-run.ts';
import { startSwarm } from '../../src/platform/start-swarm.ts';
import { workerFlags } from '../../src/platform/worker-flags.ts';
import { rootFailureOf } from '../../src/rules/failure.ts';
import { inFlightLimit, timed, type Contender } from './contender.ts';
import { freshDatabase, postgresDurability, postgresSettings } from './postgres.ts';
import type { BenchTemporal } from './temporal-server.ts';

/** A swarm of ours, and what else is measured of it. */
export interface OurSwarm extends Contender {
  /** A run that also says how it was cut, with a grain of its own when one is given. */
  measure(tasks: number, taskMs: number, grain?: number): Promise<SwarmRun>;
  /** The same work alone, once: a run of the workflow `task`, from start to result. */
  oneTask(): Promise<{ readonly seconds: number }>;
  /** Largest resident size of the worker so far; MB. */
  workerMb(): Promise<number>;
  /** Waits until so many tasks of the latest swarm are settled. */
  reached(tasks: number): Promise<void>;
  /** Kills the worker with SIGKILL and starts another one. */
  killWorker(): Promise<void>;
}

/** What a run took, and what it left in histories. */
export interface SwarmRun {
  readonly seconds: number;
  /** Of the root and all its squads, the most in one run. */
  readonly mostEvents: number;
  readonly squads: number;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A step that a worker of the bench leaves out for all tasks, to see what it costs. */
export type LeftOut = 'outcomes' | 'gate';

/** Where all workers keep the bundle of the workflows, as installations keep it: made once. */
const stateDir = mkdtempSync(join(tmpdir(), 'agentic-bench-'));
process.once('exit', () => rmSync(stateDir, { recursive: true, force: true }));

/**
 * The product as it is shipped: a worker process, outcome rows for all tasks, each through the gate.
 *
 * @param without makes it another product, that does less.
 */
export function ourSwarm(server: BenchTemporal, postgresUrl: string, without?: LeftOut): OurSwarm {
  let running: Awaited<ReturnType<typeof open>> | undefined;
  const opened = () => {
    if (!running) throw new Error('start() comes before run()');
    return running;
  };

  async function measure(tasks: number, taskMs: number, grain?: number): Promise<SwarmRun> {
    const { client, database, sql, agents } = opened();
    const checkServed = async (ids: readonly string[]): Promise<void> => {
      for (const id of ids)
        if (!(await agents.isServed(id))) throw new Error(`Nobody serves ${id}`);
    };
    let workflowId = '';
    let squads = 0;
    const { seconds } = await timed(tasks, async () => {
      const swarm = await startSwarm(
        { client, database, checkServed },
        {
          kind: 'stream',
          tasks: Readable.from(practiceTasks(tasks, taskMs)),
          origin: 'the bench',
        },
        {
          title: `Bench ${randomUUID()}`,
          window: inFlightLimit,
          failureThreshold: 0,
          ...(grain === undefined ? {} : { grain }),
        },
      );
      workflowId = swarm.workflowId;
      const ended = client.workflow
        .getHandle<() => Promise<SwarmOutcome>>(workflowId, swarm.runId)
        .result();
      if (without === 'outcomes') {
        await ended.catch(lostAll); // it sees that nothing is stored
        return allOf(tasks);
      }
      await ended;
      const [row] = await sql<{ results: number; sum: number }[]>`
        select count(*)::int as results, sum(index)::float8 as sum
        from swarm_outcomes o join swarms s on s.id = o.swarm
        where s.workflow_id = ${workflowId} and state = 'completed'`;
      return { results: row?.results ?? 0, indexSum: row?.sum ?? 0 };
    });
    let mostEvents = (await client.workflow.getHandle(workflowId).describe()).historyLength;
    for (;;) {
      try {
        const squad = client.workflow.getHandle(`${workflowId}:squad-${squads + 1}`);
        mostEvents = Math.max(mostEvents, (await squad.describe()).historyLength);
        squads += 1;
      } catch {
        return { seconds, mostEvents, squads };
      }
    }
  }

  return {
    name: `agentic swarm, ${server.label}${without === undefined ? '' : `, without ${without}`}`,
    durability: `${postgresDurability} ${server.durability}`,
    settings: {
      MAX_AGENTS: inFlightLimit,
      window: inFlightLimit,
      grain: 'chosen by itself',
      outcomes: without === 'outcomes' ? 'none' : 'a row for each task',
      door: without === 'gate' ? 'always open' : 'each task takes its turn at the gate',
      postgres: postgresSettings,
      server: server.settings,
    },
    async start() {
      running = await open(server, postgresUrl, without);
    },
    run: (tasks, taskMs) => measure(tasks, taskMs),
    measure,
    async oneTask() {
      const { client } = opened();
      const label = randomUUID();
      const began = performance.now();
      const { workflowId, runId } = await startTask(client, {
        capability: 'practice.wait',
        input: { label },
      });
      await client.workflow.getHandle(workflowId, runId).result();
      return { seconds: (performance.now() - began) / 1000 };
    },
    async workerMb() {
      const { sql } = opened();
      const [row] = await sql<{ mb: number }[]>`select max(memory_mb) as mb from workers`;
      return row?.mb ?? 0;
    },
    async reached(tasks) {
      const { sql } = opened();
      for (;;) {
        const [row] = await sql<{ done: number }[]>`
          select count(*)::int as done from swarm_outcomes
          where swarm = (select id from swarms order by created_at desc limit 1)`;
        if ((row?.done ?? 0) >= tasks) return;
        await delay(500);
      }
    },
    killWorker: () => opened().killWorker(),
    async stop() {
      await running?.close();
      running = undefined;
    },
  };
}

/** @throws any other failure. */
function lostAll(error: unknown): void {
  if (rootFailureOf(error).failure !== 'SquadLost') throw error;
}

/** What nobody stored cannot be added up. */
const allOf = (tasks: number) => ({ results: tasks, indexSum: (tasks * (tasks - 1)) / 2 });

function* practiceTasks(tasks: number, ms: number): Generator<PlacedTask> {
  for (let index = 0; index < tasks; index += 1) {
    const input = { label: `${index}`, ms };
    yield { at: `task ${index}`, task: { capability: 'practice.wait', input } };
  }
}

async function open(
  { address, namespace }: BenchTemporal,
  postgresUrl: string,
  without: LeftOut | undefined,
) {
  const own = await freshDatabase(postgresUrl, 'agentic');
  const env = {
    ...process.env,
    NODE_ENV: 'production',
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    DATABASE_URL: own.url,
    SANDBOX_URL: 'http://127.0.0.1:9',
    AGENTIC_STATE_DIR: stateDir,
    MAX_AGENTS: String(inFlightLimit),
    LOG_LEVEL: 'error',
    ...(without === undefined ? {} : { WITHOUT: without }),
  };
  await once(
    spawn(process.execPath, ['src/platform/migrate.ts'], { cwd: root, env, stdio: 'inherit' }),
    'exit',
  );
  const entry = without === undefined ? 'src/workers/main.ts' : 'bench/swarm/lean-worker.ts';
  const begin = async () => {
    const child = spawn(process.execPath, [...workerFlags, entry], {
      cwd: root,
      env,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    await once(child, 'message');
    return child;
  };
  let worker = await begin();
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace });
  const database = openDatabase(own.url);
  await database.sql`select`; // everybody is connected before the clock starts
  const agents = createAgentReader({ client, database, config: { accounts: {} } });
  return {
    client,
    database,
    sql: own.sql,
    agents,
    async killWorker() {
      const ended = once(worker, 'exit');
      worker.kill('SIGKILL');
      await ended;
      worker = await begin();
    },
    async close() {
      const ended = once(worker, 'exit');
      worker.kill('SIGTERM');
      await ended;
      await connection.close();
      await database.close();
      await own.drop();
    },
  };
}
