import { bullmqFlow } from './bullmq.ts';
import type { Contender } from './contender.ts';
import { dbosParallelSteps, dbosQueuedChildren } from './dbos.ts';
import { graphileWorker } from './graphile.ts';
import { pgBoss } from './pg-boss.ts';
import { temporalActivityPerTask, temporalChildPerTask } from './plain-temporal.ts';
import type { BenchTemporal } from './temporal-server.ts';

/** A contender that is not us. */
export interface Rival {
  readonly contender: Contender;
  /** Where more would take many minutes: run so many, and compare the rate. */
  readonly mostTasks?: number;
}

/** The servers that rivals share. BullMQ brings its own Redis. */
export interface RivalServers {
  /** A durable Postgres; each rival makes a database of its own there. */
  readonly postgresUrl: string;
  readonly temporal: readonly BenchTemporal[];
}

/** Everybody we are compared with, none of them started yet. */
export function rivals({ postgresUrl, temporal }: RivalServers): readonly Rival[] {
  return [
    { contender: bullmqFlow('everysec') },
    { contender: bullmqFlow('always') },
    { contender: dbosQueuedChildren(postgresUrl) },
    { contender: dbosParallelSteps(postgresUrl) },
    { contender: pgBoss(postgresUrl) },
    { contender: graphileWorker(postgresUrl) },
    ...temporal.flatMap((server) => [
      { contender: temporalActivityPerTask(server) },
      { contender: temporalChildPerTask(server), mostTasks: 300 },
    ]),
  ];
}
