import type { Lesson, World } from '../contracts/memory.ts';
import { byPlace } from '../rules/lesson.ts';
import { headingOf } from './lesson-text.ts';
import { findSection, withSection } from './markdown-section.ts';

/** The lessons of one agent. */
interface AgentLessons {
  readonly agent: string;
  readonly lessons: readonly Lesson[];
}

const title = 'Active lessons';

/**
 * The master file with the index of all agents' lessons, its other text untouched.
 *
 * @param text as it is now; `undefined` when there is none.
 * @throws {BadMemoryFile} when there is no place for the index.
 */
export function indexFile(
  text: string | undefined,
  world: World,
  memories: readonly AgentLessons[],
): string {
  const rows = [...memories]
    .sort((a, b) => (a.agent < b.agent ? -1 : 1))
    .flatMap(({ agent, lessons }) => [...lessons].sort(byPlace).map((each) => rowOf(agent, each)));
  const index = [
    `## ${title}`,
    '',
    ...(rows.length > 0
      ? [
          '| agent | lesson | capability | account | holds until |',
          '| - | - | - | - | - |',
          ...rows,
        ]
      : ['None.']),
    '',
  ].join('\n');
  const file = findSection(text ?? heads[world], title);
  return file.section?.text.trimEnd() === index.trimEnd()
    ? (text ?? '')
    : withSection(file, title, index);
}

const heads: Readonly<Record<World, string>> = {
  live: '# What Agentic OS knows\n',
  'stand-in':
    '# What stand-ins have taught\n\nNothing of this counts for live vendors. The format is that of `information/information.md`.\n',
};

const rowOf = (agent: string, lesson: Lesson): string => {
  const until =
    lesson.status === 'deprecated'
      ? 'for good: DEPRECATED'
      : `${lesson.expires ?? 'taken back'}${lesson.status === 'pinned' ? ', pinned' : ''}`;
  const cells = [headingOf(lesson), lesson.capability, lesson.account, until].map(inCell);
  return `| [${agent}](${agent}.md) | ${cells.join(' | ')} |`;
};

/** Any text in one cell of a table. */
const inCell = (text: string): string =>
  text.replaceAll(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').replaceAll(/[\\|[\]<>`*_~]/g, String.raw`\$&`);
