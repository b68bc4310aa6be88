/** Worker processes, and what they do for each agent, as `GET /api/agents` tells it. */
import { z } from 'zod';

const Time = z.iso.datetime();

/** Tries of tasks, alone or within swarms. */
export const LoadCounts = z.object({
  done: z.int(),
  failed: z.int(),
  /** Of all tasks added up, so that it may pass by faster than the clock. */
  busySeconds: z.number(),
});
export type LoadCounts = z.infer<typeof LoadCounts>;

/** What a worker has done for one agent, as it counts itself. */
export const AgentLoad = z.object({
  agent: z.string(),
  /** Tasks under way. */
  inFlight: z.int(),
  sinceStart: LoadCounts,
  lastHour: LoadCounts,
  lastTenMinutes: LoadCounts,
});
export type AgentLoad = z.infer<typeof AgentLoad>;

/** `struggling`: half of the tries fail, or the process is so busy that its heartbeats are in danger. */
export const AgentState = z.enum(['idle', 'working', 'struggling', 'draining', 'gone']);

/** A worker process, as it announces itself every 5 s. */
export const WorkerInfo = z.object({
  identity: z.string(),
  host: z.string(),
  pid: z.int(),
  version: z.string(),
  queues: z.array(z.string()),
  startedAt: Time,
  seenAt: Time,
  /** Activities under way, and how many it takes at once. */
  inFlight: z.int(),
  slots: z.int(),
  memoryMb: z.number(),
  /** Share of one core over the last beat; above 1 on several cores. */
  cpu: z.number(),
  /** 99 of 100 turns of its event loop were no later than this, over the last beat. */
  loopDelayMs: z.number(),
  state: z.enum(['running', 'draining', 'gone']),
  loads: z.array(AgentLoad),
});
export type WorkerInfo = z.infer<typeof WorkerInfo>;

/** A worker as one of its agents sees it. */
export const AgentWorker = WorkerInfo.omit({ loads: true }).extend({
  /** The agent on this worker. */
  agentState: AgentState,
  load: AgentLoad,
  /** Of the agent's tries in the last ten minutes on all its workers, 0 to 1; null when there were none. */
  share: z.number().nullable(),
  freeSlots: z.int(),
});
export type AgentWorker = z.infer<typeof AgentWorker>;
