import { randomUUID } from 'node:crypto';
import { FlowProducer, QueueEvents } from 'bullmq';
import { z } from 'zod';
import { type Contender, inFlightLimit, tasksOf, timed } from './contender.ts';
import { type AppendFsync, redisSettings, startRedis } from './redis.ts';
import { startWorker } from './worker-process.ts';

const Totals = z.object({ results: z.number(), indexSum: z.number() });

const losses: Readonly<Record<AppendFsync, string>> = {
  everysec:
    'A kill -9 of worker or Redis loses nothing that was acknowledged; a power cut loses up to about a second.',
  always:
    'A kill -9 or a power cut loses nothing that was acknowledged: Redis syncs before it answers.',
};

/**
 * A BullMQ flow: one parent, a child a task. A worker process carries out the children and then
 * the parent, which reads their stored results; the bench waits for the parent by queue events.
 */
export function bullmqFlow(appendfsync: AppendFsync): Contender {
  let running: Awaited<ReturnType<typeof open>> | undefined;
  return {
    name: `BullMQ flow, appendfsync ${appendfsync}`,
    durability: losses[appendfsync],
    settings: { workerConcurrency: inFlightLimit, workers: 1, redis: redisSettings(appendfsync) },
    async start() {
      running = await open(appendfsync);
    },
    async run(tasks, taskMs) {
      if (!running) throw new Error('start() comes before run()');
      const { flows, events } = running;
      return timed(tasks, async () => {
        const { job } = await flows.add({
          name: 'swarm',
          queueName: 'parents',
          opts: { jobId: randomUUID() },
          children: tasksOf(tasks, taskMs).map((data) => ({
            name: 'task',
            queueName: 'tasks',
            data,
          })),
        });
        return Totals.parse(await job.waitUntilFinished(events));
      });
    },
    async stop() {
      await running?.close();
      running = undefined;
    },
  };
}

async function open(appendfsync: AppendFsync) {
  const redis = await startRedis(appendfsync);
  const connection = { host: '127.0.0.1', port: redis.port, maxRetriesPerRequest: null };
  const worker = await startWorker('bullmq-worker.ts', { port: redis.port });
  const flows = new FlowProducer({ connection });
  const events = new QueueEvents('parents', { connection });
  await Promise.all([flows.waitUntilReady(), events.waitUntilReady()]);
  return {
    flows,
    events,
    async close() {
      await Promise.all([flows.close(), events.close(), worker.stop()]);
      await redis.stop();
    },
  };
}
