/** What a lead can always be addressed by, as the vendor names it. */
const builtIn: readonly string[] = [
  'email',
  'firstName',
  'lastName',
  'companyName',
  'jobTitle',
  'website',
  'phone',
  'personalization',
];
const anyTag = /\{\{([^{}]*)\}\}/g;
const mostEdits = 2;

/** One `{{…}}` of a text: a value with or without a fallback, or one of several wordings. */
type Tag =
  | { readonly kind: 'value'; readonly name: string; readonly fallback: string | null }
  | { readonly kind: 'random'; readonly wordings: readonly string[] };

function tagOf(inside: string): Tag {
  const [name = '', ...rest] = inside.split('|').map((part) => part.trim());
  return name === 'RANDOM'
    ? { kind: 'random', wordings: rest }
    : { kind: 'value', name, fallback: rest.length === 0 ? null : rest.join(' | ') };
}

const tagsIn = (text: string): readonly Tag[] =>
  [...text.matchAll(anyTag)].map(([, inside = '']) => tagOf(inside));

/**
 * What is wrong with the merge tags of a text, one sentence each.
 *
 * @param variables what leads carry beside the built-in fields; large and small letters matter.
 */
export function tagObjections(text: string, variables: readonly string[]): readonly string[] {
  const known = [...builtIn, ...variables];
  const wrong = tagsIn(text).flatMap((tag): readonly string[] => {
    if (tag.kind === 'random')
      return tag.wordings.length < 2
        ? ['{{RANDOM}} needs at least two wordings: {{RANDOM | Hello | Good day}}']
        : [];
    return known.includes(tag.name) ? [] : [unknownTag(tag.name, known)];
  });
  const rest = text.replaceAll(anyTag, '');
  return [
    ...new Set(wrong),
    ...(/\{\{|\}\}/.test(rest) ? ['a merge tag is not closed, or stands within another'] : []),
  ];
}

function unknownTag(name: string, known: readonly string[]): string {
  const nearest = [...known, 'RANDOM']
    .map((each) => ({ each, edits: editsBetween(plain(each), plain(name)) }))
    .sort((a, b) => a.edits - b.edits)[0];
  return nearest && nearest.edits <= mostEdits
    ? `{{${name}}} is no merge tag: did you mean {{${nearest.each}}}?`
    : `{{${name}}} is no merge tag; there are ${known.map((each) => `{{${each}}}`).join(', ')}. Others are declared under variables`;
}

const plain = (name: string): string => name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');

/** How many letters have to be added, taken away or replaced. */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (const [at, letter] of Array.from(a).entries()) {
    const next = [at + 1];
    for (const [to, other] of Array.from(b).entries()) {
      const replaced = (row[to] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[to + 1] ?? 0) + 1, (next[to] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** Names of the values that a text cannot do without: those of its tags that have no fallback. */
export const neededTags = (text: string): readonly string[] => [
  ...new Set(
    tagsIn(text).flatMap((tag) =>
      tag.kind === 'value' && tag.fallback === null ? [tag.name] : [],
    ),
  ),
];

/** Whether somebody has a value for a tag; large and small letters matter. */
export function hasValue(values: Readonly<Record<string, unknown>>, name: string): boolean {
  const value = values[name];
  return typeof value === 'string' ? value !== '' : value != null;
}

/** A text as one lead gets it: of several wordings the first. What it has no value for is left empty, and named. */
export function fillTags(
  text: string,
  values: Readonly<Record<string, unknown>>,
): { readonly text: string; readonly missing: readonly string[] } {
  const missing: string[] = [];
  const filled = text.replaceAll(anyTag, (_, inside: string) => {
    const tag = tagOf(inside);
    if (tag.kind === 'random') return tag.wordings[0] ?? '';
    if (hasValue(values, tag.name)) return String(values[tag.name]);
    if (tag.fallback === null) missing.push(tag.name);
    return tag.fallback ?? '';
  });
  return { text: filled, missing };
}
