import { createHash } from 'node:crypto';
import type { BrowserSession } from '../contracts/sign-in.ts';
import type { Database } from './database.ts';
import { createLookup } from './together.ts';

/** What is kept of one browser. */
interface SessionRow {
  /** JSON. */
  readonly data: string;
  /** The same for all ids of one sign-in; null before somebody has signed in. */
  readonly family: string | null;
  readonly person: number | null;
  readonly address: string;
  readonly browser: string;
  readonly endsAt: Date;
}

/** The sessions of browsers, found by the id that their cookie holds; only its hash is kept. */
export interface Sessions {
  /** What was kept, while it is valid. */
  read(id: string): Promise<unknown>;
  write(id: string, row: SessionRow): Promise<void>;
  /** Notes that it is in use, at most once a minute. */
  touch(id: string): Promise<void>;
  end(id: string): Promise<void>;
  /**
   * Takes an id out of use because another one follows: requests under way may use it for a minute.
   *
   * @returns false when somebody else has done so.
   */
  replace(id: string): Promise<boolean>;
  /** Whether a sign-in still holds. */
  isAlive(family: string): Promise<boolean>;
  /** Ends one sign-in of a person, or all. @returns how many ended. */
  revoke(person: number, family?: string): Promise<number>;
  /** By person. */
  list(): Promise<ReadonlyMap<number, readonly Omit<BrowserSession, 'isYours'>[]>>;
}

/** @param database where the table `sessions` is. */
export function createSessions({ sql }: Pick<Database, 'sql'>): Sessions {
  const isValid = sql`ends_at > now() and seen_at > now() - interval '12 hours'
    and (replaced_at is null or replaced_at > now() - interval '1 minute')`;
  const alive = createLookup(async (families: readonly string[]) => {
    const rows = await sql<{ family: string }[]>`
      select distinct family from sessions
      where family = any(${[...families]}::text[]) and ${isValid}`;
    return new Map(rows.map(({ family }) => [family, true]));
  });
  return {
    async read(id) {
      const [row] = await sql<{ data: unknown }[]>`
        select data from sessions where hash = ${hashOf(id)} and ${isValid}`;
      return row?.data;
    },

    async write(id, { data, family, person, address, browser, endsAt }) {
      await sql`delete from sessions where ends_at < now()`;
      await sql`
        insert into sessions (hash, family, person, data, address, browser, ends_at)
        values (${hashOf(id)}, ${family}, ${person}, ${data}::text::jsonb,
          ${address}, ${browser.slice(0, 300)}, ${endsAt})
        on conflict (hash) do update set data = excluded.data, family = excluded.family,
          person = excluded.person, ends_at = excluded.ends_at, seen_at = now()`;
    },

    async touch(id) {
      await sql`
        update sessions set seen_at = now()
        where hash = ${hashOf(id)} and seen_at < now() - interval '1 minute'`;
    },

    async end(id) {
      await sql`delete from sessions where hash = ${hashOf(id)}`;
    },

    async replace(id) {
      const { count } = await sql`
        update sessions set replaced_at = now() where hash = ${hashOf(id)} and replaced_at is null`;
      return count === 1;
    },

    isAlive: async (family) => (await alive(family)) === true,

    async revoke(person, family) {
      const rows = await sql<{ family: string }[]>`
        delete from sessions where person = ${person}
          and (${family ?? null}::text is null or family = ${family ?? null})
        returning family`;
      return new Set(rows.map((row) => row.family)).size;
    },

    async list() {
      const rows = await sql<
        {
          person: number;
          id: string;
          since: Date;
          seenAt: Date;
          address: string;
          browser: string;
        }[]
      >`
        select person::int, family as id, min(created_at) as since, max(seen_at) as "seenAt",
          (array_agg(address order by seen_at desc))[1] as address,
          (array_agg(browser order by seen_at desc))[1] as browser
        from sessions where person is not null and ${isValid}
        group by person, family order by max(seen_at) desc`;
      return Map.groupBy(
        rows.map(({ since, seenAt, ...row }) => ({
          ...row,
          since: since.toISOString(),
          seenAt: seenAt.toISOString(),
        })),
        ({ person }) => person,
      );
    },
  };
}

const hashOf = (id: string): string => createHash('sha256').update(id).digest('hex');
