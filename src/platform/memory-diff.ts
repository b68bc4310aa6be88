import { isDeepStrictEqual } from 'node:util';
import type { MemoryDiff } from '../contracts/memory-views.ts';
import type { Lesson } from '../contracts/memory.ts';
import { byPlace } from '../rules/lesson.ts';
import { headingOf, itemsOf } from './lesson-text.ts';

/** What one memory has and the other has not: by lesson, and as lines of the file. */
export function diffOfLessons(
  before: readonly Lesson[],
  after: readonly Lesson[],
): Pick<MemoryDiff, 'added' | 'removed' | 'changed' | 'lines'> {
  const missingIn = (others: readonly Lesson[]) => (lesson: Lesson) =>
    !others.some(({ id }) => id === lesson.id);
  const changed = after.flatMap((lesson) => {
    const was = before.find(({ id }) => id === lesson.id);
    return was && !isDeepStrictEqual(was, lesson) ? [{ before: was, after: lesson }] : [];
  });
  const touched = [
    ...before.filter(missingIn(after)),
    ...after.filter(missingIn(before)),
    ...changed.map((each) => each.after),
  ].sort(byPlace);
  return {
    added: after.filter(missingIn(before)),
    removed: before.filter(missingIn(after)),
    changed,
    lines: touched.flatMap(({ id }) => [
      ...linesOf(
        before.find((each) => each.id === id),
        after.find((each) => each.id === id),
      ),
    ]),
  };
}

type Line = MemoryDiff['lines'][number];

/** Items have one order, so that a line stands for the same thing on both sides. */
function linesOf(before: Lesson | undefined, after: Lesson | undefined): readonly Line[] {
  const [was, is] = [before, after].map((lesson) =>
    lesson ? [`### ${headingOf(lesson)}`, ...itemsOf(lesson)] : [],
  );
  const [old, now] = [was ?? [], is ?? []];
  const names = [...new Set([...old, ...now].map(nameOf))];
  return names.flatMap((name) => {
    const gone = old.filter((line) => nameOf(line) === name && !now.includes(line));
    const come = now.filter((line) => nameOf(line) === name && !old.includes(line));
    const same = now.filter((line) => nameOf(line) === name && old.includes(line));
    return [...same.map(signed(' ')), ...gone.map(signed('-')), ...come.map(signed('+'))];
  });
}

const signed =
  (sign: Line['sign']) =>
  (text: string): Line => ({ sign, text });

/** `- why: …` → `- why`; sightings and headings have a name of their own. */
const nameOf = (line: string): string =>
  line.startsWith('- ') ? line.slice(0, line.indexOf(':')) : line.slice(0, 4);
