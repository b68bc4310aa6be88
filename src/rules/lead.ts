import type { FieldSource } from '../contracts/leads.ts';

/** What one field may hold. */
type FieldValue = string | number | null | readonly string[];

/** Fields by name. */
export type Fields = Readonly<Record<string, FieldValue>>;

/** Who had a part in each field, oldest first. */
type Sources = Readonly<Record<string, readonly FieldSource[]>>;

/** What is known, and from whom. */
export interface Known {
  readonly fields: Fields;
  readonly sources: Sources;
}

const longestList = 100;
const mostSources = 10;

/** Kinds of which a later word replaces an earlier one of the same origin: there a person edits. */
const edited: readonly FieldSource['kind'][] = ['sheet', 'person'];

/**
 * What is known once a source was heard. A blank never replaces a value, lists only grow, what a
 * person said gives way to nobody else, and nothing made up replaces what is real.
 *
 * @returns the very same object when nothing changed.
 */
export function hear(known: Known, said: Fields, source: FieldSource): Known {
  const changes = Object.entries(said).flatMap(([name, value]) => {
    const before = known.fields[name] ?? null;
    const sources = known.sources[name] ?? [];
    const after = isList(value)
      ? listOf(before, value)
      : isHeard(before, value, sources, source)
        ? value
        : before;
    return after === before ? [] : [{ name, after, sources: withSource(sources, source) }];
  });
  if (changes.length === 0) return known;
  return {
    fields: {
      ...known.fields,
      ...Object.fromEntries(changes.map(({ name, after }) => [name, after])),
    },
    sources: {
      ...known.sources,
      ...Object.fromEntries(changes.map(({ name, sources }) => [name, sources])),
    },
  };
}

const isList = (value: FieldValue): value is readonly string[] =>
  typeof value === 'object' && value !== null;

const isSame = (a: FieldSource, b: FieldSource): boolean => a.kind === b.kind && a.ref === b.ref;

/** Whether a source's word on a single value counts. */
function isHeard(
  before: FieldValue,
  value: FieldValue,
  sources: readonly FieldSource[],
  source: FieldSource,
): boolean {
  if (value === null || value === '' || value === before) return false;
  if (before === null || before === '') return true;
  const last = sources.at(-1);
  if (last?.kind === 'person' && source.kind !== 'person') return false;
  if (last?.isStandIn === false && source.isStandIn) return false;
  return edited.includes(source.kind) || !sources.some((each) => isSame(each, source));
}

/** What was there, then what is new. */
function listOf(before: FieldValue, said: readonly string[]): FieldValue {
  const there = isList(before) ? before : [];
  const all = [...new Set([...there, ...said])].slice(0, longestList);
  return all.length > there.length ? all : before;
}

/** The newest last; a stand-in is never dropped from the list, so that nobody forgets that it was there. */
function withSource(sources: readonly FieldSource[], source: FieldSource): readonly FieldSource[] {
  const others = sources.filter((each) => !isSame(each, source));
  const kept = others.slice(1 - mostSources);
  const standIn = others.slice(0, others.length - kept.length).findLast((each) => each.isStandIn);
  return [...(standIn ? [standIn] : []), ...kept, source];
}

/**
 * What is known once another lead's values stand where there were none, with their sources.
 *
 * @param names the fields it may give.
 * @param unites lists grow by what the other has; without it only empty ones are filled.
 * @returns the very same object when nothing changed.
 */
export function fill(known: Known, other: Known, names: readonly string[], unites: boolean): Known {
  const changes = names.flatMap((name) => {
    const before = known.fields[name] ?? null;
    const given = other.fields[name] ?? null;
    const isBlank = isList(before) ? before.length === 0 : before === null || before === '';
    const after = isList(given)
      ? isBlank || unites
        ? listOf(before, given)
        : before
      : isBlank && given !== ''
        ? given
        : before;
    const sources = other.sources[name] ?? [];
    return after === before ? [] : [{ name, after, sources }];
  });
  if (changes.length === 0) return known;
  const sourcesOf = (name: string, more: readonly FieldSource[]) =>
    more.reduce<readonly FieldSource[]>(withSource, known.sources[name] ?? []);
  return {
    fields: {
      ...known.fields,
      ...Object.fromEntries(changes.map(({ name, after }) => [name, after])),
    },
    sources: {
      ...known.sources,
      ...Object.fromEntries(changes.map(({ name, sources }) => [name, sourcesOf(name, sources)])),
    },
  };
}

const contactsOfSite = [
  'linkedIn',
  'twitter',
  'facebook',
  'instagram',
  'youTube',
  'tikTok',
] as const;

/**
 * Which fields a lead may have from another one of the same site. A business has the site's
 * addresses and pages; a person has its pages and its name, but not somebody else's address. Where
 * a place is, what it is rated and who answers its phone differ from place to place.
 */
export const givenBySite = (isPerson: boolean): readonly string[] =>
  isPerson
    ? ['businessName', 'category', ...contactsOfSite]
    : ['businessName', 'category', 'emails', ...contactsOfSite];
