/** What an agent does: on one worker, or on all together. */
export type AgentState = 'idle' | 'working' | 'struggling' | 'draining' | 'gone';

/** What a worker says of one of its agents. */
export interface AgentSigns {
  readonly worker: 'running' | 'draining' | 'gone';
  readonly inFlight: number;
  /** Tries of the last ten minutes. */
  readonly recent: { readonly done: number; readonly failed: number };
  /** What 99 of 100 turns of the event loop stayed under. */
  readonly loopDelayMs: number;
}

/** Fewer failures than this are an accident. */
const fewestFailures = 5;
const struggleShare = 0.5;
/** Heartbeats are due within 3 s: a loop as late as this endangers them. */
const lateLoopMs = 1_000;

/** The one word for an agent on a worker: it struggles when half of its tries fail, or its loop is late. */
export function agentStateOf({ worker, inFlight, recent, loopDelayMs }: AgentSigns): AgentState {
  if (worker !== 'running') return worker;
  const { done, failed } = recent;
  const isFailing = failed >= fewestFailures && failed >= struggleShare * (done + failed);
  if (isFailing || loopDelayMs >= lateLoopMs) return 'struggling';
  return inFlight > 0 ? 'working' : 'idle';
}

const worstFirst: readonly AgentState[] = ['struggling', 'working', 'idle', 'draining', 'gone'];

/** The word for an agent by those of its workers; without any it is gone. */
export const stateOfAll = (states: readonly AgentState[]): AgentState =>
  worstFirst.find((state) => states.includes(state)) ?? 'gone';
