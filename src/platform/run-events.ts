import type { Client } from '@temporalio/client';
import { historyToJSON, type History } from '@temporalio/common/lib/proto-utils.js';
import { z } from 'zod';
import type { RunEvents } from '../contracts/api.ts';
import type { PayloadStore } from './payloads.ts';

type RunEvent = RunEvents['events'][number];

/** One execution of a workflow. */
export interface Execution {
  readonly workflowId: string;
  readonly runId: string;
}

const pageSize = 200;
const longestValue = 8_000;
const mostTokens = 100;

const Event = z.looseObject({
  eventId: z.coerce.number(),
  eventTime: z.string(),
  eventType: z.string(),
});
const Payload = z.object({
  metadata: z.object({ encoding: z.string(), messageType: z.string().optional() }),
  data: z.string().optional(),
});
/** What stands in a history for a payload that is kept in our table. */
const Reference = z.object({ claimData: z.object({ sha256: z.string() }) });
const referenceType = 'temporal.api.sdk.v1.ExternalStorageReference';

/** Reads raw histories from the server, newest event first. */
export interface HistoryReader {
  /**
   * At most 200 events with values readable and long ones cut.
   *
   * @param before only events with a smaller id; the newest ones when left out.
   */
  page(execution: Execution, before?: number): Promise<RunEvents>;
  /** The arguments a run was started with. */
  args(execution: Execution): Promise<unknown>;
}

/**
 * @param client whose server holds the histories; callers set the deadline.
 * @param payloads where what is too large for a history is kept.
 */
export function createHistoryReader(client: Client, payloads: Payloads): HistoryReader {
  /** Where a page begins, so that the next one need not walk from the end again. */
  const tokens = new Map<string, Uint8Array>();

  const request = ({ workflowId, runId }: Execution) => ({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: pageSize,
  });
  const keep = (key: string, token: Uint8Array) => {
    tokens.set(key, token);
    const [oldest] = tokens.keys();
    if (tokens.size > mostTokens && oldest !== undefined) tokens.delete(oldest);
  };

  return {
    async page(execution, before) {
      const keyOf = (id: number) => `${execution.runId}:${id}`;
      let nextPageToken = before === undefined ? undefined : tokens.get(keyOf(before));
      let found: RunEvent[] = [];
      do {
        const reply = await client.workflowService.getWorkflowExecutionHistoryReverse({
          ...request(execution),
          ...(nextPageToken ? { nextPageToken } : {}),
        });
        const events = await eventsOf(reply.history ?? {}, payloads);
        found = found.concat(events.filter((event) => before === undefined || event.id < before));
        nextPageToken = reply.nextPageToken.length > 0 ? reply.nextPageToken : undefined;
      } while (nextPageToken && found.length < pageSize);
      const events = found.slice(0, pageSize);
      const last = events.at(-1);
      const next = last && last.id > 1 ? last.id : null;
      if (next !== null && nextPageToken && found.length === events.length) {
        keep(keyOf(next), nextPageToken);
      }
      return { events, next };
    },

    async args(execution) {
      const reply = await client.workflowService.getWorkflowExecutionHistory({
        ...request(execution),
        maximumPageSize: 1,
      });
      const [first] = await eventsOf(reply.history ?? {}, payloads, Infinity);
      const Started = z.object({ input: z.object({ payloads: z.array(z.unknown()) }) });
      const started = Started.safeParse(first?.detail);
      return started.success ? started.data.input.payloads[0] : null;
    },
  };
}

/** A JSON value, or what it begins with when it is longer than `longest` characters of JSON. */
export function cut(value: unknown, longest: number): unknown {
  const json = JSON.stringify(value);
  if (value === undefined || json.length <= longest) return value ?? null;
  const begins = typeof value === 'string' ? value : json;
  return { cutAt: longest, length: json.length, begins: begins.slice(0, longest) };
}

async function eventsOf(
  history: History,
  payloads: Payloads,
  longest = longestValue,
): Promise<readonly RunEvent[]> {
  const { events = [] } = z
    .object({ events: z.array(Event).optional() })
    .parse(JSON.parse(historyToJSON(history)));
  const kept = await payloads.read(referencesIn(events), isFinite(longest) ? longest : undefined);
  return events.map((event) => ({
    id: event.eventId,
    at: new Date(event.eventTime).toISOString(),
    type: nameOf(event.eventType),
    detail: readable(
      Object.entries(event).find(([key]) => key.endsWith('EventAttributes'))?.[1] ?? {},
      longest,
      kept,
    ),
  }));
}

/** `EVENT_TYPE_ACTIVITY_TASK_STARTED` as people write it: `ActivityTaskStarted`. */
const nameOf = (type: string): string =>
  type
    .replace('EVENT_TYPE_', '')
    .toLowerCase()
    .replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** The same value with its payloads decoded and what is long cut. */
function readable(value: unknown, longest: number, kept: Kept): unknown {
  if (Array.isArray(value)) return value.map((each) => readable(each, longest, kept));
  if (typeof value !== 'object' || value === null) return cut(value, longest);
  const payload = Payload.safeParse(value);
  const hash = payload.success ? referenceOf(payload.data) : undefined;
  if (hash !== undefined) return keptValue(hash, kept);
  if (payload.success) return cut(decoded(payload.data), longest);
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, readable(each, longest, kept)]),
  );
}

type Payloads = Pick<PayloadStore, 'read'>;
type Kept = Awaited<ReturnType<Payloads['read']>>;

/** The hash in place of a payload that is kept in our table; `undefined` for one that stands here. */
function referenceOf({ metadata, data = '' }: z.infer<typeof Payload>): string | undefined {
  const type = Buffer.from(metadata.messageType ?? '', 'base64').toString();
  if (type !== referenceType) return undefined;
  const json: unknown = JSON.parse(Buffer.from(data, 'base64').toString());
  return Reference.safeParse(json).data?.claimData.sha256;
}

function referencesIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const payload = Payload.safeParse(value);
  if (payload.success) {
    const hash = referenceOf(payload.data);
    return hash === undefined ? [] : [hash];
  }
  return Object.values(value).flatMap(referencesIn);
}

/** A kept payload as far as it was read, in the form of `cut`. */
function keptValue(hash: string, kept: Kept): unknown {
  const payload = kept.get(hash);
  if (!payload) return { deleted: `It went with the histories of its time (sha256 ${hash})` };
  const { encoding, size: length, begins } = payload;
  const text = Buffer.from(begins).toString();
  if (begins.length < length) return { cutAt: begins.length, length, begins: text };
  return encoding.startsWith('json/') ? JSON.parse(text) : { encoding, bytes: length };
}

function decoded({ metadata, data = '' }: z.infer<typeof Payload>): unknown {
  const encoding = Buffer.from(metadata.encoding, 'base64').toString();
  if (encoding === 'binary/null') return null;
  const bytes = Buffer.from(data, 'base64');
  return encoding.startsWith('json/')
    ? JSON.parse(bytes.toString())
    : { encoding, bytes: bytes.length };
}
