import {
  ApplicationFailure,
  condition,
  defineUpdate,
  setCurrentDetails,
  setHandler,
  upsertMemo,
} from '@temporalio/workflow';
import type { TaskPlan } from '../activities/activities.ts';
import type { FailureType } from '../contracts/failures.ts';
import type { MethodWord } from '../contracts/memory.ts';
import type { Need, RunNeeds } from '../contracts/needs.ts';
import { runMemoKey } from '../rules/names.ts';
import { objectionToMethod, refusalOf, type SaidMethod } from '../rules/refusal.ts';
import { tellNeeds } from './interceptors.ts';
import { answering } from './policies.ts';

/** A person's word, and who said it. */
type Said = MethodWord & { readonly by: string };

const answerUpdate = defineUpdate<undefined, [Said]>('answer');

/** Takes a person's word about a task all of whose methods memory refuses. */
export interface Asking {
  /**
   * Waits for a person to name a method that is tried once anyway.
   *
   * @throws `LeftOut` when a person leaves the task out, `NotAnswered` when nobody says anything in time.
   */
  wait(plan: TaskPlan): Promise<{ readonly method: string; readonly by: string }>;
}

/** Set before anything else, so that a word which comes too early is refused with a reason. */
export function createAsking(): Asking {
  let plan: TaskPlan | undefined;
  let said: Said | undefined;
  setHandler(
    answerUpdate,
    (word) => {
      said = word;
      return undefined;
    },
    {
      validator(word: SaidMethod) {
        const objection = objectionToMethod(word, said === undefined ? plan : undefined);
        if (objection !== undefined) throw ApplicationFailure.nonRetryable(objection);
      },
      description: 'says what becomes of a task that memory refuses: action, method, by, reason',
    },
  );
  return {
    async wait(refused) {
      plan = refused;
      const { question, lessons } = refusalOf(refused);
      const waitsMs = answering(refused.request.giveUpAfterSeconds) * 1000;
      const deadline = new Date(Date.now() + waitsMs).toISOString();
      const step = refused.memo.capability;
      tell(refused, {
        at: Date.now(),
        count: 1,
        open: [{ step, decision: 'method', question, deadline, ...memoryOf(refused) }],
      });
      setCurrentDetails(`**${refused.memo.title}**\n\nWaits for a person: ${question}`);
      await condition(() => said !== undefined, waitsMs);
      const word = said;
      plan = undefined;
      tell(refused, { at: Date.now() + 1, count: 0, open: [] });
      if (word === undefined) {
        throw failure(
          'NotAnswered',
          `Memory refuses every method (${lessons}), and nobody said what to do`,
        );
      }
      if (word.action === 'leave-out') {
        throw failure('LeftOut', `${word.by} left it out: ${word.reason}`);
      }
      return { method: word.method, by: word.by };
    },
  };
}

const failure = (type: FailureType, message: string): ApplicationFailure =>
  ApplicationFailure.nonRetryable(message, type);

/** What memory said of a task, so that pages can lead to its lessons; nothing for a plan from before there was memory. */
export function memoryOf({ choice, snapshot }: TaskPlan): Pick<Need, 'memory'> {
  if (!snapshot) return {};
  const { heeded = [], canary = null, isLastResort = false } = choice;
  return { memory: { ...snapshot, heeded, canary, isLastResort } };
}

/** Lists learn of it by a row at once, and by the memo from which rows are mended. */
function tell({ memo }: TaskPlan, needs: RunNeeds): void {
  upsertMemo({ [runMemoKey]: { ...memo, needs } });
  tellNeeds(needs);
}
