/**
 * The only module that talks to the server. Replies are parsed with the contract both sides share;
 * times stay ISO strings, so that the cache can compare what came with what it had.
 */
import { z } from 'zod';
import {
  CampaignAnalytics,
  EmailAnalytics,
  type AnalyticsQuery,
} from '../../contracts/analytics.ts';
import {
  AgentList,
  ApiError,
  LiveMessage,
  liveTopics,
  Overview,
  RunDetail,
  RunEvents,
  RunList,
  RunLogs,
  StartedRun,
  Status,
  type RunQuery,
  type StartRun,
} from '../../contracts/api.ts';
import { BackfillStarted, ScheduleList } from '../../contracts/schedules.ts';
import { DryRun } from '../../contracts/dry-run.ts';

import {
  EffectDetail,
  EffectList,
  SuppressionList,
  SuppressionsAdded,
  type EffectsQuery,
  type EffectVerdict,
} from '../../contracts/effects.ts';
import { FlowKeyDetail } from '../../contracts/flow-history.ts';
import { FlowKeyList, type FlowLimits } from '../../contracts/flow-keys.ts';

import { proofHeader } from './proof.ts';

/** A refused or failed call, as the server put it; `unreachable` when it gave no answer. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly status: number;
  readonly code: string;
  readonly fields: NonNullable<ApiError['fields']>;
  readonly requestId: string | undefined;

  constructor(status: number, error: Omit<ApiError, 'requestId'> & { requestId?: string }) {
    super(error.message);
    this.status = status;
    this.code = error.code;
    this.fields = error.fields ?? [];
    this.requestId = error.requestId;
  }
}

/** One thing that can be read: where, under which live topic, and how its answer is checked. */
export interface Resource<T> {
  readonly path: string;
  readonly topic?: string;
  /** How often to ask while someone looks, for what has no topic. */
  readonly everyMs?: number;
  read(signal?: AbortSignal): Promise<T>;
  parse(data: unknown): T;
}

/** The frame around every page: what is up, who works, which vendors are stand-ins. */
export const statusResource = resource(liveTopics.status, Status, 'status');
/** The morning look. */
export const overviewResource = resource(liveTopics.overview, Overview, 'overview');
/** Every agent with its workers and capabilities. */
export const agentsResource = resource(liveTopics.agents, AgentList, 'agents');
/** Every schedule with its next and recent firings. */
export const schedulesResource = resource(liveTopics.schedules, ScheduleList, 'schedules');
/** Every flow key, with what its work did lately. */
export const flowKeysResource = resource(liveTopics['flow-keys'], FlowKeyList, 'flow-keys');
/** The newest runs, without any filter. */
export const newestRunsResource = resource(liveTopics.runs, RunList, 'runs');

/** One run: the latest execution of the id, or the one named. */
export const runResource = (workflowId: string, runId?: string): Resource<RunDetail> =>
  resource(
    pathOf(runPath(workflowId), { run: runId }),
    RunDetail,
    `run:${workflowId}${runId ? `?run=${runId}` : ''}`,
  );

/** One flow key: its last hours, its history, and the runs that wait for it. */
export const flowKeyResource = (key: string): Resource<FlowKeyDetail> =>
  resource(flowKeyPath(key), FlowKeyDetail, `flow-key:${key}`);

/** The newest effects that match. */
export const effectsResource = (query: Partial<EffectsQuery>): Resource<EffectList> => ({
  ...resource(pathOf('/api/effects', query), EffectList),
  everyMs: 5_000,
});

/** One effect: how it got where it is. */
export const effectResource = (key: string): Resource<EffectDetail> => ({
  ...resource(effectPath(key), EffectDetail),
  everyMs: 5_000,
});

/** Who nothing is sent to; `q` is part of the entries. */
export const suppressionsResource = (q: string | undefined): Resource<SuppressionList> => ({
  ...resource(pathOf('/api/suppressions', { q }), SuppressionList),
  everyMs: 10_000,
});

/** The whole suppression list as a file. */
export const suppressionsCsv = '/api/suppressions.csv';

/** E-mail figures of a range of days. */
export const emailResource = (query: AnalyticsQuery): Resource<EmailAnalytics> =>
  resource(pathOf('/api/analytics/email', query), EmailAnalytics);

/** Campaign figures of the latest range stored within the days asked for. */
export const campaignsResource = (query: AnalyticsQuery): Resource<CampaignAnalytics> =>
  resource(pathOf('/api/analytics/campaigns', query), CampaignAnalytics);

/** The address of the same figures as a file. */
export const csvAddress = (page: 'email' | 'campaigns', query: AnalyticsQuery): string =>
  pathOf(`/api/analytics/${page}.csv`, query);

/** One page of runs, newest first. */
export const readRuns = (query: Partial<RunQuery>, signal?: AbortSignal): Promise<RunList> =>
  get(pathOf('/api/runs', query), RunList, signal);

/** One page of a run's raw history, newest first. */
export const readEvents = (
  workflowId: string,
  runId: string,
  cursor: number | undefined,
  signal?: AbortSignal,
): Promise<RunEvents> =>
  get(pathOf(`${runPath(workflowId)}/events`, { run: runId, cursor }), RunEvents, signal);

/** At most 500 lines of a run's log after the line `after`, oldest first. */
export const readLogs = (
  workflowId: string,
  runId: string,
  after: number | undefined,
  signal?: AbortSignal,
): Promise<RunLogs> =>
  get(pathOf(`${runPath(workflowId)}/logs`, { run: runId, after }), RunLogs, signal);

/** Starts a run, or joins the one that does the same work. */
export const startRun = (body: StartRun): Promise<StartedRun> =>
  post('/api/runs', body, StartedRun);

/**
 * Starts a dry run and waits for what it says.
 *
 * @throws {ApiFailure} when it could not be started, or did not end well.
 */
export async function tryDry(body: StartRun, signal: AbortSignal): Promise<DryRun> {
  const { workflowId, runId } = await startRun({ ...body, dryRun: true });
  for (;;) {
    const { run, output, why } = await runResource(workflowId, runId).read(signal);
    if (run.closedAt !== null) {
      const said = z.object({ result: DryRun }).safeParse(output);
      if (said.success) return said.data.result;
      throw new ApiFailure(0, { code: 'dry-run-failed', message: why });
    }
    await new Promise((resolve) => setTimeout(resolve, dryRunLookMs));
  }
}
const dryRunLookMs = 400;

/** Ends a run: `cancel` lets it tidy up, `terminate` does not. */
export const endRun = (
  workflowId: string,
  runId: string,
  how: 'cancel' | 'terminate',
  reason: string,
): Promise<unknown> =>
  post(pathOf(`${runPath(workflowId)}/${how}`, { run: runId }), { reason }, z.unknown());

/** Stops a schedule, lets it go on, or fires it once now. */
export const steerSchedule = (
  id: string,
  how: 'pause' | 'resume' | 'trigger',
  reason: string,
): Promise<unknown> =>
  post(`/api/schedules/${encodeURIComponent(id)}/${how}`, { reason }, z.unknown());

/** Hands a range of days to a schedule; answers how many. */
export const backfillSchedule = (
  id: string,
  range: { readonly from: string; readonly to: string },
): Promise<z.infer<typeof BackfillStarted>> =>
  post(`/api/schedules/${encodeURIComponent(id)}/backfill`, range, BackfillStarted);

/** Lets no more calls start under a flow key, or lets them start again. */
export const steerFlowKey = (
  key: string,
  how: 'pause' | 'resume',
  reason: string,
): Promise<unknown> => post(`${flowKeyPath(key)}/${how}`, { reason }, z.unknown());

/** Ends a closing before its time; `confirm` is the key's name, needed when the vendor closed it. */
export const openFlowKey = (key: string, reason: string, confirm?: string): Promise<unknown> =>
  post(`${flowKeyPath(key)}/open`, { reason, confirm }, z.unknown());

/** Sets limits in place of the declared ones. */
export const limitFlowKey = (key: string, limits: FlowLimits, reason: string): Promise<unknown> =>
  post(`${flowKeyPath(key)}/limits`, { ...limits, reason }, z.unknown());

/** Takes a person's word for what became of an effect. */
export const settleEffect = (
  key: string,
  verdict: EffectVerdict,
  reason: string,
): Promise<EffectDetail> => post(`${effectPath(key)}/settle`, { verdict, reason }, EffectDetail);

/** Adds addresses and domains, or lines of a CSV file, to those that nothing is sent to. */
export const addSuppressions = (
  patterns: readonly string[],
  reason: string,
): Promise<SuppressionsAdded> => post('/api/suppressions', { patterns, reason }, SuppressionsAdded);

/** Allows sending again. */
export const removeSuppression = (pattern: string, reason: string): Promise<unknown> =>
  remove(`/api/suppressions/${encodeURIComponent(pattern)}`, { reason });

/** What a stream of changes reports. */
export interface LiveHandlers {
  /** A topic changed, or could not be read. */
  message(message: LiveMessage): void;
  /** The server lives; `at` is its clock. */
  beat(at: string): void;
  /** The stream ended for good and must be opened again. */
  closed(): void;
}

/** Opens one stream for these topics; the answer closes it. */
export function openLive(topics: readonly string[], handlers: LiveHandlers): () => void {
  const source = new EventSource(`/api/live?topics=${topics.map(encodeURIComponent).join(',')}`);
  const Beat = z.object({ at: z.iso.datetime() });
  source.addEventListener('topic', (event: MessageEvent<string>) =>
    handlers.message(LiveMessage.parse(JSON.parse(event.data))),
  );
  source.addEventListener('beat', (event: MessageEvent<string>) =>
    handlers.beat(Beat.parse(JSON.parse(event.data)).at),
  );
  source.addEventListener('error', () => {
    // The browser tries again by itself after a lost connection, but not after a refusal.
    if (source.readyState === EventSource.CLOSED) handlers.closed();
  });
  return () => source.close();
}

/** Something to read at an address, and the live topic that carries the same. */
export function resource<T extends z.ZodType>(
  path: string,
  schema: T,
  topic?: string,
): Resource<z.output<T>> {
  return {
    path,
    ...(topic === undefined ? {} : { topic }),
    read: (signal) => get(path, schema, signal),
    parse: (data) => schema.parse(data),
  };
}

const flowKeyPath = (key: string): string => `/api/flow-keys/${encodeURIComponent(key)}`;
const effectPath = (key: string): string => `/api/effects/${encodeURIComponent(key)}`;
const runPath = (workflowId: string): string => `/api/runs/${encodeURIComponent(workflowId)}`;

/** An address with those query parameters that have a value. */
export function pathOf(
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
): string {
  const pairs = Object.entries(query).flatMap(([key, value]): [string, string][] =>
    value === undefined ? [] : [[key, String(value)]],
  );
  return pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs).toString()}`;
}

/** Reads what is at an address. */
export const get = <T extends z.ZodType>(
  path: string,
  schema: T,
  signal?: AbortSignal,
): Promise<z.output<T>> => call(path, schema, signal ? { signal } : {});

/** Asks for a change. */
export const post = <T extends z.ZodType>(
  path: string,
  body: unknown,
  schema: T,
): Promise<z.output<T>> =>
  call(path, schema, {
    method: 'POST',
    body: JSON.stringify(body),
  });

/** Asks for something to be taken away. */
export const remove = (path: string, body: unknown): Promise<unknown> =>
  call(path, z.unknown(), { method: 'DELETE', body: JSON.stringify(body) });

/** Hands over a file, or a text as if it were one. */
export const upload = <T extends z.ZodType>(
  path: string,
  file: Blob,
  schema: T,
): Promise<z.output<T>> => call(path, schema, { method: 'POST', body: file });

async function call<T extends z.ZodType>(
  path: string,
  schema: T,
  init: RequestInit,
): Promise<z.output<T>> {
  const response = await fetch(path, {
    ...init,
    headers: {
      accept: 'application/json',
      ...(init.method === undefined ? {} : proofHeader()),
      ...(typeof init.body === 'string' ? { 'content-type': 'application/json' } : {}),
    },
  }).catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiFailure(0, {
      code: 'unreachable',
      message: 'The dashboard’s server gave no answer',
    });
  });
  const text = await response.text();
  const body = jsonOf(text);
  if (response.status === 401) goToSignIn();
  if (!response.ok) throw failureOf(response.status, body);
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new ApiFailure(response.status, {
    code: 'unexpected-answer',
    message: `The server’s answer differs from what this page knows (${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}). Reload the page`,
  });
}

/** Whoever has signed out meanwhile signs in again and comes back here. */
function goToSignIn(): void {
  const here = location.pathname + location.search;
  location.assign(`/sign-in?${new URLSearchParams({ 'return-to': here }).toString()}`);
}

function jsonOf(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined; // not ours: a proxy's page, for instance
  }
}

function failureOf(status: number, body: unknown): ApiFailure {
  const error = ApiError.safeParse(body);
  return error.success
    ? new ApiFailure(status, error.data)
    : new ApiFailure(status, { code: 'unknown', message: `The server answered ${status}` });
}
