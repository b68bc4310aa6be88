import type { Allowed, Person, Role } from '../contracts/sign-in.ts';
import { roleOf } from '../rules/roles.ts';
import type { Database } from './database.ts';
import { createLookup } from './together.ts';

/** Another Google account had this address before; an admin has to remove it first. */
export class AddressTaken extends Error {
  override readonly name = 'AddressTaken';
}

/** The settings say this person's role; only they change it. */
export class SetBySettings extends Error {
  override readonly name = 'SetBySettings';
}

/** Who Google says somebody is. */
export interface Account {
  /** Google's name for the account, for ever. */
  readonly sub: string;
  readonly email: string;
  readonly name: string;
  /** The organisation it belongs to, if Google names one. */
  readonly domain: string | null;
}

type Known = Pick<Person, 'id' | 'email' | 'role'>;

/** Who may sign in, and as what. */
export interface People {
  /** Notes that somebody is there, under the account they came with. @throws {AddressTaken} */
  signIn(account: Account): Promise<Known>;
  /** What an account may do without anything being noted. */
  roleFor(account: Account): Promise<Role | null>;
  /** Who this is now; `undefined` when they were removed. */
  find(id: number): Promise<Known | undefined>;
  list(): Promise<readonly Omit<Person, 'sessions'>[]>;
  /** Lets somebody in, changes their role, or keeps them out. @throws {SetBySettings} */
  set(email: string, role: Role | 'none', by: string): Promise<void>;
  /** Forgets somebody with their sessions. @returns their address, if they were there. */
  remove(id: number): Promise<string | undefined>;
}

interface Row {
  readonly id: number;
  readonly email: string;
  readonly sub: string | null;
  readonly name: string;
  readonly domain: string | null;
  readonly role: Role | 'none' | null;
  readonly addedBy: string;
  readonly addedAt: Date;
  readonly signedInAt: Date | null;
}

/** @param allowed whom settings let in. */
export function createPeople({ sql }: Pick<Database, 'sql'>, allowed: readonly Allowed[]): People {
  const columns = sql`id::int, email, sub, name, domain, role, added_by as "addedBy",
    added_at as "addedAt", signed_in_at as "signedInAt"`;
  const decided = (row: Row) => roleOf({ ...row, given: row.role }, allowed);
  const known = (row: Row): Known => ({ id: row.id, email: row.email, role: decided(row).role });

  /** Those an account may be: under its own name, or by an address that nobody has used yet. */
  const rowsOf = (account: Account) =>
    sql<
      Row[]
    >`select ${columns} from people where sub = ${account.sub} or email = ${account.email}`;
  const ownOf = (rows: readonly Row[], { sub }: Account) =>
    rows.find((row) => row.sub === sub) ?? rows.find((row) => row.sub === null);

  return {
    async signIn({ sub, email, name, domain }) {
      const account = { sub, email, name, domain };
      const rows = await rowsOf(account);
      if (rows.some((row) => row.email === email && row.sub !== null && row.sub !== sub)) {
        throw new AddressTaken(`${email} belonged to another Google account`);
      }
      const own = ownOf(rows, account);
      // who was let in by an address, and came before under another one
      const spare = rows.find((row) => row.id !== own?.id);
      const row = await sql.begin(async (transaction) => {
        if (spare) await transaction`delete from people where id = ${spare.id}`;
        const given = spare?.role ?? own?.role ?? null;
        const [found] = own
          ? await transaction<Row[]>`
              update people set sub = ${sub}, email = ${email}, name = ${name}, domain = ${domain},
                role = ${given}, signed_in_at = now()
              where id = ${own.id} returning ${columns}`
          : await transaction<Row[]>`
              insert into people (sub, email, name, domain, added_by, signed_in_at)
              values (${sub}, ${email}, ${name}, ${domain}, 'sign-in', now())
              returning ${columns}`;
        return found;
      });
      if (!row) throw new Error(`${email} vanished while they signed in`);
      return known(row);
    },

    async roleFor(account) {
      const rows = await rowsOf(account);
      const { email, domain } = account;
      const given = rows.find((row) => row.email === email)?.role ?? ownOf(rows, account)?.role;
      return roleOf({ email, domain, given: given ?? null }, allowed).role;
    },

    find: createLookup(async (ids) => {
      const rows = await sql<Row[]>`
        select ${columns} from people where id = any(${[...ids]}::bigint[])`;
      return new Map(rows.map((row) => [row.id, known(row)]));
    }),

    async list() {
      const rows = await sql<Row[]>`select ${columns} from people order by email`;
      return rows.map((row) => ({
        ...{ id: row.id, email: row.email, name: row.name, addedBy: row.addedBy },
        ...decided(row),
        addedAt: row.addedAt.toISOString(),
        signedInAt: row.signedInAt?.toISOString() ?? null,
      }));
    },

    async set(email, role, by) {
      if (allowed.some(({ who }) => who === email)) {
        throw new SetBySettings(
          `SIGN_IN_ALLOW says the role of ${email}: change it there. Nothing was changed`,
        );
      }
      await sql`
        insert into people (email, role, added_by) values (${email}, ${role}, ${by})
        on conflict (email) do update set role = excluded.role`;
    },

    async remove(id) {
      const [row] = await sql<{ email: string }[]>`
        delete from people where id = ${id} returning email`;
      return row?.email;
    },
  };
}
