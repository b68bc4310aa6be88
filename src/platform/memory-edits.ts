import { isDeepStrictEqual } from 'node:util';
import { agents } from '../contracts/agents.ts';
import type { HumanAct, Lesson } from '../contracts/memory.ts';
import { contradict, isSameRule, isSameScope, ruleInWords } from '../rules/lesson.ts';
import { idOf, type Memory } from '../rules/memory.ts';
import { BadMemoryFile, type BadLine } from './lesson-text.ts';
import { completed, type WrittenLesson } from './memory-file.ts';

/** What a file says, what it was written from, and what is known by now. */
interface Edited {
  readonly agent: string;
  readonly written: readonly WrittenLesson[];
  /** The lessons that the file was written from: what differs from them is a person's doing. */
  readonly base: readonly Lesson[];
  readonly memory: Memory;
  readonly now: string;
}

/**
 * What people have done to a file since it was written, as acts on memory as it is now. A field that
 * nobody has touched keeps the value that memory has by now. What memory has heard already is left
 * out, so that reading the same file again changes nothing.
 *
 * @throws {BadMemoryFile} when an edit names what nobody declares, or contradicts another lesson.
 */
export function editsOf({ agent, written, base, memory, now }: Edited): readonly HumanAct[] {
  const bad: BadLine[] = [];
  const isTaken = (id: string): boolean => memory.lessons.some((each) => each.id === id);
  let nextId = Math.max(memory.nextLesson, ...written.map(({ id }) => numberOf(id) + 1));
  const lessons = written.map((each) => {
    const was = base.find(({ id }) => id === each.id);
    // a new one gets a number; so does one whose number means another lesson by now
    const isOwn = each.id !== null && (was !== undefined || !isTaken(each.id));
    const id = isOwn ? each.id : idOf(nextId++);
    const is = completed(each, was, { id, now });
    const isEdited = !isDeepStrictEqual(is, was);
    if (isEdited) bad.push(...undeclared(agent, is, each.line));
    return { line: each.line, was, is, isEdited };
  });
  lessons.forEach(({ is, line }, at) => {
    const other = lessons
      .slice(0, at)
      .find((each) => isSameScope(each.is, is) && cannotBoth(each.is, is));
    if (!other) return;
    const reason = `“${ruleInWords(is.rule)}” can't stand beside “${ruleInWords(other.is.rule)}” (line ${other.line}), for the same capability and account: keep one`;
    bad.push({ line, reason });
  });
  if (bad.length > 0) throw new BadMemoryFile(...bad);

  const gone = base.filter(({ id }) => !written.some((each) => each.id === id) && isTaken(id));
  return [
    ...gone.map(({ id }) => ({ kind: 'deleted', lesson: id }) as const),
    ...lessons.flatMap(({ was, is, isEdited }) => (isEdited ? actsOn(memory, was, is) : [])),
  ];
}

const numberOf = (id: string | null): number => (id === null ? 0 : Number(id.slice(2)));

const cannotBoth = (a: Lesson, b: Lesson): boolean =>
  contradict(a.rule, b.rule) || isSameRule(a.rule, b.rule);

/** What has to happen to memory so that it says what a person wrote. */
function actsOn(memory: Memory, was: Lesson | undefined, is: Lesson): readonly HumanAct[] {
  if (!was) {
    const isKnown = memory.lessons.some((each) => isSaying(each, is));
    return isKnown ? [] : [{ kind: 'written', lesson: is }];
  }
  const now = memory.lessons.find(({ id }) => id === is.id);
  const changed = Object.entries(is).filter(
    ([field, value]) =>
      !isDeepStrictEqual(value, Object.entries(was).find(([f]) => f === field)?.[1]),
  );
  const wanted = { ...(now ?? was), ...Object.fromEntries(changed) };
  const isHeld = wanted.status !== 'active';
  const lesson = isHeld ? { ...wanted, expires: null } : wanted;
  if (isDeepStrictEqual(lesson, now)) return [];
  const isOnlyStatus = now && changed.every(([field]) => field === 'status');
  if (!isOnlyStatus) return [{ kind: 'written', lesson }];
  const kind = { active: 'unpinned', pinned: 'pinned', deprecated: 'deprecated' } as const;
  return now.status === lesson.status ? [] : [{ kind: kind[lesson.status], lesson: lesson.id }];
}

/** Whether memory has this lesson, maybe under another number. */
const isSaying = (known: Lesson, is: Lesson): boolean =>
  isSameScope(known, is) &&
  isDeepStrictEqual(known.rule, is.rule) &&
  known.why === is.why &&
  known.status === is.status;

/** A lesson about what the agent does not have would change nothing, and nobody would notice. */
function undeclared(agent: string, { capability, rule }: Lesson, line: number): readonly BadLine[] {
  const declared = agents.find(({ id }) => id === agent)?.capabilities ?? [];
  const found = declared.find(({ id }) => id === capability);
  if (!found) {
    const known = declared.map(({ id }) => id).join(', ');
    return [{ line, reason: `${agent} has no capability “${capability}”; there are: ${known}` }];
  }
  if (rule.kind === 'bound' || rule.kind === 'start') {
    const own = rule.kind === 'start' ? ['grain', 'rate'] : [];
    const known = [...Object.keys(found.tunables), ...own];
    const reason = `${capability} has no number “${rule.tunable}”; there are: ${known.join(', ') || 'none'}`;
    return known.includes(rule.tunable) ? [] : [{ line, reason }];
  }
  const known = found.methods.map(({ id }) => id);
  const reason = `${capability} has no method “${rule.method}”; there are: ${known.join(', ')}`;
  return known.includes(rule.method) ? [] : [{ line, reason }];
}
