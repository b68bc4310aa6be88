import { WithStartWorkflowOperation, type Client } from '@temporalio/client';
import { z } from 'zod';
import { findCapability } from '../contracts/agents.ts';
import { BadRequest } from '../contracts/check.ts';
import { FailureType } from '../contracts/failures.ts';
import {
  NewMessage,
  SubscriberInfo,
  TopicInfo,
  TopicMessage,
  TopicName,
  type NewSubscription,
  type Published,
} from '../contracts/topics.ts';
import { systemQueue } from '../rules/names.ts';
import type { Database } from './database.ts';

/** Nobody has published or subscribed under this name. */
export class UnknownTopic extends Error {
  override readonly name = 'UnknownTopic';
}

/** Events, for any number of subscribers: rows, and a workflow for each topic that delivers them. */
export interface Topics {
  /**
   * Stores a message and wakes the topic. Who gets no answer publishes again under the same id.
   *
   * @throws {BadRequest} for a payload that is too big, or an id that was used for another one.
   */
  publish(topic: string, message: NewMessage, by: string): Promise<Published>;
  /**
   * Subscribes for good; the same target again changes nothing.
   *
   * @throws {BadRequest} for a capability that nobody declares.
   */
  subscribe(topic: string, subscription: NewSubscription): Promise<SubscriberInfo>;
  /** @returns whether it was subscribed. */
  unsubscribe(topic: string, subscriber: string): Promise<boolean>;
  /** Messages behind a place, oldest first: for those who come and look. @throws {UnknownTopic} */
  read(topic: string, after: number, limit: number): Promise<TopicMessage[]>;
  list(): Promise<TopicInfo[]>;
  /** @throws {UnknownTopic} */
  show(topic: string): Promise<TopicInfo>;
  /** Wakes topics whose publisher died between storing a message and saying so. */
  wakeForgotten(): Promise<void>;
}

/** So long a publisher relies on another one's signal. */
const wokenForSeconds = 2;
const forgottenAfterSeconds = 10;

type TopicWorkflow = (name: string) => Promise<void>;

/** @param deps the tables, and the server where the workflows run. */
export function createTopics({
  client,
  database: { sql },
}: {
  readonly client: Client;
  readonly database: Pick<Database, 'sql'>;
}): Topics {
  const workflow = (topic: string) => ({
    workflowId: `topic/${topic}`,
    taskQueue: systemQueue,
    staticSummary: `Topic ${topic}`,
    workflowIdConflictPolicy: 'USE_EXISTING' as const,
    args: [topic] satisfies [string],
  });

  async function wake(topic: string): Promise<void> {
    await client.workflow.signalWithStart<TopicWorkflow>('topic', {
      ...workflow(topic),
      signal: 'wake',
    });
  }

  async function update(topic: string, name: string, word: unknown): Promise<unknown> {
    return client.workflow.executeUpdateWithStart<TopicWorkflow, unknown, [unknown]>(name, {
      args: [word],
      startWorkflowOperation: new WithStartWorkflowOperation<TopicWorkflow>('topic', {
        ...workflow(topic),
      }),
    });
  }

  async function infos(only: string | null): Promise<TopicInfo[]> {
    const rows = await sql`
      select name, seq, last_at as "lastAt",
        (select count(*)::int from topic_messages where topic = name) as messages,
        coalesce((select json_agg(json_build_object('id', id, 'target', target, 'cursor', s.cursor,
            'refused', refused, 'trouble', trouble, 'behind', (select count(*) from topic_messages m
              where m.topic = s.topic and m.seq > s.cursor)) order by id)
          from topic_subscribers s where s.topic = name), '[]') as subscribers
      from topics where name = coalesce(${only}, name) order by name`;
    return rows.map((row) => Stored.parse(row));
  }

  async function show(topic: string): Promise<TopicInfo> {
    const [info] = await infos(topic);
    if (info) return info;
    throw new UnknownTopic(
      `There is no topic “${topic}”: it appears with its first message or subscriber`,
    );
  }

  return {
    async publish(topic, raw, by) {
      const name = checked(TopicName, topic, 'topic');
      const { id, payload } = checked(NewMessage, raw, 'message');
      const { isWaking, ...published } = await store(name, id, JSON.stringify(payload), by);
      if (isWaking) await wake(name);
      return published;
    },

    async subscribe(topic, { target, from }) {
      const name = checked(TopicName, topic, 'topic');
      if (target.kind === 'task' && !findCapability(target.capability)) {
        const message = `No agent has the capability “${target.capability}”; \`agentic agents\` lists them`;
        throw new BadRequest(FailureType.NotServed, message);
      }
      return SubscriberInfo.parse(await update(name, 'subscribe', { target, from }));
    },

    async unsubscribe(topic, subscriber) {
      await show(topic);
      return z.boolean().parse(await update(topic, 'unsubscribe', subscriber));
    },

    async read(topic, after, limit) {
      await show(topic);
      const rows = await sql`
        select topic, seq, id, at, by, payload from topic_messages
        where topic = ${topic} and seq > ${after} order by seq limit ${limit}`;
      return rows.map((row) => StoredMessage.parse(row));
    },

    list: () => infos(null),
    show,

    async wakeForgotten() {
      const rows = await sql<{ name: string }[]>`
        select name from topics where woken_at < now() - make_interval(secs => ${forgottenAfterSeconds})`;
      for (const { name } of rows) await wake(name);
    },
  };

  /**
   * The row of the topic gives the place; whoever locked it first is first. It also says whether
   * somebody else's signal is on its way: then there is no need for another, and a burst of
   * messages does not use up the signals that a run may get.
   */
  async function store(
    topic: string,
    id: string,
    payload: string,
    by: string,
  ): Promise<Published & { readonly isWaking: boolean }> {
    const [stored] = await sql<{ seq: number; isWaking: boolean }[]>`
      with counted as (
        insert into topics (name, seq, woken_at) select ${topic}, 1, now()
        where not exists (select from topic_messages where topic = ${topic} and id = ${id})
        on conflict (name) do update set seq = topics.seq + 1, last_at = now(),
          woken_at = case
            when topics.woken_at > now() - make_interval(secs => ${wokenForSeconds})
            then topics.woken_at else now() end
        returning seq, woken_at = now() as is_waking
      ), stored as (
        insert into topic_messages (topic, seq, id, by, payload)
        select ${topic}, seq, ${id}, ${by}, ${payload}::text::jsonb from counted
        on conflict (topic, id) do nothing returning seq
      )
      select seq::float8, is_waking as "isWaking" from stored join counted using (seq)`;
    if (stored) return { ...stored, isNew: true };
    const [known] = await sql<{ seq: number; isSame: boolean }[]>`
      select seq::float8, payload = ${payload}::text::jsonb as "isSame"
      from topic_messages where topic = ${topic} and id = ${id}`;
    if (known?.isSame) return { seq: known.seq, isNew: false, isWaking: true };
    throw new BadRequest(
      FailureType.InvalidInput,
      `id: “${id}” was published in ${topic} with another payload; a new message needs a new id`,
    );
  }
}

const asIso = z.date().transform((date) => date.toISOString());
const asPlace = z.coerce.number().int();
const Stored = TopicInfo.extend({ seq: asPlace, lastAt: asIso });
const StoredMessage = TopicMessage.extend({ seq: asPlace, at: asIso });

/** @throws {BadRequest} naming what is wrong. */
function checked<T extends z.ZodType>(schema: T, value: unknown, what: string): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const wrong = result.error.issues.map(
    ({ path, message }) => `${path.map(String).join('.') || what}: ${message}`,
  );
  throw new BadRequest(FailureType.InvalidInput, wrong.join('; '));
}
