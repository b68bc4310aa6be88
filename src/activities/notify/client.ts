import { ApplicationFailure } from '@temporalio/common';
import { createTransport } from 'nodemailer';
import { z } from 'zod';
import { FailureType } from '../../contracts/failures.ts';
import { notify } from '../../contracts/notify.ts';
import { channelOf, type Channel } from '../../platform/channels.ts';
import { settingOf, type Account } from '../../platform/config.ts';
import { flowKeyOf } from '../../rules/flow.ts';
import type { ClientCall, Door, Refusal } from '../door.ts';
import { answerIn } from '../vendor-answer.ts';
import {
  discordMessage,
  emailMessage,
  slackMessage,
  webhookMessage,
  type Notice,
} from './messages.ts';

/** What became of a message. */
interface Sent {
  readonly isCut: boolean;
  /** Of an e-mail: addresses that the server refused, each with why. */
  readonly refused: readonly string[];
}

/** Brings notices to their channels. A channel's address never shows, whatever goes wrong. */
export interface NotifyClient {
  /**
   * One message. `to` are the addresses of an e-mail.
   *
   * @throws `CredentialRejected` when the channel is gone or refuses its address, `InvalidInput`
   * when it does not take this message (both not retried), and what the door throws.
   */
  send(account: Account, notice: Notice, to: readonly string[]): Promise<Sent>;
  /** What is known of a channel without sending anything: a sentence. @throws as the door does. */
  look(account: Account): Promise<string>;
}

type Webhook = Exclude<Channel, { kind: 'email' }>;
type Mail = Extract<Channel, { kind: 'email' }>;
type Asked = Pick<ClientCall, 'what' | 'send'>;

const titles = {
  slack: 'Slack',
  discord: 'Discord',
  webhook: 'The webhook',
  email: 'The mail server',
} as const;
/** Statuses that say: this address is none, or no longer. */
const isAddress = [401, 403, 404, 410];
const isMessage = [400, 413, 422];
const mostShown = 1_000;

/** @param door the only way out. @param timeoutMs how long a mail server may be silent. */
export function createNotifyClient(door: Pick<Door, 'through'>, timeoutMs: number): NotifyClient {
  async function through<T>(
    account: Account,
    channel: Channel,
    { what, send }: Asked,
    answer: z.ZodType<T>,
  ): Promise<T> {
    const hide = hiding(account.apiKey, channel);
    const flow = {
      key: flowKeyOf(notify.vendor, account.name),
      limits: notify.limits,
      effect: 'notify',
    } as const;
    const call: ClientCall = {
      ...{ vendor: titles[channel.kind], flow, what: `${what} channel ${account.name}` },
      async send(signal) {
        try {
          return await send(signal);
        } catch (error) {
          throw error instanceof Refused ? error : new Error(hide(reasonOf(error)));
        }
      },
      refusalIn: (thrown) =>
        thrown instanceof Refused
          ? { ...thrown.refusal, body: hide(thrown.refusal.body) }
          : undefined,
    };
    try {
      return await door.through(call, answer);
    } catch (error) {
      throw inWords(error, account, call.vendor);
    }
  }

  async function post(account: Account, channel: Webhook, notice: Notice): Promise<Sent> {
    const { message, isCut } = {
      slack: slackMessage,
      discord: discordMessage,
      webhook: webhookMessage,
    }[channel.kind](notice);
    const url = new URL(channel.url);
    if (channel.kind === 'discord') url.searchParams.set('wait', 'true');
    await through(
      account,
      channel,
      {
        what: 'POST to',
        send: (signal) =>
          exchange(url, {
            method: 'POST',
            headers: { 'content-type': 'application/json', 'x-notification-id': notice.id },
            body: JSON.stringify(message),
            signal,
          }),
      },
      answers[channel.kind],
    );
    return { isCut, refused: [] };
  }

  async function mail(
    account: Account,
    channel: Mail,
    notice: Notice,
    to: readonly string[],
  ): Promise<Sent> {
    const { from } = channel;
    const domain = from.slice(from.lastIndexOf('@') + 1);
    const message = { from, to: [...to], ...emailMessage(notice, domain) };
    const { rejected } = await through(
      account,
      channel,
      {
        what: 'MAIL to',
        send: (signal) =>
          withServer(channel, timeoutMs, signal, (server) => server.sendMail(message)),
      },
      z.object({ rejected: z.array(z.string()).default([]) }),
    );
    return { isCut: false, refused: rejected.map((each) => `${each}: the mail server refused it`) };
  }

  return {
    send(account, notice, to) {
      const channel = channelOf(account.apiKey);
      return channel.kind === 'email'
        ? mail(account, channel, notice, to)
        : post(account, channel, notice);
    },

    async look(account) {
      const channel = channelOf(account.apiKey);
      if (channel.kind === 'email') {
        const send = (signal: AbortSignal) =>
          withServer(channel, timeoutMs, signal, (server) => server.verify());
        await through(account, channel, { what: 'EHLO to', send }, z.literal(true));
        return `The mail server takes the login, for ${channel.to.length} addresses`;
      }
      if (channel.kind === 'discord') {
        const send = (signal: AbortSignal) => exchange(channel.url, { signal });
        await through(account, channel, { what: 'GET', send }, answers.discord);
        return 'Discord knows the webhook';
      }
      return `${titles[channel.kind]} can't be asked without a message: the first notice shows whether the address works`;
    },
  };
}

/** What shows that a message arrived: Slack answers a word, Discord the message; others what they like. */
const answers = {
  slack: z.string().regex(/^(?!\s*<)/, 'expected a word such as ok, came a web page'),
  discord: z.string().startsWith('{', 'expected the message as JSON'),
  webhook: z.string(),
} as const;

/** The channel said no. */
class Refused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super('The channel refused');
    this.refusal = refusal;
  }
}

/** @returns the answer's text. @throws {Refused} also for an answer that leads elsewhere. */
async function exchange(url: URL, init: RequestInit): Promise<string> {
  const response = await fetch(url, { ...init, redirect: 'manual' });
  const text = await response.text();
  if (response.ok) return text;
  const { status, headers } = response;
  const isRedirect = status < 400;
  throw new Refused({
    status: isRedirect ? 404 : status,
    retryAfter: headers.get('retry-after') ?? undefined,
    body: isRedirect ? `it leads to another address (${status}), which is not followed` : text,
  });
}

type Server = ReturnType<typeof serverOf>;

const serverOf = ({ host, port, security, login }: Mail, timeoutMs: number) =>
  createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ...(login ? { auth: login } : {}),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
  });

const SmtpError = z.object({
  message: z.string(),
  code: z.string().optional(),
  responseCode: z.int().optional(),
});

/** A refusal's status, as it would be in HTTP: 4xx of a mail server passes, 5xx does not. */
const statusOf = (responseCode: number): number =>
  responseCode < 500 ? 503 : [530, 534, 535].includes(responseCode) ? 401 : 400;

/** Asks a mail server, over a connection of its own that ends with the question. */
async function withServer(
  channel: Mail,
  timeoutMs: number,
  signal: AbortSignal,
  ask: (server: Server) => Promise<unknown>,
): Promise<unknown> {
  const server = serverOf(channel, timeoutMs);
  const stop = () => server.close();
  signal.addEventListener('abort', stop);
  try {
    return await ask(server);
  } catch (error) {
    const { data } = SmtpError.safeParse(error);
    if (data?.responseCode === undefined) throw error;
    throw new Refused({ status: statusOf(data.responseCode), body: data.message });
  } finally {
    signal.removeEventListener('abort', stop);
    server.close();
  }
}

/** Takes everything that opens the channel out of a text. */
function hiding(address: string, channel: Channel): (text: string) => string {
  const secrets =
    channel.kind === 'email'
      ? [address, channel.login?.pass ?? '']
      : [address, channel.url.href, `${channel.url.pathname}${channel.url.search}`];
  const long = secrets.filter((each) => each.length > 1);
  return (text) => long.reduce((hidden, each) => hidden.replaceAll(each, '••••'), text);
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}

/** A channel that is gone is a matter of its setting, and a message that it does not take one of the input. */
function inWords(error: unknown, { name }: Account, title: string): unknown {
  const said = error instanceof ApplicationFailure ? answerIn(error) : null;
  if (!said || !(isAddress.includes(said.status) || isMessage.includes(said.status))) return error;
  const words = `(${said.status}): “${said.body.replaceAll(/\s+/g, ' ').slice(0, mostShown)}”`;
  return ApplicationFailure.create({
    ...(isAddress.includes(said.status)
      ? {
          message: `${title} refuses the address of channel ${name} ${words}. Put a new one into ${settingOf('NOTIFY_CHANNEL', name)}`,
          type: FailureType.CredentialRejected,
        }
      : {
          message: `${title} does not take this message in channel ${name} ${words}`,
          type: FailureType.InvalidInput,
        }),
    nonRetryable: true,
    details: [said],
  });
}
