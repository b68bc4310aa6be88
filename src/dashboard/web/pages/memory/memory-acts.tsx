import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { LessonView, MemoryChanged } from '../../../../contracts/memory-views.ts';
import { askMemory, changeLesson, rollBack, type MemoryRef } from '../../api-memory.ts';
import { Icon } from '../../parts/icon.tsx';
import { ReasonDialog, type Act } from '../../parts/reason-dialog.tsx';
import { say } from '../../parts/toast.tsx';
import { ActButton } from '../../parts/act-button.tsx';

/** What people can do to a memory; each act asks for a reason. */
export function useMemoryActs(of: MemoryRef) {
  const client = useQueryClient();
  const told = async (word: Promise<unknown>, done: string) => {
    await word;
    say(done);
    await client.invalidateQueries();
  };
  const changed = async (word: Promise<MemoryChanged>, done: string) => {
    const { seq, refused } = await word;
    if (refused === null) say(done);
    else say(`Noted as entry ${seq}, but runs do not obey it: ${refused}`, 'failed');
    await client.invalidateQueries();
  };
  const { agent } = of;

  const anneal: Act = {
    title: `Read the new runs of ${agent} now?`,
    consequence:
      'What runs have shown since the last time is read and made into lessons. It happens by itself after runs end; this only does it at once.',
    verb: 'Anneal now',
    isReasonNeeded: true,
    run: (reason) => told(askMemory(of, 'run', reason), 'New runs are being read.'),
  };
  const restore: Act = {
    title: 'Write the file anew?',
    consequence:
      'A worker writes the section of lessons as memory has them. What somebody wrote there by hand and memory has not read is put aside in a file beside it; the rest stays.',
    verb: 'Restore the file',
    isDangerous: true,
    isReasonNeeded: true,
    run: (reason) => told(askMemory(of, 'restore', reason), 'A worker writes the file anew.'),
  };
  const rollBackTo = (to: number, change: string): Act => ({
    title: `Roll back to snapshot ${to}?`,
    consequence: `${change} Runs that have begun keep the memory they began with. It is a new entry of the log, so it can be taken back the same way.`,
    verb: `Roll back to ${to}`,
    isDangerous: true,
    isReasonNeeded: true,
    run: (reason) => changed(rollBack(of, to, reason), `Runs obey memory as of ${to} again.`),
  });
  const lesson = {
    pin: ({ id }: LessonView): Act => ({
      title: `Pin ${id}?`,
      consequence:
        'It holds until somebody unpins it: it does not lapse, and evidence alone does not take it back.',
      verb: 'Pin the lesson',
      isReasonNeeded: true,
      run: (reason) => changed(changeLesson(of, id, 'pin', { reason }), `Pinned ${id}.`),
    }),
    unpin: ({ id, status }: LessonView): Act => ({
      title: `Unpin ${id}?`,
      consequence: `${status === 'deprecated' ? 'It is deprecated no longer. ' : ''}Evidence decides about it again, and it lapses when its time is over.`,
      verb: 'Unpin the lesson',
      isReasonNeeded: true,
      run: (reason) => changed(changeLesson(of, id, 'unpin', { reason }), `Unpinned ${id}.`),
    }),
    deprecate: ({ id, sentence }: LessonView): Act => ({
      title: `Deprecate ${id}?`,
      consequence: `${sentence} Deprecated, it holds for good: never tried again, not even as a last resort.`,
      verb: 'Deprecate for good',
      isDangerous: true,
      isReasonNeeded: true,
      typedName: id,
      run: (reason) =>
        changed(changeLesson(of, id, 'deprecate', { reason, confirm: id }), `Deprecated ${id}.`),
    }),
  };
  return { anneal, restore, rollBackTo, lesson };
}

/** Has new runs read at once. */
export const AnnealButton = ({ memory }: { memory: MemoryRef }) => {
  const [isAsked, setAsked] = useState(false);
  const { anneal } = useMemoryActs(memory);
  return (
    <>
      <ActButton className="btn" onClick={() => setAsked(true)}>
        <Icon name="retrying" size="m" />
        Anneal now…
      </ActButton>
      <ReasonDialog act={isAsked ? anneal : undefined} onClose={() => setAsked(false)} />
    </>
  );
};

/** What a person can do with one lesson. */
export const LessonActs = ({ of, lesson }: { of: MemoryRef; lesson: LessonView }) => {
  const [act, setAct] = useState<Act>();
  const acts = useMemoryActs(of).lesson;
  const isPlain = lesson.status === 'active';
  return (
    <div className="row w">
      {isPlain ? (
        <ActButton className="btn" onClick={() => setAct(acts.pin(lesson))}>
          <Icon name="pin" size="m" />
          Pin…
        </ActButton>
      ) : (
        <ActButton className="btn" onClick={() => setAct(acts.unpin(lesson))}>
          Unpin…
        </ActButton>
      )}
      {lesson.status !== 'deprecated' && (
        <ActButton className="btn d" onClick={() => setAct(acts.deprecate(lesson))}>
          Deprecate…
        </ActButton>
      )}
      <ReasonDialog act={act} onClose={() => setAct(undefined)} />
    </div>
  );
};
