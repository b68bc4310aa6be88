import { BadRequest } from '../contracts/check.ts';
import { FailureType } from '../contracts/failures.ts';
import type { ProposedLesson } from '../contracts/memory-views.ts';
import type { HumanAct } from '../contracts/memory.ts';
import type { Requester } from '../contracts/requester.ts';
import { lessonInSentences } from '../rules/lesson.ts';
import type { Database } from './database.ts';
import { createMemoryFileRows } from './memory-file-rows.ts';
import { proposedAct } from './memory-proposal.ts';
import { NotInMemory } from './memory-reader.ts';
import { createMemoryStore, type MemoryOwner, type MemorySnapshot } from './memory-store.ts';

/** Who says so, and why. */
interface Word {
  readonly by: Requester;
  readonly reason: string;
}

/** What people say to a memory; each word is an entry of its log. Callers note it in the audit log. */
export interface MemoryActs {
  /** @throws {NotInMemory} for a lesson that is none. */
  pin(of: MemoryOwner, lesson: string, word: Word): Promise<MemorySnapshot>;
  /** @throws {NotInMemory} for a lesson that is none. */
  unpin(of: MemoryOwner, lesson: string, word: Word): Promise<MemorySnapshot>;
  /**
   * A deprecated method never runs again, also not as a last resort.
   *
   * @param confirm the lesson's id once more.
   * @throws {NotInMemory} for a lesson that is none, {BadRequest} `NotConfirmed` without its id.
   */
  deprecate(
    of: MemoryOwner,
    lesson: string,
    word: Word & { readonly confirm?: string | undefined },
  ): Promise<MemorySnapshot>;
  /** Memory as it was after an entry. @throws {NotInMemory} when there is none with this number. */
  rollBack(of: MemoryOwner, to: number, word: Word): Promise<MemorySnapshot>;
  /**
   * A new lesson, as if somebody had written it into the file.
   *
   * @throws {BadRequest} for one that can't be read, names what nobody declares, or contradicts another.
   */
  propose(
    of: MemoryOwner,
    proposal: Omit<ProposedLesson, 'world' | 'reason'>,
    word: Word,
  ): Promise<MemorySnapshot & { readonly lesson: string }>;
  /** Asks the worker to write the file's section anew. @throws {NotInMemory} when there is no file yet. */
  restoreFile(of: MemoryOwner, by: string): Promise<void>;
}

/** @param database where memories are. */
export function createMemoryActs(database: Database): MemoryActs {
  const store = createMemoryStore(database);

  async function say(of: MemoryOwner, act: HumanAct, { by, reason }: Word) {
    return store.append(of, { kind: 'human', at: new Date().toISOString(), by, reason, act });
  }

  async function known(of: MemoryOwner, id: string) {
    const { memory } = await store.newest(of);
    const lesson = memory.lessons.find((each) => each.id === id);
    if (lesson) return lesson;
    const how = `\`agentic memory show ${of.agent}\` lists them`;
    throw new NotInMemory(`${of.agent} has no lesson ${id} (${of.world}); ${how}.`);
  }

  return {
    async pin(of, lesson, word) {
      await known(of, lesson);
      return say(of, { kind: 'pinned', lesson }, word);
    },
    async unpin(of, lesson, word) {
      const { status } = await known(of, lesson);
      if (status === 'active') throw new NotInMemory(`${lesson} is not pinned.`);
      return say(of, { kind: 'unpinned', lesson }, word);
    },
    async deprecate(of, lesson, { confirm, ...word }) {
      const found = await known(of, lesson);
      if (confirm !== lesson) {
        const came = confirm === undefined ? 'nothing was typed' : `“${confirm}” was typed`;
        const what = `${lessonInSentences(found, new Date().toISOString())} Deprecated, it holds for good, also as a last resort`;
        const message = `${what}. It is done only with exactly this text as “confirm”: ${lesson} (${came})`;
        throw new BadRequest(FailureType.NotConfirmed, message, [{ path: '/confirm', message }]);
      }
      return say(of, { kind: 'deprecated', lesson }, word);
    },
    async rollBack(of, to, word) {
      if (!(await store.at(of, to))) {
        const how = `\`agentic memory show ${of.agent}\` lists those there are`;
        throw new NotInMemory(`The memory of ${of.agent} has no snapshot ${to}; ${how}.`);
      }
      return say(of, { kind: 'rolled-back', to }, word);
    },
    async propose(of, proposal, word) {
      const { memory } = await store.newest(of);
      const act = proposedAct(of.agent, proposal, memory, new Date().toISOString());
      return { ...(await say(of, act, word)), lesson: act.lesson.id };
    },
    async restoreFile(of, by) {
      if ((await store.newest(of)).seq === 0) {
        throw new NotInMemory(
          `No file of ${of.agent} (${of.world}) was written yet: a worker does.`,
        );
      }
      await createMemoryFileRows(database).askRestore(of, by);
    },
  };
}
