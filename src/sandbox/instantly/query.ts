import { z } from 'zod';

/** The vendor says no. Becomes the answer's status and message. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Whole UTC days as days since 1970-01-01, both ends included; empty when `last < first`. */
export interface DayRange {
  readonly first: number;
  readonly last: number;
}

const dayMs = 86_400_000;
const longestRangeDays = 31;
const mostAddresses = 200;

/** The number of a day, `YYYY-MM-DD` or an instant within it. */
export const dayNumber = (text: string): number => Math.floor(Date.parse(text) / dayMs);
/** The day of a number, `YYYY-MM-DD`. */
export const dayText = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10);

/** The days daily analytics of accounts are asked for: at most 31, by default the last 30. */
export function accountDays(query: URLSearchParams, today: number): DayRange {
  const start = momentIn(query, 'start_date');
  const end = momentIn(query, 'end_date');
  const last = end === undefined ? today : Math.floor(end / dayMs);
  const first = start === undefined ? last - 29 : Math.floor(start / dayMs);
  if (first > last) throw new Refusal(400, 'start_date must not be after end_date');
  if (last - first + 1 > longestRangeDays) {
    throw new Refusal(400, `The date range must not exceed ${longestRangeDays} days`);
  }
  return { first, last };
}

/**
 * The days campaign figures are asked for, by default the year that ends with today. A date means
 * its midnight, so that a date-only `end_date` leaves its own day out, unless the workspace counts
 * it.
 */
export function campaignDays(
  query: URLSearchParams,
  today: number,
  endDayCounts: boolean,
): DayRange {
  const end = momentIn(query, 'end_date') ?? (today + 1) * dayMs;
  const start = momentIn(query, 'start_date') ?? end - 365 * dayMs;
  if (start > end) throw new Refusal(400, 'start_date must not be after end_date');
  const isEndDayAsked = endDayCounts && query.has('end_date');
  return {
    first: Math.floor(start / dayMs),
    last: isEndDayAsked ? Math.floor(end / dayMs) : Math.ceil(end / dayMs) - 1,
  };
}

/** The `emails` filter: repeated, comma-joined or both. `undefined` when there is none. */
export function emailsIn(query: URLSearchParams): readonly string[] | undefined {
  if (!query.has('emails')) return undefined;
  const emails = query
    .getAll('emails')
    .flatMap((value) => value.split(','))
    .map((email) => email.trim())
    .filter((email) => email !== '');
  if (emails.length < 1 || new Set(emails).size > mostAddresses) {
    throw new Refusal(400, `emails must hold 1 to ${mostAddresses} addresses`);
  }
  if (new Set(emails).size < emails.length) {
    throw new Refusal(400, 'emails must not hold duplicates');
  }
  return emails;
}

/** The values of a parameter, each checked by the schema; empty when it is absent. */
export function valuesIn<T>(
  query: URLSearchParams,
  name: string,
  schema: z.ZodType<T>,
): readonly T[] {
  return query.getAll(name).map((value) => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new Refusal(400, `querystring/${name} ${parsed.error.issues[0]?.message ?? 'is wrong'}`);
  });
}

/** The instant a date or time parameter means, in milliseconds. */
function momentIn(query: URLSearchParams, name: string): number | undefined {
  const moment = z.union([z.iso.date(), z.iso.datetime({ offset: true })], {
    error: 'must be a date (YYYY-MM-DD) or an ISO 8601 time',
  });
  const [text] = valuesIn(query, name, moment);
  return text === undefined ? undefined : Date.parse(text);
}

/** A body as the schema describes it. @throws {Refusal} 400 in the vendor's words. */
export function readBody<T extends z.ZodType>(schema: T, body: unknown): z.output<T> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = ['body', ...(issue?.path ?? [])].join('/');
  if (issue?.code === 'unrecognized_keys') {
    throw new Refusal(
      400,
      `${place} must NOT have additional properties: ${issue.keys.join(', ')}`,
    );
  }
  throw new Refusal(400, `${place} ${issue?.message ?? 'is wrong'}`);
}

interface Paging<T> {
  readonly query: URLSearchParams;
  readonly options: {
    readonly pageSize: number;
    readonly trailingCursor: boolean;
    readonly stuckCursor: boolean;
  };
  readonly cursorOf: (entry: T) => string;
  /** Index of the first entry behind a cursor; `undefined` for a cursor we never gave. */
  readonly indexAfter: (cursor: string) => number | undefined;
}

/** One page of a list in the vendor's form. */
export function pageOf<T>(entries: readonly T[], paging: Paging<T>) {
  const { query, options } = paging;
  const limits = z.coerce.number('must be a number').int('must be a whole number');
  const [limit = options.pageSize] = valuesIn(
    query,
    'limit',
    limits.min(1, 'must be >= 1').max(100, 'must be <= 100'),
  );
  const cursor = query.get('starting_after') ?? undefined;
  const start = cursor === undefined ? 0 : paging.indexAfter(cursor);
  if (start === undefined) throw new Refusal(400, 'querystring/starting_after is not a cursor');

  const items = entries.slice(start, start + limit);
  const last = items.at(-1);
  if (last === undefined) return { items };
  const isLastPage = start + items.length >= entries.length;
  if (isLastPage && options.stuckCursor && cursor !== undefined) {
    return { items, next_starting_after: cursor };
  }
  if (isLastPage && !options.trailingCursor) return { items };
  return { items, next_starting_after: paging.cursorOf(last) };
}
