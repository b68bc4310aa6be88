import { LeaseRelease } from '../contracts/coordination.ts';
import {
  NewMessage,
  Published,
  Subscribe,
  SubscriberInfo,
  TopicInfo,
  TopicMessages,
  TopicQuery,
  Unsubscribe,
} from '../contracts/topics.ts';
import { createCoordination } from '../platform/coordination.ts';
import type { Database } from '../platform/database.ts';
import { createTopics } from '../platform/topics.ts';
import type { Health } from './health.ts';
import { HttpError } from './http-error.ts';
import type { Routes } from './routes.ts';

interface CoordinationDeps {
  readonly database: Database;
  readonly health: Health;
}

/** Leases and topics: shown, and changed by people with a reason. */
export function coordinationRoutes(routes: Routes, { database, health }: CoordinationDeps): void {
  const coordination = createCoordination(database);

  routes.post(
    '/api/leases/:name/release',
    { does: 'Take a lease, or a place in line', role: 'operator', body: LeaseRelease },
    async ({ params: { name }, body: { holder, reason }, note }) => {
      const was = await health.during(coordination.release({ name, holder }));
      if (was === 'lost') {
        const message = `${holder} neither holds ${name} nor waits for it`;
        throw new HttpError(404, 'unknown-holder', message);
      }
      await note({ action: 'lease.release', target: name, reason, detail: { holder, was } });
    },
  );

  routes.get(
    '/api/topics/:name',
    { does: 'Show a topic with its subscribers', answer: TopicInfo },
    ({ params: { name }, client }) => health.during(createTopics({ client, database }).show(name)),
  );

  routes.get(
    '/api/topics/:name/messages',
    { does: 'Read messages behind a place', query: TopicQuery, answer: TopicMessages },
    async ({ params: { name }, query: { after, limit }, client }) => {
      const topics = createTopics({ client, database });
      return { messages: await health.during(topics.read(name, after, limit)) };
    },
  );

  routes.post(
    '/api/topics/:name/messages',
    { does: 'Publish a message', role: 'operator', body: NewMessage, answer: Published },
    async ({ params: { name }, body: message, client, who, note, response }) => {
      const topics = createTopics({ client, database });
      const published = await health.ask(() => topics.publish(name, message, who.identity));
      const { id } = message;
      await note({ action: 'topic.publish', target: name, reason: '', detail: { id } });
      response.status(published.isNew ? 201 : 200);
      return published;
    },
  );

  routes.post(
    '/api/topics/:name/subscribers',
    {
      does: 'Subscribe a run or a capability',
      role: 'operator',
      body: Subscribe,
      answer: SubscriberInfo,
    },
    async ({ params: { name }, body: { reason, ...subscription }, client, note, response }) => {
      const topics = createTopics({ client, database });
      const subscriber = await health.ask(() => topics.subscribe(name, subscription));
      await note({ action: 'topic.subscribe', target: name, reason, detail: subscription });
      response.status(201);
      return subscriber;
    },
  );

  routes.post(
    '/api/topics/:name/unsubscribe',
    { does: 'Deliver nothing more to a subscriber', role: 'operator', body: Unsubscribe },
    async ({ params: { name }, body: { subscriber, reason }, client, note }) => {
      const topics = createTopics({ client, database });
      if (!(await health.ask(() => topics.unsubscribe(name, subscriber)))) {
        const message = `${subscriber} is not subscribed to ${name}`;
        throw new HttpError(404, 'unknown-subscriber', message);
      }
      await note({ action: 'topic.unsubscribe', target: name, reason, detail: { subscriber } });
    },
  );
}
