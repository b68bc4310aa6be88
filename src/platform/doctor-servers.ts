import { isGrpcServiceError, type Client } from '@temporalio/client';
import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import { z } from 'zod';
import { agents } from '../contracts/agents.ts';
import type { Finding } from '../contracts/doctor.ts';
import { accountsOf } from './accounts.ts';
import type { Config } from './config.ts';
import type { Database } from './database.ts';
import { migrationState } from './migrations.ts';
import { searchAttributesIn } from './search-attributes.ts';
import { within } from './within.ts';

/** What a look needs. */
export interface DoctorDeps {
  readonly config: Config;
  readonly client: Client;
  readonly database: Database;
}

/** What one look found; whatever it throws is a finding, too. */
export type Look = (deps: DoctorDeps) => Promise<readonly Pick<Finding, 'state' | 'message'>[]>;

const oldest = { postgres: 18, temporal: [1, 31] } as const;
/** Slots and leases are reckoned by the database's clock, deadlines by our own. */
const mostSkewMs = 2_000;
const answersWithinMs = 4_000;
const dayMs = 86_400_000;
const notFound: readonly number[] = [5]; // gRPC

const start = 'start the system with `npm start`';

/** Whether the database answers, is new enough, has all tables and the same time as we. */
export const lookAtDatabase: Look = async ({ config, database }) => {
  const host = hostOf(config.DATABASE_URL);
  const server = await within(answersWithinMs, serverOf(database)).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    return { isAway: true, reason } as const;
  });
  if ('isAway' in server) {
    const message = `It does not answer at ${host} (${server.reason}): ${start}, or set DATABASE_URL`;
    return [{ state: 'wrong', message }];
  }
  const wrong = [];
  if (Number.parseInt(server.version, 10) < oldest.postgres) {
    wrong.push(`It is Postgres ${server.version}; expected ${oldest.postgres} or newer`);
  }
  if (Math.abs(server.aheadMs) > mostSkewMs) {
    const by = `${Math.abs(server.aheadMs / 1000).toFixed(1)} s`;
    const how = server.aheadMs > 0 ? 'ahead of' : 'behind';
    wrong.push(`Its clock is ${by} ${how} this machine's: let both follow a time server (NTP)`);
  }
  const { pending, isNewer } = await migrationState(database.sql);
  if (isNewer || pending.length > 0) {
    const what = isNewer
      ? 'were made by a newer checkout'
      : `lack ${pending.length} of the migrations`;
    const how = isNewer ? 'update this one' : '`npm start`, or `agentic database migrate`';
    wrong.push(`Its tables ${what}: ${how}`);
  }
  if (wrong.length > 0) return wrong.map((message) => ({ state: 'wrong', message }));
  const message = `Postgres ${server.version} at ${host}, its tables are up to date, its clock is ours`;
  return [{ state: 'ok', message }];
};

async function serverOf({ sql }: Database) {
  const began = Date.now();
  const [row] = await sql<{ version: string; now: Date }[]>`
    select current_setting('server_version') as version, clock_timestamp() as now`;
  const ended = Date.now();
  if (!row) throw new Error('it gave an empty answer');
  // the first answer may have waited for the connection: only what lies outside counts
  const at = row.now.getTime();
  const aheadMs = at > ended ? at - ended : Math.min(0, at - began);
  return { version: row.version.split(' ')[0] ?? '', aheadMs };
}

/** Whether Temporal answers, is new enough, and its namespace is as we need it. */
export const lookAtTemporal: Look = async ({ config, client }) => {
  const at = config.TEMPORAL_ADDRESS;
  const namespace = client.options.namespace;
  const about = await client
    .withDeadline(Date.now() + answersWithinMs, () => aboutNamespace(client))
    .catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
  if (typeof about === 'string') {
    const how = `${start}, or set TEMPORAL_ADDRESS`;
    return [{ state: 'wrong', message: `It does not answer at ${at} (${about}): ${how}` }];
  }
  if (about.keptDays === undefined) {
    const how = `\`temporal operator namespace create -n ${namespace}\`, or set TEMPORAL_NAMESPACE`;
    return [{ state: 'wrong', message: `It has no namespace ${namespace}: ${how}` }];
  }
  const { version, keptDays, attributes } = about;
  const wrong = [];
  if (isOlder(version, oldest.temporal)) {
    wrong.push(`It is version ${version}; expected ${oldest.temporal.join('.')} or newer`);
  }
  if (attributes.missing.length > 0) {
    const names = attributes.missing.join(', ');
    wrong.push(
      `Its namespace lacks the search attributes ${names}: a worker adds them at its start`,
    );
  }
  for (const name of attributes.ofAnotherType) {
    const how = `\`temporal operator search-attribute remove --name ${name}\`, then start a worker`;
    wrong.push(`Its search attribute ${name} is no Keyword: ${how}`);
  }
  const kept = `keeps closed runs for ${keptDays} day${keptDays === 1 ? '' : 's'}`;
  const wanted = config.TEMPORAL_RETENTION_DAYS;
  const how = `\`temporal operator namespace update -n ${namespace} --retention ${wanted}d\``;
  return [
    ...(wrong.length > 0
      ? wrong.map((message) => ({ state: 'wrong' as const, message }))
      : [
          { state: 'ok' as const, message: `${version} at ${at}, namespace ${namespace}, ${kept}` },
        ]),
    ...(keptDays === wanted
      ? []
      : [{ state: 'hint' as const, message: `It ${kept}, the settings say ${wanted}: ${how}` }]),
  ];
};

/** What the server tells of itself and our namespace, which it may not have. */
async function aboutNamespace(client: Client) {
  const { namespace } = client.options;
  const { workflowService } = client.connection;
  const [{ serverVersion: version }, described] = await Promise.all([
    workflowService.getSystemInfo({}),
    workflowService.describeNamespace({ namespace }).catch((error: unknown) => {
      if (isGrpcServiceError(error) && notFound.includes(error.code)) return undefined;
      throw error;
    }),
  ]);
  if (!described) return { version, keptDays: undefined };
  const keptMs = optionalTsToMs(described.config?.workflowExecutionRetentionTtl) ?? 0;
  const attributes = await searchAttributesIn(client);
  return { version, keptDays: Math.round(keptMs / dayMs), attributes };
}

function isOlder(version: string, [major, minor]: readonly [number, number]): boolean {
  const [hasMajor = 0, hasMinor = 0] = version.split('.').map(Number);
  return hasMajor < major || (hasMajor === major && hasMinor < minor);
}

const StandIns = z.object({ vendors: z.array(z.string()) });

/** Whether the stand-ins answer, when a login is on them. */
export const lookAtStandIns: Look = async ({ config }) => {
  const logins = standInLogins(config);
  const used = logins.filter((login) => !login.endsWith('/tour'));
  const whose = used.length > 0 ? used.join(', ') : 'only the tour';
  try {
    const signal = AbortSignal.timeout(answersWithinMs);
    const response = await fetch(new URL('/healthz', config.SANDBOX_URL), { signal });
    const { vendors } = StandIns.parse(await response.json());
    const message = `${vendors.join(', ')} at ${config.SANDBOX_URL}, used by ${whose}`;
    return [{ state: 'ok', message }];
  } catch {
    const message = `They do not answer at ${config.SANDBOX_URL}, used by ${whose}: ${start}, or set SANDBOX_URL`;
    return [{ state: used.length > 0 ? 'wrong' : 'hint', message }];
  }
};

const standInLogins = (config: Config): readonly string[] =>
  agents.flatMap(({ id, vendor }) =>
    accountsOf(config, vendor)
      .filter(({ isStandIn, baseUrl }) => isStandIn && baseUrl !== '')
      .map(({ name }) => `${id}/${name}`),
  );

/** Host and port of the database; its address holds a password. */
const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : 'DATABASE_URL');
