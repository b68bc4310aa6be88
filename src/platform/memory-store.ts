import { createHash } from 'node:crypto';
import type { Sql, TransactionSql } from 'postgres';
import { agents } from '../contracts/agents.ts';
import type {
  Canary,
  MemoryEntry,
  NewMemoryEntry,
  Observation,
  World,
} from '../contracts/memory.ts';
import { objectionTo } from '../rules/gate.ts';
import { learn } from '../rules/learn.ts';
import { nothingKnown, rulesVersion, type Memory } from '../rules/memory.ts';
import { remember } from '../rules/remember.ts';
import type { Database } from './database.ts';

/** Whose memory it is: an agent's, of live vendors or of stand-ins. */
export interface MemoryOwner {
  readonly agent: string;
  readonly world: World;
}

/** Memory as it was after an entry of its log. */
export interface MemorySnapshot {
  /** 0 before the first entry. */
  readonly seq: number;
  /** SHA-256 of the memory, in hexadecimal. */
  readonly hash: string;
  readonly memory: Memory;
  /** Why runs do not obey it; null when they do, or did. */
  readonly refused: string | null;
}

/** One run's wish to try something for all others. */
interface CanaryWish extends MemoryOwner {
  readonly capability: string;
  readonly account: string;
  readonly canary: Canary;
  /** The workflow that would try; the id of a swarm and, behind a space, which of its activities. */
  readonly owner: string;
}

/** The memories of all agents: logs that only grow, what was made of them, and who tries for all. */
export interface MemoryStore {
  /** What runs obey now: the newest snapshot that was not refused. Costs one small query. */
  current(of: MemoryOwner): Promise<MemorySnapshot>;
  /** The newest snapshot, refused or not. */
  newest(of: MemoryOwner): Promise<MemorySnapshot>;
  /** Memory as it was after an entry; `undefined` when there is none with this number. */
  at(of: MemoryOwner, seq: number): Promise<MemorySnapshot | undefined>;
  /** Entries in their order. @param after only those behind this one. */
  log(of: MemoryOwner, after?: number): Promise<readonly MemoryEntry[]>;
  /** Memories that have at least one entry. */
  owners(): Promise<readonly MemoryOwner[]>;
  /**
   * Adds an entry and makes the next snapshot of it, which goes live unless the gate objects.
   * Entries of one memory take turns. Observations that stand in an entry already are left out, and
   * when none is left there is no entry: so a repeat changes nothing.
   *
   * @returns the newest snapshot. All processes hear `agent/world` on the channel `memory`.
   */
  append(of: MemoryOwner, entry: NewMemoryEntry): Promise<MemorySnapshot>;
  /**
   * Lets one run of a capability and account try for all others: who asks first, or once the one
   * before is done or its hour is over. Whoever asks again gets its own again. A method that nobody
   * knows is tried once a day at most.
   *
   * @returns what this run may try, or null.
   */
  claimCanary(wish: CanaryWish): Promise<Canary | null>;
  /** Ends what these workflows and swarms try. */
  releaseCanaries(of: MemoryOwner, owners: readonly string[]): Promise<void>;
}

/** Where processes hear that a memory has a new entry. */
export const memoryChannel = 'memory';

/** Entries whose observations a new snapshot is held against. */
const entriesOfEvidence = 100;

/** @param database where the tables of memory are; its clock counts for canaries. */
export function createMemoryStore({ sql }: Pick<Database, 'sql'>): MemoryStore {
  const lives = new Map<string, MemorySnapshot>();

  const snapshotOf = async (db: Db, of: MemoryOwner, which: Which) => {
    const [row] = await db<(MemorySnapshot & { readonly rules: number })[]>`
      select seq, hash, memory, refused, rules from memory_snapshots
      where agent = ${of.agent} and world = ${of.world}
        ${typeof which === 'number' ? db`and seq = ${which}` : which === 'live' ? db`and refused is null` : db``}
      order by seq desc limit 1`;
    return row;
  };

  return {
    async current(of) {
      const name = nameOf(of);
      const known = lives.get(name) ?? nothing;
      const [head] = await sql<{ seq: number }[]>`
        select seq from memory_snapshots
        where agent = ${of.agent} and world = ${of.world} and refused is null
        order by seq desc limit 1`;
      if (!head || head.seq === known.seq) return known;
      const snapshot = asSnapshot(await snapshotOf(sql, of, 'live'));
      lives.set(name, snapshot);
      return snapshot;
    },

    newest: async (of) => asSnapshot(await snapshotOf(sql, of, 'newest')),

    async at(of, seq) {
      if (seq === 0) return nothing;
      const row = await snapshotOf(sql, of, seq);
      return row && asSnapshot(row);
    },

    log: (of, after = 0) => entriesOf(sql, of, after),

    owners: () => sql<MemoryOwner[]>`
      select distinct agent, world from memory_entries where seq = 1 order by agent, world`,

    append: (of, entry) =>
      sql.begin(async (tx) => {
        await tx`select pg_advisory_xact_lock(hashtextextended(${`memory ${nameOf(of)}`}, 0))`;
        const row = await snapshotOf(tx, of, 'newest');
        const head = asSnapshot(row);
        const seq = head.seq + 1;
        const next = await numbered(tx, of, entry, seq);
        if (!next) return head;
        const isOfOlderRules = row !== undefined && row.rules !== rulesVersion;
        const before = isOfOlderRules ? remember(await entriesOf(tx, of)) : head.memory;
        const past = await pastOf(tx, of, next);
        const memory = learn(before, next, (wanted) => (wanted === past?.seq ? past : undefined));
        const live = asSnapshot(await snapshotOf(tx, of, 'live'));
        const refused = isSaidByPerson(next, head)
          ? null
          : objectionTo({
              live: live.memory,
              next: memory,
              evidence: [...(await evidenceOf(tx, of)), ...observationsIn(next)],
              capabilities:
                agents.find(({ id }) => id === of.agent)?.capabilities.map(declared) ?? [],
              at: next.at,
            });
        const hash = hashOf(memory);
        await tx`insert into memory_entries (agent, world, seq, at, entry)
          values (${of.agent}, ${of.world}, ${seq}, ${next.at}, ${json(next)}::text::jsonb)`;
        await tx`insert into memory_snapshots (agent, world, seq, hash, rules, memory, refused)
          values (${of.agent}, ${of.world}, ${seq}, ${hash}, ${rulesVersion}, ${json(memory)}::text::jsonb,
            ${refused})`;
        await tx`select pg_notify(${memoryChannel}, ${nameOf(of)})`;
        return { seq, hash, memory, refused };
      }),

    async claimCanary({ agent, world, capability, account, canary, owner }) {
      const isNew = canary.kind === 'method';
      const [own] = await sql<{ canary: Canary }[]>`
        select canary from memory_canaries where agent = ${agent} and world = ${world}
          and capability = ${capability} and account = ${account}
          and owner = ${owner} and expires > now()`;
      if (own) return own.canary;
      const [claimed] = await sql<{ canary: Canary }[]>`
        insert into memory_canaries as c (agent, world, capability, account, canary, owner,
          claimed_at, expires, explored_at)
        values (${agent}, ${world}, ${capability}, ${account}, ${json(canary)}::text::jsonb, ${owner},
          now(), now() + interval '1 hour', case when ${isNew} then now() end)
        on conflict (agent, world, capability, account) do update set canary = excluded.canary,
          owner = excluded.owner, claimed_at = excluded.claimed_at, expires = excluded.expires,
          explored_at = coalesce(excluded.explored_at, c.explored_at)
        where (c.owner is null or c.owner = excluded.owner or c.expires <= now())
          and (excluded.explored_at is null or c.explored_at is null
            or c.explored_at <= now() - interval '1 day')
        returning canary`;
      return claimed?.canary ?? null;
    },

    async releaseCanaries({ agent, world }, owners) {
      const over = sql(['', ...owners]);
      await sql`update memory_canaries set owner = null
        where agent = ${agent} and world = ${world}
          and (owner in ${over} or split_part(owner, ' ', 1) in ${over})`;
    },
  };
}

type Db = Sql | TransactionSql;
type Which = number | 'live' | 'newest';

const nameOf = ({ agent, world }: MemoryOwner): string => `${agent}/${world}`;

const asSnapshot = (row: MemorySnapshot | undefined): MemorySnapshot =>
  row ? { seq: row.seq, hash: row.hash, memory: row.memory, refused: row.refused } : nothing;

const json = (value: unknown): string => JSON.stringify(value);

/** The same for the same memory, in whatever order the database gives back its keys. */
export const hashOf = (memory: Memory): string =>
  createHash('sha256')
    .update(
      JSON.stringify(memory, (_, value: unknown) =>
        typeof value === 'object' && value !== null && !Array.isArray(value)
          ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
          : value,
      ),
    )
    .digest('hex');

const nothing: MemorySnapshot = {
  seq: 0,
  hash: hashOf(nothingKnown),
  memory: nothingKnown,
  refused: null,
};

/** The entry with its number and only what is new in it; `undefined` when nothing is. */
async function numbered(
  tx: Db,
  { agent, world }: MemoryOwner,
  entry: NewMemoryEntry,
  seq: number,
): Promise<MemoryEntry | undefined> {
  if (entry.kind === 'human') return { ...entry, seq };
  const ids = [...new Set(entry.observations.map(({ id }) => id))];
  const rows = await tx<{ id: string }[]>`
    insert into memory_observations (agent, world, id, seq)
    select ${agent}, ${world}, id, ${seq} from json_array_elements_text(${json(ids)}::text::json) as id
    on conflict do nothing returning id`;
  const left = new Set(rows.map(({ id }) => id));
  const observations = entry.observations.filter(({ id }) => left.delete(id));
  return observations.length === 0 ? undefined : { ...entry, observations, seq };
}

const entriesOf = async (
  db: Db,
  { agent, world }: MemoryOwner,
  after = 0,
): Promise<readonly MemoryEntry[]> => {
  const rows = await db<{ entry: MemoryEntry }[]>`
    select entry from memory_entries
    where agent = ${agent} and world = ${world} and seq > ${after} order by seq`;
  return rows.map(({ entry }) => entry);
};

/** What was seen in the last entries. */
async function evidenceOf(db: Db, { agent, world }: MemoryOwner): Promise<readonly Observation[]> {
  const rows = await db<{ entry: MemoryEntry }[]>`
    select entry from memory_entries where agent = ${agent} and world = ${world}
    order by seq desc limit ${entriesOfEvidence}`;
  return rows.flatMap(({ entry }) => observationsIn(entry));
}

const observationsIn = (entry: MemoryEntry): readonly Observation[] =>
  entry.kind === 'observed' ? entry.observations : [];

/** The memory that a person goes back to. */
async function pastOf(db: Db, of: MemoryOwner, entry: MemoryEntry): Promise<Memory | undefined> {
  if (entry.kind !== 'human' || entry.act.kind !== 'rolled-back') return undefined;
  const { to } = entry.act;
  if (to === 0) return nothingKnown;
  return remember((await entriesOf(db, of)).filter(({ seq }) => seq <= to));
}

/** A person's word goes live; but not with what stands refused beside it, unless it goes back. */
const isSaidByPerson = (entry: MemoryEntry, head: MemorySnapshot): boolean =>
  entry.kind === 'human' && (head.refused === null || entry.act.kind === 'rolled-back');

const declared = (capability: (typeof agents)[number]['capabilities'][number]) => ({
  ...capability,
  methods: [...capability.methods],
});
