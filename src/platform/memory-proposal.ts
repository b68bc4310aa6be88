import { BadRequest } from '../contracts/check.ts';
import { FailureType } from '../contracts/failures.ts';
import type { ProposedLesson, TrialQuestion } from '../contracts/memory-views.ts';
import type { HumanAct } from '../contracts/memory.ts';
import type { Memory } from '../rules/memory.ts';
import { BadMemoryFile, readHeading } from './lesson-text.ts';
import { editsOf } from './memory-edits.ts';

/** What a person proposes; without a reason as long as it is only tried. */
type Proposed = NonNullable<TrialQuestion['lesson']> &
  Partial<Pick<ProposedLesson, 'why' | 'expires'>>;
type Written = Extract<HumanAct, { kind: 'written' }>;

/**
 * A proposed lesson as the act that an edit of the file by hand would be.
 *
 * @param memory as it is now: the new one may not contradict what it says.
 * @throws {BadRequest} for a rule that can't be read, names what nobody declares, or contradicts another.
 */
export function proposedAct(
  agent: string,
  { capability, account, rule: sentence, why = 'A trial', expires }: Proposed,
  memory: Memory,
  now: string,
): Written {
  try {
    const { rule } = readHeading(sentence, 0);
    const lapses = expires === undefined ? {} : ({ expires, status: 'active' } as const);
    const acts = editsOf({
      ...{ agent, memory, now, base: memory.lessons },
      written: [
        ...memory.lessons.map((lesson) => ({ ...lesson, line: 0 })),
        { id: null, line: 0, rule, capability, account, why, ...lapses },
      ],
    });
    const act = acts.find((each) => each.kind === 'written');
    if (act) return act;
    throw new BadMemoryFile({ line: 0, reason: 'memory says so already' });
  } catch (error) {
    if (!(error instanceof BadMemoryFile)) throw error;
    const message = error.lines.map(({ reason }) => reason.replaceAll(' (line 0)', '')).join('; ');
    throw new BadRequest(FailureType.InvalidInput, message, [{ path: '/rule', message }]);
  }
}
