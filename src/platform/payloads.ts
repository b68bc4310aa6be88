import { createHash } from 'node:crypto';
import {
  ExternalStorage,
  StorageDriverClaim,
  type DataConverter,
  type Payload,
} from '@temporalio/common';
import type { Database } from './database.ts';

/** The beginning of a payload that is kept outside of history. */
interface StoredPayload {
  readonly encoding: string;
  /** Bytes of the whole. */
  readonly size: number;
  readonly begins: Uint8Array;
}

/** Large arguments and results of runs: histories carry a reference, the table `payloads` the bytes. */
export interface PayloadStore {
  /** For everybody who reads or writes histories: clients, workers and replays. */
  readonly dataConverter: DataConverter;
  /**
   * What is kept under these hashes; those that were deleted are left out.
   *
   * @param mostBytes of each; all of them when left out.
   */
  read(hashes: readonly string[], mostBytes?: number): Promise<ReadonlyMap<string, StoredPayload>>;
}

/** Payloads of at least this many bytes never enter a history. */
const largestInHistory = 16 * 1024;
/** Written into each reference: never changed. */
const driverName = 'postgres';
/** How old a row may get before another use of the same bytes counts as a new one. */
const freshFor = '1 hour';

/** A payload that a history refers to was deleted; the message says when that happens. */
class PayloadGone extends Error {
  override readonly name = 'PayloadGone';
}

/** Whether this error, or one below it, says that a payload was deleted. */
export function isPayloadGone(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof PayloadGone) return true;
  }
  return false;
}

/** @param database where the table `payloads` is. */
export function createPayloadStore({ sql }: Database): PayloadStore {
  async function store(payloads: readonly Payload[]): Promise<StorageDriverClaim[]> {
    const rows = payloads.map(rowOf);
    const distinct = [...new Map(rows.map((row) => [row.hash, row])).values()];
    await sql`
      insert into payloads ${sql(distinct, 'hash', 'encoding', 'metadata', 'size', 'data')}
      on conflict (hash) do update set stored_at = now()
      where payloads.stored_at < now() - ${freshFor}::interval`;
    return rows.map(({ hash }) => new StorageDriverClaim({ sha256: hash }));
  }

  async function retrieve(claims: readonly StorageDriverClaim[]): Promise<Payload[]> {
    const hashes = claims.map(({ claimData }) => claimData.sha256 ?? '');
    const rows = await sql<{ hash: string; metadata: unknown; data: Uint8Array }[]>`
      select hash, metadata, data from payloads where hash = any(${[...new Set(hashes)]})`;
    const found = new Map(rows.map((row) => [row.hash, row]));
    return hashes.map((hash) => {
      const row = found.get(hash);
      if (!row) {
        throw new PayloadGone(
          `The payload ${hash} is no longer kept: it goes TEMPORAL_RETENTION_DAYS after the runs that used it, so this history is older than that, or the database is another one`,
        );
      }
      return { metadata: bytesOf(row.metadata), data: row.data };
    });
  }

  const externalStorage = new ExternalStorage({
    drivers: [
      {
        name: driverName,
        type: 'agentic.postgres',
        store: (_, payloads) => store(payloads),
        retrieve: (_, claims) => retrieve(claims),
      },
    ],
    payloadSizeThreshold: largestInHistory,
  });
  return {
    dataConverter: { externalStorage },

    async read(hashes, mostBytes) {
      if (hashes.length === 0) return new Map();
      const rows = await sql<(StoredPayload & { hash: string })[]>`
        select hash, encoding, size, substring(data from 1 for ${mostBytes ?? null}::int) as begins
        from payloads where hash = any(${[...new Set(hashes)]}) and ${mostBytes !== undefined}
        union all
        select hash, encoding, size, data as begins
        from payloads where hash = any(${[...new Set(hashes)]}) and ${mostBytes === undefined}`;
      return new Map(rows.map(({ hash, ...payload }) => [hash, payload]));
    },
  };
}

/** Metadata is text by Temporal's convention: `encoding` is `json/plain`. */
function rowOf({ metadata, data }: Payload) {
  const texts = Object.fromEntries(
    Object.entries(metadata ?? {})
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [name, Buffer.from(value).toString()]),
  );
  const bytes = Buffer.from(data ?? []);
  const hash = createHash('sha256').update(JSON.stringify(texts)).update('\0').update(bytes);
  return {
    hash: hash.digest('hex'),
    encoding: texts.encoding ?? '',
    metadata: texts,
    size: bytes.length,
    data: bytes,
  };
}

const bytesOf = (metadata: unknown): Record<string, Uint8Array> =>
  Object.fromEntries(
    Object.entries(typeof metadata === 'object' ? { ...metadata } : {}).map(
      ([name, value]: [string, unknown]) => [name, Buffer.from(String(value))],
    ),
  );
