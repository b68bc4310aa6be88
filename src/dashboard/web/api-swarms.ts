/** Swarms as the browser reads and steers them; the calls themselves are those of `api.ts`. */
import type { z } from 'zod';
import { StartedRun } from '../../contracts/api.ts';
import {
  type SwarmChange,
  SwarmChanged,
  SwarmDetail,
  SwarmList,
  SwarmTaskDetail,
  SwarmTasks,
  SwarmTiles,
  type TasksQuery,
  type UploadSwarm,
} from '../../contracts/swarm.ts';
import { get, pathOf, post, resource, upload, type Resource } from './api.ts';

/** One execution of a swarm: the latest of its id, or the one named. */
export interface SwarmRef {
  readonly workflowId: string;
  readonly run?: string | undefined;
}

/** A swarm with its counts, failures and what it does now. */
export const swarmResource = (swarm: SwarmRef): Resource<SwarmDetail> =>
  resource(addressOf(swarm), SwarmDetail, topicOf('swarm', swarm));

/** All tasks of a swarm in at most 1,000 tiles, with a byte for each where they are few. */
export const tilesResource = (swarm: SwarmRef): Resource<SwarmTiles> =>
  resource(addressOf(swarm, '/tiles'), SwarmTiles, topicOf('tiles', swarm));

/** The tasks of a part of a swarm. */
export const readTiles = (
  swarm: SwarmRef,
  { from, to }: { readonly from: number; readonly to: number },
  signal?: AbortSignal,
): Promise<SwarmTiles> => get(addressOf(swarm, '/tiles', { from, to }), SwarmTiles, signal);

/** One page of swarms, newest first. */
export const readSwarms = (
  query: { readonly state: string | undefined; readonly cursor: string | undefined },
  signal?: AbortSignal,
): Promise<SwarmList> => get(pathOf('/api/swarms', { ...query, limit: 50 }), SwarmList, signal);

/** A swarm as it is at this moment. */
export const readSwarm = (swarm: SwarmRef): Promise<SwarmDetail> =>
  get(addressOf(swarm), SwarmDetail);

/** One page of a swarm's tasks, by index. */
export const readTasks = (
  swarm: SwarmRef,
  query: Partial<Omit<TasksQuery, 'run'>>,
  signal?: AbortSignal,
): Promise<SwarmTasks> => get(addressOf(swarm, '/tasks', query), SwarmTasks, signal);

/** One task whole, with what the vendor answered. */
export const readTask = (
  swarm: SwarmRef,
  index: number,
  signal?: AbortSignal,
): Promise<SwarmTaskDetail> => get(addressOf(swarm, `/tasks/${index}`), SwarmTaskDetail, signal);

/** The address of all tasks as a file. */
export const exportAddress = (
  swarm: SwarmRef,
  format: 'jsonl' | 'csv',
  state?: TasksQuery['state'],
): string => addressOf(swarm, `/export.${format}`, { state });

const startedHere = new Set<string>();

/** Whether this tab started the swarm: then its tasks may not be loaded when its page opens. */
export const isStartedHere = (workflowId: string): boolean => startedHere.has(workflowId);

/** Loads a list of tasks and starts a swarm over it; the list's type says how it is read. */
export async function startSwarm(
  list: Blob,
  query: z.input<typeof UploadSwarm>,
): Promise<StartedRun> {
  const run = await upload(pathOf('/api/swarms', plain(query)), list, StartedRun);
  startedHere.add(run.workflowId);
  return run;
}

/** What a person may change of a swarm, and what belongs to it. */
export type SwarmChanges = {
  readonly [How in keyof typeof SwarmChange]: z.input<(typeof SwarmChange)[How]>;
};

/** Changes a swarm, with a reason. */
export async function changeSwarm<How extends keyof SwarmChanges>(
  swarm: SwarmRef,
  how: How,
  body: SwarmChanges[How],
): Promise<z.output<typeof SwarmChanged>> {
  const changed = await post(addressOf(swarm, `/${how}`), body, SwarmChanged);
  if (changed.started) startedHere.add(changed.started.workflowId);
  return changed;
}

const addressOf = (
  { workflowId, run }: SwarmRef,
  rest = '',
  query: Readonly<Record<string, string | number | undefined>> = {},
): string => pathOf(`/api/swarms/${encodeURIComponent(workflowId)}${rest}`, { run, ...query });

const topicOf = (name: 'swarm' | 'tiles', { workflowId, run }: SwarmRef): string =>
  `${name}:${workflowId}${run ? `?run=${run}` : ''}`;

const plain = (query: Readonly<Record<string, unknown>>): Record<string, string | undefined> =>
  Object.fromEntries(
    Object.entries(query).map(([key, value]) => [
      key,
      typeof value === 'string' || typeof value === 'number' ? String(value) : undefined,
    ]),
  );
