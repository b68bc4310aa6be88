import type { Client } from '@temporalio/client';
import { Router } from 'express';
import { LeaseRelease } from '../contracts/coordination.ts';
import { NewMessage, Subscribe, TopicQuery, Unsubscribe } from '../contracts/topics.ts';
import type { AuditEntry } from '../platform/audit.ts';
import { createCoordination } from '../platform/coordination.ts';
import type { Database } from '../platform/database.ts';
import { createTopics } from '../platform/topics.ts';
import type { Health } from './health.ts';
import { HttpError, parsed } from './http-error.ts';

interface CoordinationDeps {
  readonly client: Client;
  readonly database: Database;
  readonly health: Health;
  /** Who publishes. */
  readonly by: string;
  /** Notes a change in the audit log, and lets pages show it. */
  readonly changed: (entry: Omit<AuditEntry, 'by' | 'from'>) => Promise<void>;
}

const answersWithinMs = 5_000;

/** Leases and topics: shown, and changed by people with a reason. */
export function createCoordinationRoutes(deps: CoordinationDeps): Router {
  const { client, health, by, changed } = deps;
  const coordination = createCoordination(deps.database);
  const topics = createTopics(deps);
  const router = Router();
  const ask = <T>(question: () => Promise<T>): Promise<T> =>
    health.during(client.withDeadline(Date.now() + answersWithinMs, question));

  router.post('/api/leases/:name/release', async (request, response) => {
    const { name } = request.params;
    const { holder, reason } = parsed(LeaseRelease, request.body);
    const was = await health.during(coordination.release({ name, holder }));
    if (was === 'lost') {
      const message = `${holder} neither holds ${name} nor waits for it`;
      throw new HttpError(404, 'unknown-holder', message);
    }
    await changed({ action: 'lease.release', target: name, reason, detail: { holder, was } });
    response.status(204).end();
  });

  router.get('/api/topics/:name', async ({ params }, response) => {
    response.json(await health.during(topics.show(params.name)));
  });

  router.get('/api/topics/:name/messages', async ({ params, query }, response) => {
    const { after, limit } = parsed(TopicQuery, query);
    response.json({ messages: await health.during(topics.read(params.name, after, limit)) });
  });

  router.post('/api/topics/:name/messages', async (request, response) => {
    const { name } = request.params;
    const message = parsed(NewMessage, request.body);
    const published = await ask(() => topics.publish(name, message, by));
    const { id } = message;
    await changed({ action: 'topic.publish', target: name, reason: '', detail: { id } });
    response.status(published.isNew ? 201 : 200).json(published);
  });

  router.post('/api/topics/:name/subscribers', async (request, response) => {
    const { name } = request.params;
    const { reason, ...subscription } = parsed(Subscribe, request.body);
    const subscriber = await ask(() => topics.subscribe(name, subscription));
    await changed({ action: 'topic.subscribe', target: name, reason, detail: subscription });
    response.status(201).json(subscriber);
  });

  router.post('/api/topics/:name/unsubscribe', async (request, response) => {
    const { name } = request.params;
    const { subscriber, reason } = parsed(Unsubscribe, request.body);
    if (!(await ask(() => topics.unsubscribe(name, subscriber)))) {
      const message = `${subscriber} is not subscribed to ${name}`;
      throw new HttpError(404, 'unknown-subscriber', message);
    }
    await changed({ action: 'topic.unsubscribe', target: name, reason, detail: { subscriber } });
    response.status(204).end();
  });
  return router;
}
