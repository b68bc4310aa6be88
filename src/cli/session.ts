import { hostname, userInfo } from 'node:os';
import type { Client } from '@temporalio/client';
import type { Requester } from '../contracts/requester.ts';
import type { AuditEntry } from '../platform/audit.ts';
import { readConfig, type Config } from '../platform/config.ts';
import type { Database } from '../platform/database.ts';
import { Stop } from './exit.ts';
import { say } from './output.ts';

/** What a command works with: settings, servers, and who asks. */
export interface Session {
  readonly config: Config;
  readonly client: Client;
  readonly database: Database;
  readonly requester: Requester;
  /** The same, as the audit names them: `cli:mara@host`. */
  readonly by: string;
  /** Calls Temporal, and gives up after 5 s without an answer. */
  readonly ask: <T>(question: () => Promise<T>) => Promise<T>;
  /** Whether a worker takes work for this agent now. */
  isServed(agent: string): Promise<boolean>;
  /** Notes a change in the audit log; says so when it could not. */
  note(entry: Omit<AuditEntry, 'by' | 'from'>): Promise<void>;
}

const answersWithinMs = 5_000;

/** Who sits at the keyboard, as runs and Temporal name them. */
function user(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown'; // a container's user id need not have a name
  }
}

/**
 * Runs a command with servers at hand; nothing is connected before it is used. Connections stay
 * open: the process ends with the command, and closing them would trip over calls being retried.
 *
 * @throws {Stop} for everything that goes wrong, with one line that says what to do.
 */
export async function withSession<T>(
  act: (session: Session) => Promise<T>,
  flagOf?: (path: string) => string,
): Promise<T> {
  const addresses = { temporal: '', database: '' };
  try {
    const config = readConfig();
    addresses.temporal = config.TEMPORAL_ADDRESS;
    addresses.database = hostOf(config.DATABASE_URL);
    const { openDatabase } = await import('../platform/database.ts');
    const { openTemporal } = await import('../platform/temporal.ts');
    const { createAgentReader } = await import('../platform/agents.ts');
    const { createAuditLog } = await import('../platform/audit.ts');
    const by = `cli:${user()}@${hostname()}`;
    const database = openDatabase(config.DATABASE_URL, 2);
    const client = openTemporal(config, by, database);
    const ask: Session['ask'] = (question) =>
      client.withDeadline(Date.now() + answersWithinMs, question);
    const session: Session = {
      config,
      client,
      database,
      by,
      requester: { kind: 'cli', name: user() },
      ask,
      isServed: (agent) =>
        ask(() => createAgentReader({ client, database, config }).isServed(agent)),
      async note(entry) {
        await createAuditLog(database)
          .note({ ...entry, by, from: 'cli' })
          .catch(() => say('This was done, but could not be noted in the audit log.'));
      },
    };
    return await act(session);
  } catch (error) {
    const { explain } = await import('./explain.ts');
    const { code, message } = explain(error, addresses, flagOf);
    throw new Stop(code, message, { cause: error });
  }
}

/** Host and port of the database; its address holds a password. */
const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : 'DATABASE_URL');
