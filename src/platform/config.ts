import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { AccountName } from '../contracts/capability.ts';
import type { World } from '../contracts/memory.ts';
import { understand } from '../rules/setting-names.ts';
import { BadChannel, channelOf } from './channels.ts';

const ownInformation = fileURLToPath(new URL('../../information', import.meta.url));
const ownCampaigns = fileURLToPath(new URL('../../campaigns', import.meta.url));
const ownPrompts = fileURLToPath(new URL('../../prompts', import.meta.url));
const port = z.coerce.number().int().min(0).max(65_535);
const count = z.coerce.number().int().positive();
const usd = z.coerce.number().nonnegative();
const days = z.coerce.number().int().min(1).max(3_650);
const actor = z.string().regex(/^[\w.-]+([/~][\w.-]+)?$/, 'expected an id, or owner/name');
/** An empty line in `.env` means the same as no line. */
const setting = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema);

const Environment = z.object({
  DASHBOARD_HOST: setting(z.string().default('127.0.0.1')),
  DASHBOARD_PORT: setting(port.default(8080)),
  DASHBOARD_PUBLIC_URL: setting(z.url({ protocol: /^https?$/ }).optional()),
  DASHBOARD_PROXIES: setting(z.coerce.number().int().min(0).max(10).default(0)),
  GOOGLE_CLIENT_ID: setting(z.string().optional()),
  GOOGLE_CLIENT_SECRET: setting(z.string().optional()),
  SIGN_IN_ALLOW: setting(z.string().optional()),
  SIGN_IN_ISSUER: setting(z.url().default('https://accounts.google.com')),
  LOG_LEVEL: setting(
    z.preprocess(
      (value) => (typeof value === 'string' ? levelCalled(value.toLowerCase()) : value),
      z.enum(['debug', 'info', 'warn', 'error']).default('info'),
    ),
  ),
  TIME_ZONE: setting(
    z
      .string()
      .default('UTC')
      .refine(isTimeZone, { error: 'expected a time zone such as Europe/Berlin' }),
  ),
  MAX_AGENTS: setting(count.default(100)),
  MAX_THREADS: setting(count.default(2)),
  TEMPORAL_ADDRESS: setting(z.string().optional()),
  TEMPORAL_NAMESPACE: setting(z.string().default('default')),
  TEMPORAL_API_KEY: setting(z.string().optional()),
  TEMPORAL_UI_URL: setting(z.url().optional()),
  DATABASE_URL: setting(z.string().startsWith('postgres').optional()),
  SANDBOX_URL: setting(z.url().optional()),
  INSTANTLY_BASE_URL: setting(z.url().default('https://api.instantly.ai')),
  INSTANTLY_WEEK_STARTS: setting(
    z.enum(['sunday', 'monday'], 'expected sunday or monday').default('sunday'),
  ),
  APIFY_BASE_URL: setting(z.url().default('https://api.apify.com')),
  APIFY_GOOGLE_MAPS_ACTOR: setting(actor.default('nwua9Gu5YrADL7ZDj')),
  APIFY_CONTACT_SCRAPER_ACTOR: setting(actor.default('QAKrfXwAcbmcWYnSo')),
  KLAP_BASE_URL: setting(z.url().default('https://api.klap.app')),
  GOOGLE_SHEETS_BASE_URL: setting(z.url().default('https://sheets.googleapis.com')),
  GEMINI_BASE_URL: setting(z.url().default('https://generativelanguage.googleapis.com')),
  GEMINI_MODEL: setting(
    z
      .string()
      .regex(/^[\w.-]+$/, 'expected a name')
      .default('gemini-3.8-flash'),
  ),
  GEMINI_INPUT_USD_PER_MILLION: setting(usd.optional()),
  GEMINI_OUTPUT_USD_PER_MILLION: setting(usd.optional()),
  GEMINI_PRICE_SOURCE: setting(z.string().max(200).optional()),
  GEMINI_TIMEOUT_SECONDS: setting(count.max(540).default(180)),
  VENDOR_TIMEOUT_SECONDS: setting(count.default(30)),
  FREEZE_SECONDS: setting(count.default(60)),
  TEMPORAL_RETENTION_DAYS: setting(days.default(30)),
  RUN_RETENTION_DAYS: setting(days.default(365)),
  LOG_RETENTION_DAYS: setting(days.default(30)),
  AGENTIC_STATE_DIR: setting(z.string().default('.agentic')),
  INFORMATION_DIR: setting(z.string().default(ownInformation)),
  CAMPAIGNS_DIR: setting(z.string().default(ownCampaigns)),
  MEDIA_DIR: setting(z.string().optional()),
  PROMPTS_DIR: setting(z.string().default(ownPrompts)),
  POSTGRES_PORT: setting(port.default(54_329)),
  TEMPORAL_PORT: setting(port.default(7233)),
  TEMPORAL_UI_PORT: setting(port.default(8233)),
  SANDBOX_PORT: setting(port.default(8090)),
  TEMPORAL_CLI: setting(z.string().optional()),
  CHROMIUM_PATH: setting(z.string().optional()),
});
type Environment = z.infer<typeof Environment>;

/** Settings that hold a login, of account `default` or, with `_ACME` behind them, of account `acme`. */
export const keyNames = [
  'INSTANTLY_API_KEY',
  'APIFY_API_KEY',
  'KLAP_API_KEY',
  'GOOGLE_SHEETS_CREDENTIALS',
  'GOOGLE_SHEETS_SPREADSHEET_ID',
  'NOTIFY_CHANNEL',
  'GEMINI_API_KEY',
] as const;

/** The names of all settings. */
export const settingNames: readonly string[] = [...Object.keys(Environment.shape), ...keyNames];

/** One login at a vendor. Without a key of its own it talks to the stand-in. */
export interface Account {
  readonly name: string;
  /** The secret as the settings have it; Google's is the JSON of its credentials, or a file with it. */
  readonly apiKey: string;
  readonly baseUrl: string;
  readonly isStandIn: boolean;
}

/** Everything the processes are told from outside, checked once at start. */
export interface Config extends Omit<
  Environment,
  'TEMPORAL_ADDRESS' | 'DATABASE_URL' | 'SANDBOX_URL'
> {
  readonly TEMPORAL_ADDRESS: string;
  readonly DATABASE_URL: string;
  readonly SANDBOX_URL: string;
  /** Which servers the settings name, so that `npm start` does not run its own. */
  readonly external: {
    readonly temporal: boolean;
    readonly database: boolean;
    readonly sandbox: boolean;
  };
  /** Logins by vendor: `default`, those of the settings, and `tour` on the stand-in. */
  readonly accounts: Readonly<Record<string, readonly Account[]>>;
  /** The spreadsheet that is meant when nobody names one, by account. */
  readonly spreadsheets: Readonly<Record<string, string>>;
}

/** Addresses of the servers that `npm start` runs in this folder, kept in its state folder. */
export const LocalAddresses = z.object({
  pid: z.int(),
  TEMPORAL_ADDRESS: z.string(),
  TEMPORAL_UI_URL: z.string(),
  DATABASE_URL: z.string(),
  SANDBOX_URL: z.string(),
  DASHBOARD_URL: z.string(),
});
export type LocalAddresses = z.infer<typeof LocalAddresses>;

/** The settings are wrong; the message has one line a setting. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** One for each setting: its name and what was expected. */
  readonly problems: readonly string[];

  constructor(...problems: readonly string[]) {
    super(`These settings need a change (in .env or the environment):\n  ${problems.join('\n  ')}`);
    this.problems = problems;
  }
}

/**
 * Reads the settings: the environment, then `.env`, then the addresses of the system that
 * `npm start` runs in this folder, then defaults.
 *
 * @throws {ConfigError} naming each setting that is wrong, and what was expected.
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env, folder = process.cwd()): Config {
  const { values, problems } = understand({ ...readEnvFile(folder), ...env });
  if (problems.length > 0) throw new ConfigError(...problems);
  const parsed = Environment.safeParse(values);
  if (!parsed.success) {
    throw new ConfigError(
      ...parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    );
  }
  const local = readLocalAddresses(resolve(folder, parsed.data.AGENTIC_STATE_DIR));
  const sandboxUrl =
    parsed.data.SANDBOX_URL ?? local?.SANDBOX_URL ?? `http://127.0.0.1:${parsed.data.SANDBOX_PORT}`;
  // Google's client takes the origin of an address and drops its path.
  const google = accountsOf('GOOGLE_SHEETS_CREDENTIALS', values, {
    live: parsed.data.GOOGLE_SHEETS_BASE_URL,
    standIn: sandboxUrl,
  });
  return {
    ...parsed.data,
    TEMPORAL_ADDRESS:
      parsed.data.TEMPORAL_ADDRESS ??
      local?.TEMPORAL_ADDRESS ??
      `127.0.0.1:${parsed.data.TEMPORAL_PORT}`,
    TEMPORAL_UI_URL: parsed.data.TEMPORAL_UI_URL ?? local?.TEMPORAL_UI_URL,
    DATABASE_URL:
      parsed.data.DATABASE_URL ??
      local?.DATABASE_URL ??
      `postgres://agentic:agentic@127.0.0.1:${parsed.data.POSTGRES_PORT}/agentic`,
    SANDBOX_URL: sandboxUrl,
    external: {
      temporal: parsed.data.TEMPORAL_ADDRESS !== undefined,
      database: parsed.data.DATABASE_URL !== undefined,
      sandbox: parsed.data.SANDBOX_URL !== undefined,
    },
    accounts: {
      instantly: accountsOf('INSTANTLY_API_KEY', values, {
        live: parsed.data.INSTANTLY_BASE_URL,
        standIn: `${sandboxUrl}/instantly`,
      }),
      apify: accountsOf('APIFY_API_KEY', values, {
        live: parsed.data.APIFY_BASE_URL,
        standIn: `${sandboxUrl}/apify`,
      }),
      google,
      klap: accountsOf('KLAP_API_KEY', values, {
        live: parsed.data.KLAP_BASE_URL,
        standIn: `${sandboxUrl}/klap`,
      }),
      gemini: accountsOf('GEMINI_API_KEY', values, {
        live: parsed.data.GEMINI_BASE_URL,
        standIn: `${sandboxUrl}/gemini`,
      }),
      notify: channelsIn(values, sandboxUrl),
      practice: practiceAccounts,
    },
    spreadsheets: spreadsheetsOf(google, values),
  };
}

/** What to say at a start to who still uses the names of older scripts, a line each. */
export const oldNamesIn = (
  env: NodeJS.ProcessEnv = process.env,
  folder = process.cwd(),
): readonly string[] => understand({ ...readEnvFile(folder), ...env }).hints;

/** What `.env` in this folder sets; nothing where there is none. */
export function readEnvFile(folder: string): NodeJS.ProcessEnv {
  const file = resolve(folder, '.env');
  return existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
}

/** Where files that vendors made are kept. */
export const mediaFolderOf = (config: Pick<Config, 'MEDIA_DIR' | 'AGENTIC_STATE_DIR'>): string =>
  resolve(config.MEDIA_DIR ?? `${config.AGENTIC_STATE_DIR}/media`);

/** The setting that holds the login of an account: `NOTIFY_CHANNEL_SALES`. */
export const settingOf = (prefix: (typeof keyNames)[number], account: string): string =>
  account === 'default' ? prefix : `${prefix}_${account.toUpperCase().replaceAll('-', '_')}`;

/** Where the files of each world's memory are: what stand-ins taught is never mixed with the rest. */
export const memoryFoldersOf = (
  config: Pick<Config, 'INFORMATION_DIR' | 'AGENTIC_STATE_DIR'>,
): Readonly<Record<World, string>> => ({
  live: resolve(config.INFORMATION_DIR),
  'stand-in': resolve(config.AGENTIC_STATE_DIR, 'information'),
});

/** The addresses `npm start` wrote, or `undefined` when it never ran here. */
export function readLocalAddresses(stateDir: string): LocalAddresses | undefined {
  const file = resolve(stateDir, 'local.json');
  if (!existsSync(file)) return undefined;
  try {
    return LocalAddresses.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined; // half-written by a crash: the defaults are the same addresses
  }
}

const practiceAccounts: readonly Account[] = ['default', 'tour'].map((name) => ({
  name,
  apiKey: '',
  baseUrl: '',
  isStandIn: true,
}));

/** `PREFIX` is the key of account `default`, `PREFIX_ACME_EU` that of account `acme-eu`. */
function accountsOf(
  prefix: (typeof keyNames)[number],
  values: Readonly<NodeJS.ProcessEnv>,
  urls: { readonly live: string; readonly standIn: string },
): readonly Account[] {
  const standIn = (name: string): Account => ({
    name,
    apiKey: `stand-in-${name}`,
    baseUrl: urls.standIn,
    isStandIn: true,
  });
  const live = Object.entries(values).flatMap(([key, apiKey]): readonly Account[] => {
    if (!apiKey || (key !== prefix && !key.startsWith(`${prefix}_`))) return [];
    const name = AccountName.safeParse(
      key === prefix
        ? 'default'
        : key
            .slice(prefix.length + 1)
            .toLowerCase()
            .replaceAll('_', '-'),
    );
    if (!name.success || name.data === 'tour') {
      throw new ConfigError(
        `${key}: expected letters, digits and _ after ${prefix}_, and not TOUR`,
      );
    }
    return [{ name: name.data, apiKey, baseUrl: urls.live, isStandIn: false }];
  });
  return [...(live.length > 0 ? live : [standIn('default')]), standIn('tour')];
}

/** Channels are logins whose secret is their whole address; a stand-in's takes Slack's form. */
function channelsIn(values: NodeJS.ProcessEnv, sandboxUrl: string): readonly Account[] {
  const urls = { live: '', standIn: sandboxUrl };
  return accountsOf('NOTIFY_CHANNEL', values, urls).map((account) => {
    if (account.isStandIn) {
      return { ...account, apiKey: `slack+${sandboxUrl}/slack/services/T0/B0/${account.apiKey}` };
    }
    try {
      const channel = channelOf(account.apiKey);
      const isStandIn =
        channel.kind !== 'email' && channel.url.origin === new URL(sandboxUrl).origin;
      return { ...account, isStandIn };
    } catch (error) {
      if (!(error instanceof BadChannel)) throw error;
      throw new ConfigError(`${settingOf('NOTIFY_CHANNEL', account.name)}: ${error.message}`);
    }
  });
}

/** By account; a stand-in has a spreadsheet of its own. */
function spreadsheetsOf(
  accounts: readonly Account[],
  values: Readonly<NodeJS.ProcessEnv>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    accounts.flatMap(({ name, isStandIn }) => {
      const id = isStandIn
        ? `${name}_leads`
        : values[settingOf('GOOGLE_SHEETS_SPREADSHEET_ID', name)];
      return id ? [[name, id]] : [];
    }),
  );
}

/** The names that Python has for two of the levels. */
const levelCalled = (name: string): string =>
  ({ warning: 'warn', critical: 'error' })[name] ?? name;

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
