import { randomUUID } from 'node:crypto';
import { Command, Option } from 'commander';
import { z } from 'zod';
import {
  Subscribe,
  TopicQuery,
  Unsubscribe,
  type SubscriberInfo,
  type TopicInfo,
  type TopicMessage,
} from '../contracts/topics.ts';
import { ExitCode, Stop } from './exit.ts';
import { flagName } from './flags.ts';
import { faint, moment, print, printJson, say, strong, table } from './output.ts';
import { withSession } from './session.ts';
import { readText } from './text-file.ts';

/** `topic …`: what is published, who gets it, and how far each has come. */
export function topicCommand(): Command {
  return new Command('topic')
    .description('topics: publish, read, and subscribe runs or capabilities for good')
    .addHelpText('after', '\nExample:\n  agentic topic publish leads.found --payload \'{"n":1}\'')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(readCommand())
    .addCommand(publishCommand())
    .addCommand(subscribeCommand())
    .addCommand(unsubscribeCommand());
}

const named = (name: string, description: string, rest: string): Command =>
  new Command(name)
    .description(description)
    .argument('<topic>', 'its name: small letters, digits, dots and hyphens')
    .option('--json', 'print JSON only')
    .addHelpText('after', `\nExample:\n  agentic topic ${name} leads.found${rest}`);

function listCommand(): Command {
  const command = new Command('list')
    .description('list topics')
    .option('--json', 'print JSON only')
    .addHelpText('after', '\nExample:\n  agentic topic list --json');
  return command.action(() =>
    withSession(async (session) => {
      const { createTopics } = await import('../platform/topics.ts');
      const topics = await createTopics(session).list();
      if (command.opts().json) printJson({ topics });
      else if (topics.length > 0) print(table(heads, topics.map(rowOf)));
      else say('There is no topic yet: it appears with its first message or subscriber.');
    }),
  );
}

const heads = ['topic', 'messages', 'subscribers', 'behind', 'last (UTC)', 'trouble'];

const rowOf = ({ name, messages, subscribers, lastAt }: TopicInfo) => [
  name,
  messages,
  subscribers.length,
  Math.max(0, ...subscribers.map(({ behind }) => behind)),
  moment(lastAt),
  faint(subscribers.find(({ trouble }) => trouble !== null)?.trouble ?? ''),
];

function showCommand(): Command {
  const command = named('show', 'show who gets the messages, and how far each has come', '');
  return command.action((topic: string) =>
    withSession(async (session) => {
      const { createTopics } = await import('../platform/topics.ts');
      const info = await createTopics(session).show(topic);
      if (command.opts().json) printJson(info);
      else print(describe(info));
    }),
  );
}

const describe = ({ name, messages, seq, subscribers }: TopicInfo): string =>
  [
    `${strong(name)}  ${messages} messages kept, the last is ${seq}`,
    '',
    subscribers.length === 0
      ? 'Nobody is subscribed: messages can be read, and are not delivered.'
      : table(['subscriber', 'at', 'behind', 'passed over', 'trouble'], subscribers.map(lineOf)),
  ].join('\n');

const lineOf = ({ id, cursor, behind, refused, trouble }: SubscriberInfo) => [
  id,
  cursor,
  behind,
  refused,
  faint(trouble ?? ''),
];

function readCommand(): Command {
  const command = named('read', 'read messages, oldest first', ' --after 41 --limit 10')
    .option('--after <seq>', 'only those behind this place (default: 0)')
    .option('--limit <number>', 'how many, at most 500 (default: 50)');
  return command.action((topic: string) =>
    withSession(async (session) => {
      const { createTopics } = await import('../platform/topics.ts');
      const { after, limit } = checked(TopicQuery, command.opts());
      const messages = await createTopics(session).read(topic, after, limit);
      if (command.opts().json) printJson({ messages });
      else if (messages.length > 0)
        print(table(['at', 'id', 'time (UTC)', 'by', 'payload'], messages.map(messageRow)));
      else say('There is no such message.');
    }),
  );
}

const messageRow = ({ seq, id, at, by, payload }: TopicMessage) => [
  seq,
  id,
  moment(at),
  by,
  faint(JSON.stringify(payload)),
];

function publishCommand(): Command {
  const command = named('publish', 'publish a message', ' --id lead-17 --payload \'{"label":"x"}\'')
    .requiredOption('--payload <json>', 'an object, at most 64 KiB; `@file` or `-` reads it')
    .option(
      '--id <text>',
      'from the business: published again, it changes nothing (default: a new one)',
    );
  return command.action((topic: string) =>
    withSession(async (session) => {
      const { createTopics } = await import('../platform/topics.ts');
      const options = PublishOptions.parse(command.opts());
      const payload = await payloadOf(options.payload);
      const id = options.id ?? randomUUID();
      const published = await session.ask(() =>
        createTopics(session).publish(topic, { id, payload }, session.by),
      );
      await session.note({ action: 'topic.publish', target: topic, reason: '', detail: { id } });
      if (options.json) printJson({ id, ...published });
      else if (published.isNew) print(`${id} is message ${published.seq} of ${topic}.`);
      else print(`${id} was published before, as message ${published.seq}; nothing has changed.`);
    }),
  );
}

const PublishOptions = z.object({
  payload: z.string(),
  id: z.string().optional(),
  json: z.boolean().optional(),
});

async function payloadOf(text: string): Promise<Record<string, unknown>> {
  const isFile = text === '-' || text.startsWith('@');
  const [from, content] = isFile
    ? await readText(text.replace(/^@/, ''), '--payload')
    : (['--payload', text] as const);
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(content));
  } catch {
    throw new Stop(ExitCode.wrongInput, `--payload: ${from} is not a JSON object`);
  }
}

function subscribeCommand(): Command {
  const command = named(
    'subscribe',
    'deliver each message to a run, or start a capability with it, from now on',
    ' --capability practice.wait --reason "enrich what is found"',
  )
    .option('--run <workflow id>', 'send it the signal `message`')
    .option('--capability <id>', 'start its run with the payload as input')
    .option('--account <name>', 'the login for the capability (default: default)')
    .option('--input <json>', 'input that the payload does not have')
    .addOption(new Option('--from <place>', 'where to begin').choices(['now', 'beginning']))
    .requiredOption('--reason <text>', 'why, for those who look later');
  return command.action((topic: string) =>
    withSession(async (session) => {
      const { createTopics } = await import('../platform/topics.ts');
      const { run, capability, account, input, from, reason, json } = SubscribeOptions.parse(
        command.opts(),
      );
      if ((run === undefined) === (capability === undefined)) {
        throw new Stop(ExitCode.wrongInput, 'Expected either --run or --capability');
      }
      const target =
        capability === undefined
          ? { kind: 'run', workflowId: run }
          : {
              ...{ kind: 'task', capability, account },
              input: input === undefined ? undefined : await payloadOf(input),
            };
      const asked = checked(Subscribe, { target, from, reason });
      const { reason: why, ...subscription } = asked;
      const subscriber = await session.ask(() =>
        createTopics(session).subscribe(topic, subscription),
      );
      const detail = { ...subscription };
      await session.note({ action: 'topic.subscribe', target: topic, reason: why, detail });
      if (json) printJson(subscriber);
      else print(`${subscriber.id} gets the messages of ${topic} behind ${subscriber.cursor}.`);
    }),
  );
}

const SubscribeOptions = z.object({
  run: z.string().optional(),
  capability: z.string().optional(),
  account: z.string().optional(),
  input: z.string().optional(),
  from: z.string().optional(),
  reason: z.string(),
  json: z.boolean().optional(),
});

function unsubscribeCommand(): Command {
  const command = named(
    'unsubscribe',
    'deliver no more messages to a subscriber',
    ' task/practice.wait/default --reason "done"',
  )
    .argument('<subscriber>', 'as `agentic topic show` names it')
    .requiredOption('--reason <text>', 'why, for those who look later');
  return command.action((topic: string, subscriber: string) =>
    withSession(async (session) => {
      const { createTopics } = await import('../platform/topics.ts');
      const { json, ...options } = command.opts<{ json?: true }>();
      const { reason } = checked(Unsubscribe, { subscriber, ...options });
      const wasThere = await session.ask(() =>
        createTopics(session).unsubscribe(topic, subscriber),
      );
      if (!wasThere) {
        const message = `${subscriber} is not subscribed; \`agentic topic show ${topic}\` lists who is.`;
        throw new Stop(ExitCode.wrongInput, message);
      }
      const detail = { subscriber };
      await session.note({ action: 'topic.unsubscribe', target: topic, reason, detail });
      if (json) printJson({ topic, subscriber });
      else print(`${subscriber} gets no more messages of ${topic}.`);
    }),
  );
}

function checked<T extends z.ZodType>(schema: T, options: unknown): z.output<T> {
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  const wrong = result.error.issues.map(
    ({ path, message }) => `${flagName(String(path.at(-1) ?? ''))}: ${message}`,
  );
  throw new Stop(ExitCode.wrongInput, wrong.join('\n'));
}
