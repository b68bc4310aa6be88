import { z } from 'zod';
import type { ChannelKind } from '../contracts/notify.ts';

/** Where the notices of a channel go, as its address in the settings says. All of it is secret. */
export type Channel =
  | { readonly kind: Exclude<ChannelKind, 'email'>; readonly url: URL }
  | {
      readonly kind: 'email';
      readonly host: string;
      readonly port: number;
      /** `tls`: encrypted from the first byte; `starttls`: before the login; `plain`: on this machine only. */
      readonly security: 'tls' | 'starttls' | 'plain';
      readonly login: { readonly user: string; readonly pass: string } | undefined;
      readonly from: string;
      readonly to: readonly string[];
    };

/** An address of a channel can't be read. The message does not repeat it, because it is a secret. */
export class BadChannel extends Error {
  override readonly name = 'BadChannel';
}

const Mailbox = z.email();
const thisMachine = ['127.0.0.1', '[::1]', 'localhost'];

/**
 * Reads a channel's address: `https://hooks.slack.com/…`, `https://discord.com/api/webhooks/…`,
 * `smtp://user:password@host:587?from=a@b.com&to=c@d.com` (`smtps` for port 465), any other
 * `https://…`; `slack+https://…` and `discord+https://…` for servers that understand the same.
 *
 * @throws {BadChannel} saying what was expected.
 */
export function channelOf(address: string): Channel {
  const [, told, rest = address] = /^(slack|discord)\+(.*)$/s.exec(address) ?? [];
  const url = URL.parse(rest);
  if (!url) throw new BadChannel('expected an address such as https://hooks.slack.com/services/…');
  const isHere = thisMachine.includes(url.hostname);
  if (url.protocol === 'smtp:' || url.protocol === 'smtps:') return emailOf(url, isHere);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isHere)) {
    throw new BadChannel('expected https, smtp or smtps; http only to this machine');
  }
  if (told === 'slack' || told === 'discord') return { kind: told, url };
  return { kind: kindOf(url), url };
}

/** Discord takes Slack's form too, at an address that ends in `/slack`. */
function kindOf({ hostname, pathname }: URL): Exclude<ChannelKind, 'email'> {
  if (hostname === 'hooks.slack.com') return 'slack';
  const isDiscord = /^((ptb|canary)\.)?discord(app)?\.com$/.test(hostname);
  if (!isDiscord || !/^\/api\/(v\d+\/)?webhooks\//.test(pathname)) return 'webhook';
  return pathname.endsWith('/slack') ? 'slack' : 'discord';
}

function emailOf(url: URL, isHere: boolean): Channel {
  const boxes = (name: string) => url.searchParams.getAll(name).flatMap((each) => each.split(','));
  const [from, ...more] = boxes('from');
  const to = boxes('to');
  const all = [from, ...to];
  const areBoxes = all.every((each) => Mailbox.safeParse(each).success);
  if (from === undefined || more.length > 0 || to.length === 0 || !areBoxes) {
    throw new BadChannel('expected ?from= with one address and &to= with one or more');
  }
  const isTls = url.protocol === 'smtps:';
  return {
    kind: 'email',
    host: url.hostname,
    port: Number(url.port) || (isTls ? 465 : 587),
    security: isTls ? 'tls' : isHere ? 'plain' : 'starttls',
    login: url.username
      ? { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) }
      : undefined,
    from,
    to,
  };
}
