import { isGrpcServiceError, ServiceError, type Client } from '@temporalio/client';
import type { Status } from '../contracts/api.ts';
import type { Config } from '../platform/config.ts';
import { isDatabaseAway, type Database } from '../platform/database.ts';
import { within } from '../platform/within.ts';
import { clockTime } from '../rules/time-in-words.ts';
import { HttpError } from './http-error.ts';

type Up = Status['database'];
type Server = 'temporal' | 'database';

/** Whether the servers behind the pages answer. Looks once a second. */
export interface Health {
  read(): Promise<Readonly<Record<Server, Up>>>;
  /**
   * The same promise, but it fails at once when the database is away or goes away meanwhile: a
   * lost connection may otherwise keep a question for as long as it lives.
   */
  during<T>(work: Promise<T>): Promise<T>;
  /** The same for calls to Temporal, which get 5 s to answer. */
  ask<T>(question: () => Promise<T>): Promise<T>;
  /** What to answer for an error that means a server is away; `undefined` for any other. */
  outageOf(error: unknown): HttpError | undefined;
  close(): Promise<void>;
}

interface HealthDeps {
  readonly client: Client;
  readonly database: Database;
  readonly config: Pick<Config, 'TEMPORAL_ADDRESS' | 'DATABASE_URL'>;
}

const lookEveryMs = 1_000;
const answersWithinMs = 2_000;
const askedWithinMs = 5_000;
const temporalAway = [1, 4, 14]; // gRPC: cancelled by our deadline, deadline exceeded, unavailable

/** @param deps the servers to look at. */
export function createHealth({ client, database, config }: HealthDeps): Health {
  const began = new Date().toISOString();
  const names = {
    temporal: `Temporal at ${config.TEMPORAL_ADDRESS}`,
    database: `The database at ${hostOf(config.DATABASE_URL)}`,
  };
  const state: Record<Server, Up> = {
    temporal: { isUp: true, since: began, message: 'Not asked yet' },
    database: { isUp: true, since: began, message: 'Not asked yet' },
  };
  const waiting = new Set<(error: HttpError) => void>();

  const outage = (server: Server): HttpError =>
    new HttpError(503, `${server}-unreachable`, state[server].message);

  const note = (server: Server, isUp: boolean) => {
    const known = state[server];
    if (known.isUp === isUp && known.message !== 'Not asked yet') return;
    const since = new Date().toISOString();
    state[server] = {
      isUp,
      since,
      message: isUp
        ? `${names[server]} answers`
        : `${names[server]} has given no answer since ${clockTime(since, since)}. This page comes back by itself once it does`,
    };
    if (!isUp && server === 'database') for (const lose of waiting) lose(outage('database'));
  };

  /** A question that hangs is asked once, not once a second. */
  let asked: Promise<unknown> | undefined;
  const askDatabase = () => {
    asked ??= database.sql`select 1`.finally(() => (asked = undefined));
    return within(answersWithinMs, asked);
  };
  const askTemporal = () =>
    within(
      answersWithinMs + 500,
      client.withDeadline(Date.now() + answersWithinMs, () =>
        client.workflowService.getSystemInfo({}),
      ),
    );
  const look = async () => {
    const answers = await Promise.allSettled([askTemporal(), askDatabase()]);
    note('temporal', answers[0].status === 'fulfilled');
    note('database', answers[1].status === 'fulfilled');
  };

  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  const lookAgain = async (): Promise<void> => {
    await look();
    if (isClosed) return;
    timer = setTimeout(() => {
      looking = lookAgain();
    }, lookEveryMs);
    timer.unref();
  };
  let looking = lookAgain();
  const first = looking;

  const during = <T>(work: Promise<T>): Promise<T> => {
    if (!state.database.isUp) {
      work.catch(() => undefined);
      return Promise.reject(outage('database'));
    }
    return new Promise((resolve, reject) => {
      waiting.add(reject);
      work.then(resolve, reject).finally(() => waiting.delete(reject));
    });
  };

  return {
    async read() {
      await first;
      return { ...state };
    },

    during,

    ask: (question) => during(client.withDeadline(Date.now() + askedWithinMs, question)),

    outageOf(error) {
      const server = lostServerOf(error);
      if (!server) return undefined;
      note(server, false);
      return outage(server);
    },

    async close() {
      isClosed = true;
      clearTimeout(timer);
      await looking;
    },
  };
}

/** Which server an error says is away, below all wrapping. */
function lostServerOf(error: unknown): Server | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (isGrpcServiceError(cause)) {
      return temporalAway.includes(cause.code) ? 'temporal' : undefined;
    }
    if (isDatabaseAway(cause)) return 'database';
    if (cause instanceof ServiceError && cause.cause === undefined) return 'temporal';
  }
  return undefined;
}

/** Host and port of the database; its address holds a password. */
const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : 'DATABASE_URL');
