/** Memory as the browser reads it, and what people say to it; the calls themselves are those of `api.ts`. */
import { z } from 'zod';
import {
  AgentMemory,
  AnnealReport,
  FirstTries,
  LessonExplanation,
  MemoryChanged,
  MemoryDiff,
  MemoryList,
  Trial,
  type ProposedLesson,
  type TrialQuestion,
} from '../../contracts/memory-views.ts';
import type { MethodWord, World } from '../../contracts/memory.ts';
import { pathOf, post, resource, type Resource } from './api.ts';

/** Whose memory; of the world that has taught something when none is named. */
export interface MemoryRef {
  readonly agent: string;
  readonly world?: World | undefined;
}

const everyMs = 5_000;

/** Which memories there are. */
export const memoriesResource: Resource<MemoryList> = {
  ...resource('/api/memory', MemoryList),
  everyMs,
};

/** One memory: lessons, snapshots, file. */
export const memoryResource = (of: MemoryRef): Resource<AgentMemory> => ({
  ...resource(addressOf(of), AgentMemory),
  everyMs,
});

/** Where a memory is, in a sentence. */
export const reportResource = (of: MemoryRef): Resource<AnnealReport> => ({
  ...resource(addressOf(of, '/report'), AnnealReport),
  everyMs,
});

/** How many first tries worked, by day. */
export const firstTriesResource = (of: MemoryRef): Resource<FirstTries> =>
  resource(addressOf(of, '/first-tries'), FirstTries);

/** Adds a lesson of a person's own. */
export const proposeLesson = (
  { agent, world }: MemoryRef,
  proposal: Omit<ProposedLesson, 'world'>,
): Promise<MemoryChanged> =>
  post(addressOf({ agent }, '/lessons'), { ...proposal, world }, MemoryChanged);

/** What the last 30 days would have been like under a memory. */
export const tryMemory = (
  { agent, world }: MemoryRef,
  question: Pick<TrialQuestion, 'entry' | 'lesson'>,
): Promise<Trial> => post(addressOf({ agent }, '/try'), { ...question, world }, Trial);

/** What one snapshot has and the other has not. */
export const diffResource = (of: MemoryRef, from: number, to: number): Resource<MemoryDiff> =>
  resource(addressOf(of, '/diff', { from, to }), MemoryDiff);

/** All that is known of one lesson. */
export const lessonResource = (of: MemoryRef, id: string): Resource<LessonExplanation> => ({
  ...resource(addressOf(of, `/lessons/${encodeURIComponent(id)}`), LessonExplanation),
  everyMs,
});

/** A person's word about a lesson; `confirm` is its id, needed to deprecate. */
export const changeLesson = (
  { agent, world }: MemoryRef,
  id: string,
  how: 'pin' | 'unpin' | 'deprecate',
  word: { readonly reason: string; readonly confirm?: string },
): Promise<MemoryChanged> =>
  post(
    addressOf({ agent }, `/lessons/${encodeURIComponent(id)}/${how}`),
    { ...word, world },
    MemoryChanged,
  );

/** Makes runs obey memory as it was after an entry. */
export const rollBack = (
  { agent, world }: MemoryRef,
  to: number,
  reason: string,
): Promise<MemoryChanged> =>
  post(addressOf({ agent }, '/rollback'), { world, to, reason }, MemoryChanged);

/** Has new runs read at once, or the file's section written anew. */
export const askMemory = (
  { agent, world }: MemoryRef,
  how: 'run' | 'restore',
  reason: string,
): Promise<unknown> => post(addressOf({ agent }, `/${how}`), { world, reason }, z.unknown());

/** Says what becomes of a run all of whose methods memory refuses. */
export const answerRun = (workflowId: string, word: MethodWord): Promise<unknown> =>
  post(`/api/runs/${encodeURIComponent(workflowId)}/answer`, word, z.unknown());

const addressOf = (
  { agent, world }: MemoryRef,
  below = '',
  query: Readonly<Record<string, number>> = {},
): string => pathOf(`/api/memory/${encodeURIComponent(agent)}${below}`, { world, ...query });
