/**
 * The HTTP API of the dashboard. Every shape that crosses the wire is declared here once;
 * the server checks what it accepts with it, the browser and the CLI what they receive.
 * Times are ISO 8601 in UTC, days `YYYY-MM-DD`, rates shares from 0 to 1.
 */
import { z } from 'zod';
import { Effect } from './capability.ts';
import { FlowKeyInUse } from './flow-keys.ts';
import { AgentState, AgentWorker } from './load.ts';
import { Obeyed } from './memory.ts';
import { NeedItem } from './needs.ts';
import { Requester } from './requester.ts';

const Time = z.iso.datetime();

/** State of a run: one word a person reads, and what belongs next to it. */
export const RunState = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('queued'), reason: z.string() }),
  z.object({ kind: z.literal('running'), step: z.string() }),
  z.object({
    kind: z.literal('retrying'),
    attempt: z.int(),
    nextAt: Time.nullable(),
    failure: z.string(),
    message: z.string(),
  }),
  z.object({
    kind: z.literal('waiting'),
    /** The flow key that holds it back. */
    flowKey: z.string(),
    /** Which hold: the vendor's word, our guess, a person's pause, its turn, our database. */
    because: z.enum(['vendor', 'guess', 'paused', 'turn', 'database']),
    /** The start of a sentence: `Instantly asks us to wait`. */
    reason: z.string(),
    /** When that is over; null when nobody knows. */
    until: Time.nullable(),
    /** The try that follows. */
    attempt: z.int(),
  }),
  z.object({
    kind: z.literal('needs-you'),
    step: z.string(),
    decision: z.enum(['approval', 'repair', 'method']),
    /** What a person is asked, or what went wrong. */
    question: z.string(),
    deadline: Time,
    /** How many decisions are open; this is the most urgent one. */
    count: z.int(),
    /** Of a task that memory refuses: the memory that does, and its lessons. */
    memory: Obeyed.optional(),
  }),
  z.object({ kind: z.literal('paused'), by: z.string(), reason: z.string() }),
  z.object({ kind: z.literal('completed') }),
  z.object({ kind: z.literal('completed-with-failures'), failed: z.int(), total: z.int() }),
  z.object({ kind: z.literal('failed'), failure: z.string(), message: z.string() }),
  z.object({ kind: z.literal('timed-out') }),
  z.object({ kind: z.literal('cancelled') }),
  z.object({ kind: z.literal('terminated'), reason: z.string() }),
]);
export type RunState = z.infer<typeof RunState>;
export type RunStateKind = RunState['kind'];

/** One row of a list of runs. */
export const RunSummary = z.object({
  workflowId: z.string(),
  runId: z.string(),
  /** Temporal's workflow type: `task`, `pipeline`, `starter`. */
  type: z.string(),
  title: z.string(),
  capability: z.string().nullable(),
  agent: z.string().nullable(),
  account: z.string().nullable(),
  state: RunState,
  /** How far a swarm is; null for other runs. */
  progress: z.object({ total: z.int(), completed: z.int(), failed: z.int() }).nullable(),
  requestedBy: Requester.nullable(),
  /** The vendor was a stand-in, so its numbers are made up. */
  isStandIn: z.boolean(),
  startedAt: Time,
  closedAt: Time.nullable(),
});
export type RunSummary = z.infer<typeof RunSummary>;

/** `GET /api/runs`: newest first. */
export const RunList = z.object({
  runs: z.array(RunSummary),
  /** Give it back as `cursor` for the next page; null on the last one. */
  next: z.string().nullable(),
  /** All that match, counted exactly up to 10,000. */
  total: z.int(),
  isTotalExact: z.boolean(),
  /** When the list was last compared with Temporal. */
  asOf: Time,
});
export type RunList = z.infer<typeof RunList>;

/** Query of `GET /api/runs`. */
export const RunQuery = z.object({
  /** Part of the id, title, input or failure message. */
  q: z.string().max(200).optional(),
  state: z.enum(['open', 'needs-you', 'completed', 'failed', 'cancelled']).optional(),
  /** Temporal's workflow type: `task`, `swarm`. */
  type: z.string().max(40).optional(),
  agent: z.string().max(80).optional(),
  capability: z.string().max(120).optional(),
  account: z.string().max(40).optional(),
  by: z.enum(['person', 'cli', 'schedule', 'tour', 'temporal']).optional(),
  from: Time.optional(),
  to: Time.optional(),
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type RunQuery = z.infer<typeof RunQuery>;

/** One try of one activity, from our attempts table. */
export const Attempt = z.object({
  activity: z.string(),
  activityId: z.string(),
  attempt: z.int(),
  method: z.string().nullable(),
  /** When it was put in the queue; the bar between here and `startedAt` is waiting. */
  queuedAt: Time,
  startedAt: Time,
  endedAt: Time.nullable(),
  outcome: z.enum(['running', 'completed', 'failed', 'cancelled']),
  failure: z
    .object({
      type: z.string(),
      class: z.enum(['transient', 'auth', 'contract', 'data', 'unknown']),
      message: z.string(),
    })
    .nullable(),
  /** What the vendor said, redacted and cut at 4 KB; null when no vendor answered. */
  vendorAnswer: z
    .object({ status: z.int(), retryAfter: z.string().nullable(), body: z.string() })
    .nullable(),
  /** When the next try is due, where the vendor or our policy named a time. */
  nextAttemptAt: Time.nullable(),
  worker: z.string(),
});
export type Attempt = z.infer<typeof Attempt>;

/** `GET /api/runs/:workflowId?run=`: one run, read from Temporal while it has it. */
export const RunDetail = z.object({
  run: RunSummary,
  /** One sentence: what happened or happens, because of what, and what is next. */
  why: z.string(),
  effect: Effect.nullable(),
  input: z.unknown(),
  /** Null until it ends well. */
  output: z.unknown(),
  attempts: z.array(Attempt),
  /** What memory decided, and who went past it; null while that is not told, and of what asks no memory. */
  memory: Obeyed.extend({ answeredBy: z.string().optional() }).nullable(),
  /** Other executions of the same id, newest first, this one included. */
  executions: z.array(
    z.object({ runId: z.string(), startedAt: Time, state: z.string().describe('kind of state') }),
  ),
  historyLength: z.int(),
  /** False when the server has dropped the history and this comes from our own tables. */
  isInTemporal: z.boolean(),
  /** This run's page in Temporal's Web UI; null where none is known. */
  temporalUrl: z.string().nullable(),
  /** The same start as one command line. */
  cli: z.string().nullable(),
});
export type RunDetail = z.infer<typeof RunDetail>;

/** `GET /api/runs/:workflowId/events?run=&cursor=`: raw history, newest first, 200 a page. */
export const RunEvents = z.object({
  events: z.array(z.object({ id: z.int(), at: Time, type: z.string(), detail: z.unknown() })),
  next: z.int().nullable(),
});
export type RunEvents = z.infer<typeof RunEvents>;

/** One line of the log. */
export const LogLine = z.object({
  id: z.int(),
  at: Time,
  level: z.enum(['debug', 'info', 'warn', 'error']),
  message: z.string(),
  fields: z.record(z.string(), z.unknown()),
});
export type LogLine = z.infer<typeof LogLine>;
/** `GET /api/runs/:workflowId/logs?run=&after=`: oldest first, at most 500 after the id `after`. */
export const RunLogs = z.object({ lines: z.array(LogLine) });
export type RunLogs = z.infer<typeof RunLogs>;

/** Body of `POST /api/runs`. */
export const StartRun = z.strictObject({
  capability: z.string().max(120),
  account: z.string().max(40).default('default'),
  input: z.record(z.string(), z.unknown()).default({}),
  provenance: z.enum(['live', 'stand-in']).optional(),
  /** Only say what would happen: the run's result is a `DryRun`. */
  dryRun: z.boolean().default(false),
  /** The text that some capabilities ask a person to repeat; without it they answer 422. */
  confirm: z.string().max(500).optional(),
  /** Why, for the audit log. */
  reason: z.string().max(500).default(''),
});
export type StartRun = z.input<typeof StartRun>;
/** Answer of `POST /api/runs` (201, or 200 when it joined a run of the same work). */
export const StartedRun = z.object({
  workflowId: z.string(),
  runId: z.string(),
  /** False when the same work was already under way and this start joined it. */
  started: z.boolean(),
});
export type StartedRun = z.infer<typeof StartedRun>;

/** Body of every mutation that takes a reason: cancel, terminate, pause, resume, trigger. */
export const WithReason = z.strictObject({ reason: z.string().max(500).default('') });

/** An error, on every route: `code` is stable, `message` says what to do. */
export const ApiError = z.object({
  code: z.string(),
  message: z.string(),
  /** Fields that were wrong, as JSON pointers into the request's `input`. */
  fields: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  requestId: z.string(),
});
export type ApiError = z.infer<typeof ApiError>;

/** A capability as forms and lists need it. */
export const CapabilityInfo = z.object({
  id: z.string(),
  verb: z.string(),
  title: z.string(),
  description: z.string(),
  effect: Effect,
  /** JSON Schema (draft 2020-12) of the input. */
  inputSchema: z.record(z.string(), z.unknown()),
  methods: z.array(z.object({ id: z.string(), description: z.string() })),
  /** A person has to repeat a text before it runs; a dry run says which. */
  isConfirmed: z.boolean(),
  tunables: z.record(
    z.string(),
    z.object({
      description: z.string(),
      unit: z.string(),
      default: z.number(),
      min: z.number(),
      max: z.number(),
    }),
  ),
});
export type CapabilityInfo = z.infer<typeof CapabilityInfo>;

export const AccountInfo = z.object({
  name: z.string(),
  vendor: z.string(),
  isStandIn: z.boolean(),
});
export type AccountInfo = z.infer<typeof AccountInfo>;

export const AgentInfo = z.object({
  id: z.string(),
  title: z.string(),
  description: z.string(),
  queue: z.string(),
  capabilities: z.array(CapabilityInfo),
  accounts: z.array(
    AccountInfo.extend({
      credentials: z.enum(['working', 'refused', 'unknown']),
      /** What the check said last, for people. */
      message: z.string(),
    }),
  ),
  /** Tasks waiting in the queue, and how long the oldest has waited. */
  backlog: z.int(),
  backlogAgeMs: z.number(),
  /** Polled by at least one worker in the last minute. */
  isServed: z.boolean(),
  /** The worst of its states on its workers. */
  state: AgentState,
  workers: z.array(AgentWorker),
  runsToday: z.int(),
  failedToday: z.int(),
});
export type AgentInfo = z.infer<typeof AgentInfo>;
/** `GET /api/agents`. */
export const AgentList = z.object({ agents: z.array(AgentInfo) });
export type AgentList = z.infer<typeof AgentList>;

/** `GET /api/overview`. */
export const Overview = z.object({
  /** At most three, most urgent first; empty when all is well. */
  attention: z.array(
    z.object({
      kind: z.enum(['failed', 'retrying', 'waiting', 'queued', 'needs-you', 'completed']),
      title: z.string(),
      text: z.string(),
      link: z.object({ label: z.string(), to: z.string() }),
    }),
  ),
  runsToday: z.int(),
  runsYesterday: z.int(),
  completedToday: z.int(),
  failedToday: z.int(),
  running: z.int(),
  slots: z.int(),
  inFlight: z.int(),
  /** Mails sent on the last day that has rows, and that day. */
  sentLastDay: z.int().nullable(),
  lastDay: z.iso.date().nullable(),
  longestWait: z.object({ ms: z.number(), agent: z.string() }).nullable(),
  /** What waits for a person, most urgent first, at most 5, and how much there is. */
  needs: z.array(NeedItem),
  needsTotal: z.int(),
  /** At most four, those that hold work back first. */
  flowKeys: z.array(FlowKeyInUse),
  inProgress: z.array(RunSummary),
  /** The last 24 hours, oldest first; the last bar is the running hour. */
  hours: z.array(z.object({ at: Time, completed: z.int(), failed: z.int(), cancelled: z.int() })),
  recent: z.array(RunSummary),
  nextSchedules: z.array(z.object({ id: z.string(), title: z.string(), at: Time })),
});
export type Overview = z.infer<typeof Overview>;

/** `GET /api/status` and topic `status`: the frame around every page. */
export const Status = z.object({
  temporal: z.object({
    isUp: z.boolean(),
    since: Time,
    message: z.string(),
    uiUrl: z.string().nullable(),
  }),
  database: z.object({ isUp: z.boolean(), since: Time, message: z.string() }),
  workers: z.int(),
  unservedAgents: z.array(z.string()),
  /** Flow keys that are closed or paused now. */
  heldKeys: z.int(),
  /** What waits for a person, as `GET /api/needs` lists it. */
  needsYou: z.int(),
  /** Causes for which work retries or waits, as `GET /api/struggling` counts them. */
  struggling: z.int(),
  standIns: z.array(z.string()),
  liveVendors: z.array(z.string()),
  version: z.string(),
  now: Time,
});
export type Status = z.infer<typeof Status>;

/**
 * Topics of `GET /api/live?topics=a,b` (Server-Sent Events). Each event is named `topic`, its data
 * `{ topic, seq, data }`, with `data` as the GET route of the topic answers it; `error` instead of
 * `data` when it could not be read. A topic is sent whole at once and again whenever it changed;
 * an event `beat` with `{ at }` comes every 2 s.
 */
export const liveTopics = {
  status: '/api/status',
  overview: '/api/overview',
  runs: '/api/runs',
  schedules: '/api/schedules',
  agents: '/api/agents',
  'flow-keys': '/api/flow-keys',
  needs: '/api/needs',
  struggling: '/api/struggling',
  leases: '/api/leases',
  topics: '/api/topics',
} as const;
/** Query of `GET /api/live`: names with commas between, each encoded by itself. */
export const LiveQuery = z.object({ topics: z.string().optional() });
/**
 * And `run:<workflowId>` (latest execution) or `run:<workflowId>?run=<runId>`, so also `swarm:`,
 * `tiles:` and `pipeline:`; `flow-key:<key>`; `bulk:<id>`; `struggling?<query>`.
 */
export const LiveMessage = z.object({
  topic: z.string(),
  seq: z.int(),
  data: z.unknown().optional(),
  error: z.string().optional(),
});
export type LiveMessage = z.infer<typeof LiveMessage>;
