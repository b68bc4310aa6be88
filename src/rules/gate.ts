import type { Declared, Observation } from '../contracts/memory.ts';
import { isHuman, isSameScope, type Scope } from './lesson.ts';
import { lessonsOf, recordOf, type Memory } from './memory.ts';
import { decide } from './obey.ts';
import { costOf, isProven } from './record.ts';

/** The next memory and what it is held against. */
interface Candidate {
  /** What runs obey now. */
  readonly live: Memory;
  /** What they would obey. */
  readonly next: Memory;
  /** What was seen of late. */
  readonly evidence: readonly Observation[];
  readonly capabilities: readonly Declared[];
  /** ISO moment of the entry that led to it. */
  readonly at: string;
}

/** A first choice may cost so much more than the one before; beyond it is a step back. */
const worstCost = 1.25;

/**
 * Why a new memory must not go live, or null: nothing that went well and has not failed since is
 * forbidden, no capability is left without a method unless each of them has failed, numbers stay
 * within what is declared, and no first choice costs plainly more. What a person has said is not
 * questioned.
 */
export function objectionTo(candidate: Candidate): string | null {
  for (const declared of candidate.capabilities) {
    const accounts = new Set(
      [...candidate.next.lessons, ...candidate.next.records]
        .filter(({ capability }) => capability === declared.id)
        .map(({ account }) => account),
    );
    for (const account of accounts) {
      const scope = { capability: declared.id, account };
      const found =
        forbidsWhatWorks(candidate, scope) ??
        leavesNothing(candidate, declared, scope) ??
        isOutOfBounds(candidate, declared, scope) ??
        costsMore(candidate, declared, scope);
      if (found !== null) return `${declared.id} of ${account}: ${found}`;
    }
  }
  return null;
}

/** Methods that lessons, not people, refuse. */
const refusedBy = (memory: Memory, scope: Scope): readonly string[] =>
  lessonsOf(memory, scope).flatMap((lesson) =>
    lesson.rule.kind === 'avoid' && !isHuman(lesson) ? [lesson.rule.method] : [],
  );

function forbidsWhatWorks({ live, next, evidence }: Candidate, scope: Scope): string | null {
  const before = refusedBy(live, scope);
  for (const method of refusedBy(next, scope)) {
    if (before.includes(method)) continue;
    const seen = evidence.filter((each) => isSameScope(each, scope) && each.method === method);
    const worked = latest(seen.filter(({ failure }) => failure === null));
    const broke = latest(seen.filter(({ failure }) => failure?.class === 'contract'));
    if (worked !== undefined && (broke === undefined || broke < worked)) {
      return `it would forbid method ${method}, which went well at ${worked} and has not failed since`;
    }
  }
  return null;
}

const latest = (seen: readonly Observation[]): string | undefined =>
  seen
    .map(({ at }) => at)
    .sort()
    .at(-1);

function leavesNothing(
  { live, next, at }: Candidate,
  declared: Declared,
  scope: Scope,
): string | null {
  const choice = (memory: Memory) => decide(declared, lessonsOf(memory, scope), at);
  const isStuck = ({ methods, isLastResort }: ReturnType<typeof choice>): boolean =>
    isLastResort || methods.length === 0;
  if (!isStuck(choice(next)) || isStuck(choice(live))) return null;
  const blameless = refusedBy(next, scope).find(
    (method) => recordOf(next, { ...scope, method, at }).failing.length === 0,
  );
  return blameless === undefined
    ? null
    : `it would leave no method, though ${blameless} has not failed`;
}

function isOutOfBounds({ next }: Candidate, declared: Declared, scope: Scope): string | null {
  for (const lesson of lessonsOf(next, scope)) {
    const { rule } = lesson;
    const tunable = rule.kind === 'bound' ? declared.tunables[rule.tunable] : undefined;
    if (rule.kind !== 'bound' || !tunable || isHuman(lesson)) continue;
    if (rule.value < tunable.min || rule.value > tunable.max) {
      return `${lesson.id} would move ${rule.tunable} to ${rule.value}, and ${tunable.min} to ${tunable.max} are declared`;
    }
  }
  return null;
}

function costsMore({ live, next, at }: Candidate, declared: Declared, scope: Scope): string | null {
  const [before] = decide(declared, lessonsOf(live, scope), at).methods;
  const [after, ...others] = decide(declared, lessonsOf(next, scope), at).methods;
  if (before === undefined || after === undefined || !others.includes(before)) return null;
  if (lessonsOf(next, scope).some((each) => isHuman(each) && each.rule.kind === 'prefer')) {
    return null;
  }
  const [old, now] = [before, after].map((method) => recordOf(next, { ...scope, method, at }));
  if (!old || !now || old.failing.length > 0 || !isProven(old)) return null;
  return costOf(now) > costOf(old) * worstCost
    ? `method ${after} in place of ${before} would cost ${Math.round((costOf(now) / costOf(old)) * 100)}% of it`
    : null;
}
