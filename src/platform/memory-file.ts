import { Lesson } from '../contracts/memory.ts';
import { byPlace } from '../rules/lesson.ts';
import {
  BadMemoryFile,
  headingOf,
  itemsOf,
  readHeading,
  readItem,
  type BadLine,
  type LessonItems,
} from './lesson-text.ts';
import {
  endOf,
  findSection,
  lineOf,
  startOf,
  withSection,
  wordsOf,
  type Node,
} from './markdown-section.ts';

/** A lesson as somebody has written it: whatever its list leaves out is missing here. */
export interface WrittenLesson extends LessonItems {
  /** Of its heading. */
  readonly line: number;
  /** Null for a new one. */
  readonly id: string | null;
  readonly rule: Lesson['rule'];
}

/** Which memory a section was written from. */
export interface AsOf {
  /** The last entry of the log that is in it. */
  readonly seq: number;
  /** The beginning of the snapshot's hash: the same entry of another log is another memory. */
  readonly hash: string;
}

/** `information/<agent>.md`: what people wrote, and the section that memory writes. */
export interface MemoryFile {
  /** Everything above the section, and below it: kept as it is. */
  readonly before: string;
  readonly after: string;
  /** Null when there is no section yet. */
  readonly section: {
    readonly text: string;
    /** Null when the line that says so is gone. */
    readonly asOf: AsOf | null;
    readonly lessons: readonly WrittenLesson[];
  } | null;
}

const title = 'Lessons';
const none = 'Nothing is learnt yet.';
const asOfForm = /^As of entry (\d+), ([0-9a-f]{8})\./;

/** The section `## Lessons`: the same lessons give the same text, whatever order they come in. */
export function lessonsSection(lessons: readonly Lesson[], { seq, hash }: AsOf): string {
  const all = [...lessons]
    .sort(byPlace)
    .flatMap((lesson) => ['', `### ${headingOf(lesson)}`, '', ...itemsOf(lesson)]);
  return [
    `## ${title}`,
    '',
    `As of entry ${seq}, ${hash.slice(0, 8)}. Edits are read in: see [information.md](information.md).`,
    ...(all.length > 0 ? all : ['', none]),
    '',
  ].join('\n');
}

/**
 * Takes a memory file apart.
 *
 * @throws {BadMemoryFile} naming each line that can't be read, and what was expected there.
 */
export function readMemoryFile(text: string): MemoryFile {
  const { before, after, section } = findSection(text, title);
  if (!section) return { before, after, section };
  const others = section.nodes.filter((node) => !isOurs(text, node));
  return {
    before,
    after,
    section: {
      text: section.text,
      asOf: asOfIn(text, section.nodes),
      lessons: readLessons(text, others),
    },
  };
}

/**
 * The section and what it was written from, whatever else it says.
 *
 * @returns `undefined` when there is no section.
 * @throws {BadMemoryFile} when there are two.
 */
export function readAsOf(
  text: string,
): { readonly line: number; readonly text: string; readonly asOf: AsOf | null } | undefined {
  const { before, after, section } = findSection(text, title);
  if (!section) return undefined;
  return {
    line: before.split('\n').length,
    // what stands below is set off by one empty line
    text: after === '' ? section.text : section.text.replace(/\n$/, ''),
    asOf: asOfIn(text, section.nodes),
  };
}

function asOfIn(text: string, [first]: readonly Node[]): AsOf | null {
  const [, seq, hash] = (first && asOfForm.exec(textOf(text, first))) ?? [];
  return seq !== undefined && hash !== undefined ? { seq: Number(seq), hash } : null;
}

/**
 * The same without looking at lessons: for a section that is to be written anew.
 *
 * @throws {BadMemoryFile} when not even the section can be told.
 */
export function readAround(text: string): MemoryFile {
  const { section, ...around } = findSection(text, title);
  return { ...around, section: section && { text: section.text, asOf: null, lessons: [] } };
}

/**
 * The file with this section in the place of its old one, or at its end.
 *
 * @throws {BadMemoryFile} when there is no place for it.
 */
export const withLessons = (file: MemoryFile, section: string): string =>
  withSection(file, title, section);

/** The sentences that stand in the section by themselves. */
const isOurs = (text: string, node: Node): boolean =>
  node.type === 'paragraph' && (textOf(text, node) === none || asOfForm.test(textOf(text, node)));

function readLessons(text: string, nodes: readonly Node[]): readonly WrittenLesson[] {
  const bad: BadLine[] = [];
  const lessons: WrittenLesson[] = [];
  for (const node of nodes) {
    try {
      if (node.type === 'heading') {
        lessons.push({ line: lineOf(node), ...readHeading(wordsOf(text, node), lineOf(node)) });
        continue;
      }
      const lesson = lessons.pop();
      if (lesson) lessons.push(node.type === 'list' ? withItems(text, lesson, node) : lesson);
      if (lesson && node.type === 'list') continue;
      const reason = `expected the heading of a lesson, or its list; other text stands above “## ${title}”`;
      bad.push({ line: lineOf(node), reason });
    } catch (error) {
      if (!(error instanceof BadMemoryFile)) throw error;
      bad.push(...error.lines);
    }
  }
  const twice = lessons.filter(
    ({ id }, at) => id !== null && lessons.findIndex((each) => each.id === id) < at,
  );
  bad.push(...twice.map(({ line, id }) => ({ line, reason: `${id ?? ''} is there twice` })));
  if (bad.length > 0) throw new BadMemoryFile(...bad);
  return lessons;
}

type List = Extract<Node, { type: 'list' }>;

const withItems = (text: string, lesson: WrittenLesson, list: List): WrittenLesson =>
  list.children.reduce((before, item) => withItem(text, before, item), lesson);

function withItem(
  text: string,
  lesson: WrittenLesson,
  item: List['children'][number],
): WrittenLesson {
  const [first] = item.children;
  const line = lineOf(item);
  const read = readItem(first ? text.slice(startOf(first), endOf(item)) : '', line);
  const [again] = Object.keys(read).filter((field) => Object.hasOwn(lesson, field));
  if (again !== undefined) throw new BadMemoryFile({ line, reason: `${again} is there twice` });
  return { ...lesson, ...read };
}

/**
 * A lesson with all its fields. A person's own word holds until somebody takes it back.
 *
 * @param known the same lesson as it was before, if there was one: what is not written stays.
 * @throws {BadMemoryFile} when nobody knows what it is about, or why.
 */
export function completed(
  { line, ...written }: WrittenLesson,
  known: Lesson | undefined,
  { id, now }: { readonly id: string; readonly now: string },
): Lesson {
  const own = { account: 'default', runs: 0, seenIn: [], helped: 0, harmed: 0, renewals: 0 };
  const said = { firstSeen: now, lastSeen: now, expires: null, status: 'pinned' };
  const read = Lesson.safeParse({ ...own, ...said, ...known, ...written, id });
  if (read.success) return read.data;
  const missing = read.error.issues.map(({ path, message }) =>
    path[0] === 'capability' || path[0] === 'why'
      ? `expected “- ${path[0]}: …” below this heading`
      : `${path.map(String).join('.')}: ${message}`,
  );
  throw new BadMemoryFile({ line, reason: missing.join('; ') });
}

const textOf = (text: string, node: Node): string => text.slice(startOf(node), endOf(node));
