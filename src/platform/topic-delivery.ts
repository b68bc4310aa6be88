import { z } from 'zod';
import { SubscriberInfo, Subscription, TopicMessage } from '../contracts/topics.ts';
import type { Database } from './database.ts';

/** What a topic's workflow keeps in rows: subscribers and how far each has come. */
export interface TopicDelivery {
  /** Ids of all who subscribed; the topic has heard of what was published so far. */
  open(topic: string): Promise<string[]>;
  /** What is published from now on is worth a new signal; all before can be read. */
  hear(topic: string): Promise<void>;
  /** Adds a subscriber, or finds it. */
  add(topic: string, subscription: Subscription): Promise<SubscriberInfo>;
  /** @returns whether it was there. */
  remove(topic: string, subscriber: string): Promise<boolean>;
  /** The next messages for a subscriber, oldest first; `undefined` when it has left. */
  next(
    topic: string,
    subscriber: string,
    limit: number,
  ): Promise<
    | { readonly target: Subscription['target']; readonly messages: readonly TopicMessage[] }
    | undefined
  >;
  /** Notes that a message was delivered, or passed over because of this trouble. Places only grow. */
  moveOn(topic: string, subscriber: string, seq: number, passedOver?: string): Promise<void>;
  /** Notes why a delivery failed; it will be tried again. */
  failed(topic: string, subscriber: string, trouble: string): Promise<void>;
}

const longestTrouble = 500;

/** @param database where the tables `topics`, `topic_messages` and `topic_subscribers` are. */
export const createTopicDelivery = ({ sql }: Pick<Database, 'sql'>): TopicDelivery => ({
  async open(topic) {
    await sql`insert into topics (name) values (${topic})
      on conflict (name) do update set woken_at = null`;
    const rows = await sql<{ id: string }[]>`
      select id from topic_subscribers where topic = ${topic} order by created_at, id`;
    return rows.map(({ id }) => id);
  },

  async hear(topic) {
    await sql`update topics set woken_at = null where name = ${topic}`;
  },

  async add(topic, { target, from }) {
    const id =
      target.kind === 'run'
        ? `run/${target.workflowId}`
        : `task/${target.capability}/${target.account}`;
    await sql`
      insert into topic_subscribers (topic, id, target, cursor)
      select name, ${id}, ${JSON.stringify(target)}::text::jsonb,
        case when ${from}::text = 'now' then seq else 0 end
      from topics where name = ${topic}
      on conflict (topic, id) do nothing`;
    const [row] = await sql`
      select id, target, cursor::float8, refused, trouble, (select count(*)::int
        from topic_messages m where m.topic = s.topic and m.seq > s.cursor) as behind
      from topic_subscribers s where topic = ${topic} and id = ${id}`;
    return SubscriberInfo.parse(row);
  },

  async remove(topic, subscriber) {
    const gone = await sql`
      delete from topic_subscribers where topic = ${topic} and id = ${subscriber}`;
    return gone.count === 1;
  },

  async next(topic, subscriber, limit) {
    const [row] = await sql`
      select target, cursor::float8 from topic_subscribers
      where topic = ${topic} and id = ${subscriber}`;
    if (!row) return undefined;
    const { target, cursor } = StoredSubscriber.parse(row);
    const messages = await sql`
      select topic, seq::float8, id, at, by, payload from topic_messages
      where topic = ${topic} and seq > ${cursor} order by seq limit ${limit}`;
    return { target, messages: messages.map((each) => StoredMessage.parse(each)) };
  },

  async moveOn(topic, subscriber, seq, passedOver) {
    await sql`
      update topic_subscribers set cursor = ${seq},
        refused = refused + ${passedOver === undefined ? 0 : 1},
        trouble = case when ${passedOver ?? null}::text is not null then ${passedOver?.slice(0, longestTrouble) ?? null}
          when refused > 0 then trouble end
      where topic = ${topic} and id = ${subscriber} and cursor < ${seq}`;
  },

  async failed(topic, subscriber, trouble) {
    await sql`
      update topic_subscribers set trouble = ${trouble.slice(0, longestTrouble)}
      where topic = ${topic} and id = ${subscriber}`;
  },
});

const StoredSubscriber = z.object({ target: Subscription.shape.target, cursor: z.number() });
const StoredMessage = TopicMessage.extend({
  at: z.date().transform((date) => date.toISOString()),
});
