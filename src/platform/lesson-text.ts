import { LineCounter, parseDocument, stringify } from 'yaml';
import { z } from 'zod';
import { Lesson, Sighting, type Rule } from '../contracts/memory.ts';
import { ruleInWords } from '../rules/lesson.ts';

/** A place in a file that can't be read, and what was expected there. */
export interface BadLine {
  readonly line: number;
  readonly reason: string;
}

/** A memory file, or a part of it, can't be read; the message names each line. */
export class BadMemoryFile extends Error {
  override readonly name = 'BadMemoryFile';
  readonly lines: readonly BadLine[];

  constructor(...lines: readonly BadLine[]) {
    super(lines.map(({ line, reason }) => `line ${line}: ${reason}`).join('\n'));
    this.lines = lines;
  }
}

/** What the list below a lesson's heading says; what is left out was not written. */
export type LessonItems = Partial<Omit<Lesson, 'id' | 'rule'>>;

/** Text that Markdown could take for more than text: marks, pictures, and what no eye sees. */
const risky = /[<[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** In quotes, with escapes that both JSON and YAML read. */
const quoted = (text: string): string =>
  JSON.stringify(text).replaceAll(risky, (letter) =>
    [...Array(letter.length).keys()]
      .map((at) => `\\u${letter.charCodeAt(at).toString(16).padStart(4, '0')}`)
      .join(''),
  );

/** Words are words; that they look like a number or a date to YAML means nothing here. */
const words = { schema: 'failsafe' } as const;
const oneLine = {
  ...words,
  lineWidth: 0,
  blockQuote: false,
  singleQuote: false,
  doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
} as const;

const inYaml = (text: string): string =>
  text.search(risky) >= 0 ? quoted(text) : stringify(text, oneLine).slice(0, -1);

/** The same between braces, where commas count too. */
const inBraces = (text: string): string =>
  /^[\w/](?:[\w./:@-]*[\w/])?$/.test(text) ? text : quoted(text);

const named = (name: string): string => (/^[\w./:-]+$/.test(name) ? name : quoted(name));

/** `L-0142 avoid method bulk`: names that are more than a word stand in quotes. */
export const headingOf = ({ id, rule }: Pick<Lesson, 'id' | 'rule'>): string =>
  `${id} ${ruleInWords(withNames(rule))}`;

function withNames(rule: Rule): Rule {
  switch (rule.kind) {
    case 'avoid':
    case 'prefer':
      return { ...rule, method: named(rule.method) };
    case 'bound':
    case 'start':
      return { ...rule, tunable: named(rule.tunable) };
    case 'warn':
      return { ...rule, method: named(rule.method), failure: named(rule.failure) };
  }
}

const name = String.raw`("(?:[^"\\]|\\.)*"|[^\s"]+)`;
const forms: readonly (readonly [RegExp, (...found: readonly string[]) => Rule])[] = [
  [new RegExp(`^avoid method ${name}$`), (method = '') => ({ kind: 'avoid', method })],
  [new RegExp(`^prefer method ${name}$`), (method = '') => ({ kind: 'prefer', method })],
  [
    new RegExp(String.raw`^keep ${name} at (most|least) (-?[\d.]+(?:e[+-]?\d+)?)$`),
    (tunable = '', side = '', value = '') => ({
      kind: 'bound',
      tunable,
      side: side === 'most' ? 'at-most' : 'at-least',
      value: Number(value),
    }),
  ],
  [
    new RegExp(String.raw`^start ${name} at (-?[\d.]+(?:e[+-]?\d+)?)$`),
    (tunable = '', value = '') => ({ kind: 'start', tunable, value: Number(value) }),
  ],
  [
    new RegExp(`^expect ${name} of method ${name}$`),
    (failure = '', method = '') => ({ kind: 'warn', method, failure }),
  ],
];

const Quoted = z.preprocess((text): unknown => JSON.parse(String(text)), z.string());

/**
 * Reads the heading of a lesson.
 *
 * @returns the id is null for a lesson that a person has just written.
 * @throws {BadMemoryFile}
 */
export function readHeading(text: string, line: number): { id: string | null; rule: Rule } {
  const [, id = null, sentence = ''] = /^(?:(L-\d{4,})\s+)?(.*)$/s.exec(text) ?? [];
  for (const [form, toRule] of forms) {
    const [, ...found] = form.exec(sentence) ?? [];
    if (found.length === 0) continue;
    try {
      const names = found.map((each) => (each.startsWith('"') ? Quoted.parse(each) : each));
      return { id, rule: toRule(...names) };
    } catch {
      break; // a name in quotes that do not hold
    }
  }
  throw new BadMemoryFile({
    line,
    reason: `expected a heading such as “L-0142 avoid method bulk”, “prefer method one-by-one”, “keep chunkSize at most 50”, “start rate at 0.5” or “expect Gone of method bulk”; came “${text.slice(0, 80)}”`,
  });
}

/** The list below a lesson's heading, a line each. */
export function itemsOf(lesson: Lesson): readonly string[] {
  const { capability, account, why, runs, seenIn, helped, harmed, expires } = lesson;
  const sightings = seenIn.map(
    ({ workflowId, runId, eventId }) =>
      `  - { workflow: ${inBraces(workflowId)}, run: ${inBraces(runId)}, event: ${eventId ?? 'none'} }`,
  );
  return [
    `- capability: ${inYaml(capability)}`,
    `- account: ${inYaml(account)}`,
    `- why: ${inYaml(why)}`,
    `- runs: ${runs}`,
    ...(sightings.length > 0 ? ['- seen in:', ...sightings] : []),
    `- helped: ${helped}`,
    `- harmed: ${harmed}`,
    `- first seen: ${lesson.firstSeen}`,
    `- last seen: ${lesson.lastSeen}`,
    `- expires: ${expires === null ? 'never' : `${expires}, ${whatThen(lesson.rule)}`}`,
    `- renewals: ${lesson.renewals}`,
    `- status: ${lesson.status === 'deprecated' ? 'DEPRECATED' : lesson.status}`,
  ];
}

const whatThen = ({ kind }: Rule): string =>
  kind === 'avoid' || kind === 'bound' ? 'then one task tries again' : 'then it is forgotten';

const Count = z
  .string()
  .regex(/^\d{1,15}$/, 'expected a whole number')
  .transform(Number);
const When = z
  .string()
  .transform((text) => (/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00.000Z` : text))
  .pipe(z.iso.datetime('expected a moment such as 2026-12-07T06:00:00Z, or a day'));
const Expiry = z
  .string()
  .transform((text) => text.replace(/,.*$/s, '').trim())
  .pipe(z.union([z.literal('never').transform(() => null), When]));
const SeenIn = z
  .array(
    z
      .strictObject({
        workflow: z.string(),
        run: z.string(),
        event: z.union([z.literal('none').transform(() => null), Count]),
      })
      .transform(({ workflow, run, event }) => ({
        workflowId: workflow,
        runId: run,
        eventId: event,
      }))
      .pipe(Sighting),
  )
  .pipe(Lesson.shape.seenIn);
const Status = z
  .string()
  .transform((text) => text.toLowerCase())
  .pipe(Lesson.shape.status);

const { shape } = Lesson;
const readers: Readonly<Record<string, z.ZodType<LessonItems>>> = {
  capability: shape.capability.transform((capability) => ({ capability })),
  account: shape.account.transform((account) => ({ account })),
  why: shape.why.transform((why) => ({ why })),
  runs: Count.transform((runs) => ({ runs })),
  'seen in': SeenIn.transform((seenIn) => ({ seenIn })),
  helped: Count.transform((helped) => ({ helped })),
  harmed: Count.transform((harmed) => ({ harmed })),
  'first seen': When.transform((firstSeen) => ({ firstSeen })),
  'last seen': When.transform((lastSeen) => ({ lastSeen })),
  expires: Expiry.transform((expires) => ({ expires })),
  renewals: Count.transform((renewals) => ({ renewals })),
  status: Status.transform((status) => ({ status })),
};

/**
 * Reads one item of the list: its words are YAML, `why: it is too large`.
 *
 * @param line where it begins.
 * @throws {BadMemoryFile}
 */
export function readItem(text: string, line: number): LessonItems {
  const lines = new LineCounter();
  const document = parseDocument(text, { ...words, lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error) {
    const at = line + Math.max(lines.linePos(error.pos[0]).line, 1) - 1;
    const reason = `this can't be read: ${error.message}; a text with “: ” or “#” in it stands in double quotes`;
    throw new BadMemoryFile({ line: at, reason });
  }
  const item = z.record(z.string(), z.unknown()).safeParse(document.toJS());
  const [[key, value] = ['', undefined]] = item.success ? Object.entries(item.data) : [];
  const reader = Object.hasOwn(readers, key) ? readers[key] : undefined;
  if (!reader || Object.keys(item.data ?? {}).length !== 1) {
    const reason = `expected one of: ${Object.keys(readers).join(', ')}; came “${text.slice(0, 80)}”`;
    throw new BadMemoryFile({ line, reason });
  }
  const read = reader.safeParse(value);
  if (read.success) return read.data;
  throw new BadMemoryFile({
    line,
    reason: `${key}: ${read.error.issues.map(({ message }) => message).join('; ')}`,
  });
}
