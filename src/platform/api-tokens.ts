import { createHash, randomBytes } from 'node:crypto';
import type { ApiToken, CreatedToken, Role } from '../contracts/sign-in.ts';
import type { Database } from './database.ts';
import { createLookup } from './together.ts';

/** A token of this name is in use. */
export class NameTaken extends Error {
  override readonly name = 'NameTaken';
}

interface Wish {
  readonly name: string;
  readonly role: Role;
  readonly days: number;
}

/** Ways in for programs: named, with a role, for a time. Only hashes of their secrets are kept. */
export interface ApiTokens {
  /** @returns the token with its secret, which nobody can ask for again. @throws {NameTaken} */
  create(wish: Wish, by: string): Promise<CreatedToken>;
  /** Newest first, also those that are over. */
  list(): Promise<ApiToken[]>;
  /** @param which its id or name. @returns the token, if there was one in use. */
  revoke(which: number | string): Promise<ApiToken | undefined>;
  /** The token with this secret, while it is valid; notes its use at most once a minute. */
  find(secret: string): Promise<Pick<ApiToken, 'name' | 'role'> | undefined>;
}

interface Row extends Pick<ApiToken, 'id' | 'name' | 'role' | 'createdBy'> {
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

/** @param database where the table `api_tokens` is. */
export function createApiTokens({ sql }: Pick<Database, 'sql'>): ApiTokens {
  const columns = sql`id::int, name, role, created_by as "createdBy", created_at as "createdAt",
    expires_at as "expiresAt", last_used_at as "lastUsedAt", revoked_at as "revokedAt"`;
  const byHash = createLookup(async (hashes: readonly string[]) => {
    const rows = await sql<(Pick<ApiToken, 'name' | 'role'> & { hash: string })[]>`
      select hash, name, role from api_tokens
      where hash = any(${[...hashes]}::text[]) and revoked_at is null and expires_at > now()`;
    if (rows.length > 0) {
      await sql`
        update api_tokens set last_used_at = now() where hash in ${sql(rows.map((row) => row.hash))}
          and (last_used_at is null or last_used_at < now() - interval '1 minute')`;
    }
    return new Map(rows.map(({ hash, ...token }) => [hash, token]));
  });
  return {
    async create({ name, role, days }, by) {
      const secret = `agentic_${randomBytes(32).toString('base64url')}`;
      const [row] = await sql<Row[]>`
        insert into api_tokens (name, hash, role, created_by, expires_at)
        values (${name}, ${hashOf(secret)}, ${role}, ${by}, now() + make_interval(days => ${days}))
        on conflict do nothing returning ${columns}`;
      if (!row) {
        throw new NameTaken(
          `A token “${name}” is in use: give this one another name, or revoke that one first`,
        );
      }
      return { ...tokenOf(row), secret };
    },

    async list() {
      const rows = await sql<Row[]>`select ${columns} from api_tokens order by id desc`;
      return rows.map(tokenOf);
    },

    async revoke(which) {
      const [row] = await sql<Row[]>`
        update api_tokens set revoked_at = now()
        where ${typeof which === 'number' ? sql`id = ${which}` : sql`name = ${which}`}
          and revoked_at is null
        returning ${columns}`;
      return row && tokenOf(row);
    },

    find: (secret) => byHash(hashOf(secret)),
  };
}

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');

const tokenOf = ({ createdAt, expiresAt, lastUsedAt, revokedAt, ...row }: Row): ApiToken => ({
  ...row,
  createdAt: createdAt.toISOString(),
  expiresAt: expiresAt.toISOString(),
  lastUsedAt: lastUsedAt?.toISOString() ?? null,
  revokedAt: revokedAt?.toISOString() ?? null,
});
