import type { Config } from './config.ts';

const hidden = '••••';
/** What is shorter stands in too many other words. */
const shortest = 8;

/** What looks like a key, a password in an address, or a token of ours. */
const shapes: readonly RegExp[] = [
  /(bearer\s+|(?:api[-_]?key|password|client[-_]secret|(?:access|refresh)[-_]token)[\\"':=\s]+)[\w\-.~+/=]{6,}/gi,
  /(\/\/[^\s/:@"\\]*:)[^\s/@"\\]+(?=@)/g,
  /(agentic_)[\w-]{43}/g,
];

/** Takes out what looks like a key, so that an echo of our own header never lands in a history or a log. */
export const withoutKeys = (text: string): string =>
  shapes.reduce((told, shape) => told.replaceAll(shape, `$1${hidden}`), text);

/** The settings that hold something nobody may read. */
export type SecretSettings = Pick<
  Config,
  'accounts' | 'TEMPORAL_API_KEY' | 'GOOGLE_CLIENT_SECRET' | 'DATABASE_URL'
>;

/** Takes every secret that the settings hold out of a text, also of JSON, and what looks like one. */
export function hidingSecrets(config: SecretSettings): (text: string) => string {
  const logins = Object.values(config.accounts).flat();
  const secrets = [
    ...logins.filter(({ isStandIn }) => !isStandIn).flatMap(({ apiKey }) => partsOf(apiKey)),
    ...[config.TEMPORAL_API_KEY ?? '', config.GOOGLE_CLIENT_SECRET ?? ''],
    URL.parse(config.DATABASE_URL)?.password ?? '',
  ]
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)])
    .filter((secret) => secret.length >= shortest)
    .toSorted((a, b) => b.length - a.length);
  const all = [...new Set(secrets)];
  return (text) => withoutKeys(all.reduce((told, each) => told.replaceAll(each, hidden), text));
}

/** A key itself; of an address also what of it opens the door; of a service account its private key. */
function partsOf(secret: string): readonly string[] {
  const [, privateKey] = /"private_key"\s*:\s*"([^"]+)"/.exec(secret) ?? [];
  if (privateKey !== undefined) return [secret, privateKey];
  const url = URL.parse(secret.replace(/^(slack|discord)\+/, ''));
  return url ? [secret, `${url.pathname}${url.search}`, url.password] : [secret];
}
