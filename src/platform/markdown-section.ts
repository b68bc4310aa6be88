import { fromMarkdown } from 'mdast-util-from-markdown';
import { BadMemoryFile } from './lesson-text.ts';

/** A part of a Markdown text, with its place. */
export type Node = ReturnType<typeof fromMarkdown>['children'][number];

/** A Markdown text around one section `## <title>`, which reaches to the next heading of its rank. */
export interface Sectioned {
  /** Everything above and below it, to the byte. */
  readonly before: string;
  readonly after: string;
  /** Null when there is none yet. */
  readonly section: { readonly text: string; readonly nodes: readonly Node[] } | null;
}

/**
 * Finds a section. A library reads the Markdown and says where each part stands.
 *
 * @returns with what the section holds below its heading.
 * @throws {BadMemoryFile} when there are two.
 */
export function findSection(text: string, title: string): Sectioned {
  const nodes = fromMarkdown(text).children;
  const headings = nodes.filter((node) => node.type === 'heading' && node.depth <= 2);
  const [heading, second] = headings.filter(
    (node) => node.type === 'heading' && node.depth === 2 && wordsOf(text, node) === title,
  );
  if (!heading) return { before: text, after: '', section: null };
  if (second) {
    throw new BadMemoryFile({
      line: lineOf(second),
      reason: `expected one section “## ${title}”; the first begins in line ${lineOf(heading)}`,
    });
  }
  const next = headings[headings.indexOf(heading) + 1];
  const [from, to] = [startOf(heading), next ? startOf(next) : text.length];
  return {
    before: text.slice(0, from),
    after: text.slice(to),
    section: {
      text: text.slice(from, to),
      nodes: nodes.filter((node) => startOf(node) > from && startOf(node) < to),
    },
  };
}

/**
 * The text with this section in the place of its old one, or at its end.
 *
 * @param text begins with the section's heading and ends with a line break.
 * @throws {BadMemoryFile} when what stands around it would swallow it: an open code block does.
 */
export function withSection(
  { before, after, section }: Omit<Sectioned, 'section'> & { readonly section: unknown },
  title: string,
  text: string,
): string {
  const gap = section || before === '' ? '' : before.endsWith('\n') ? '\n' : '\n\n';
  const whole = `${before}${gap}${text}${after === '' ? '' : '\n'}${after}`;
  if (findSection(whole, title).section?.text.trimEnd() === text.trimEnd()) return whole;
  throw new BadMemoryFile({
    line: before.split('\n').length,
    reason: `the section “## ${title}” can't stand here: a code block or a comment above it is not closed`,
  });
}

type Placed = Pick<Node, 'position'>;

/** Where a part begins and ends in the text, and its line, from 1. */
export const startOf = ({ position }: Placed): number => position?.start.offset ?? 0;
/** See `startOf`. */
export const endOf = ({ position }: Placed): number => position?.end.offset ?? 0;
/** See `startOf`. */
export const lineOf = ({ position }: Placed): number => position?.start.line ?? 1;

/** What a heading says, without its marks. */
export function wordsOf(text: string, node: Node): string {
  if (!('children' in node)) return '';
  const [first, last] = [node.children.at(0), node.children.at(-1)];
  return first && last ? text.slice(startOf(first), endOf(last)) : '';
}
