import { z } from 'zod';
import { AccountName, Effect } from './capability.ts';
import { ErrorClass } from './failures.ts';
import { Requester } from './requester.ts';

/** Where evidence comes from: what stand-ins taught is never mixed with what vendors taught. */
export const World = z.enum(['live', 'stand-in']);
export type World = z.infer<typeof World>;

/** What a lesson demands of a run; the words of `information/<agent>.md`. */
export const Rule = z.discriminatedUnion('kind', [
  /** A constraint: another method is taken while there is one. */
  z.strictObject({ kind: z.literal('avoid'), method: z.string().min(1) }),
  /** A best practice: tried before the others. */
  z.strictObject({ kind: z.literal('prefer'), method: z.string().min(1) }),
  /** A tunable stays on this side of a value. */
  z.strictObject({
    kind: z.literal('bound'),
    tunable: z.string().min(1),
    side: z.enum(['at-most', 'at-least']),
    value: z.number(),
  }),
  /** A number begins at this value, and moves on from there by what the run itself shows. */
  z.strictObject({ kind: z.literal('start'), tunable: z.string().min(1), value: z.number() }),
  /** Nothing is forbidden, but other methods come first, and people should know. */
  z.strictObject({
    kind: z.literal('warn'),
    method: z.string().min(1),
    failure: z.string().min(1),
  }),
]);
export type Rule = z.infer<typeof Rule>;

/** Where something was seen: a run, and the event of its history when there is one. */
export const Sighting = z.strictObject({
  workflowId: z.string().min(1).max(500),
  runId: z.string().min(1).max(100),
  eventId: z.int().positive().nullable(),
});
export type Sighting = z.infer<typeof Sighting>;

const Moment = z.iso.datetime();

/**
 * One entry of memory. It speaks of one capability under one account. A lesson whose time is over
 * (`expires`) is lapsed: it still holds for all but the one task that may try again.
 */
export const Lesson = z.strictObject({
  /** `L-0142`; never given again within an agent. */
  id: z.string().regex(/^L-\d{4,}$/, 'expected an id such as L-0142'),
  capability: z.string().min(1),
  account: AccountName,
  rule: Rule,
  /** One sentence in our own words, or a person's; never a vendor's. */
  why: z.string().min(1).max(300),
  /** Independent runs that showed it. */
  runs: z.int().nonnegative(),
  /** The last of them, newest last, at most three. */
  seenIn: z.array(Sighting).max(3),
  /** Tasks that obeyed it and went well, and tasks that obeyed it and did not. */
  helped: z.int().nonnegative(),
  harmed: z.int().nonnegative(),
  firstSeen: Moment,
  lastSeen: Moment,
  /** From then on one task may try what it forbids; null for good. */
  expires: Moment.nullable(),
  /** How often such a try has failed since. */
  renewals: z.int().nonnegative(),
  /** `deprecated` is a person's word and never lapses; `pinned` ones are a person's too, but may be unpinned. */
  status: z.enum(['active', 'pinned', 'deprecated']),
});
export type Lesson = z.infer<typeof Lesson>;

/** What a run showed: one group of tasks that went the same way. */
export const Observation = z.strictObject({
  /** Made of run, activity and try, so that the same thing is never counted twice. */
  id: z.string().min(1),
  at: Moment,
  seenIn: Sighting,
  capability: z.string().min(1),
  account: AccountName,
  method: z.string().min(1),
  /** How many tasks. */
  tasks: z.int().positive(),
  /** What they took, added up; milliseconds. */
  tookMs: z.number().nonnegative(),
  /** How they failed, and what that meant then; null when they went well. */
  failure: z.strictObject({ type: z.string(), class: ErrorClass }).nullable(),
  /** The numbers they were given. */
  tunables: z.record(z.string(), z.number()),
  /** The numbers that the vendor accepted in the end, where these differ. */
  accepted: z.record(z.string(), z.number()),
  /** Ids of the lessons that chose this method or these numbers. */
  obeyed: z.array(z.string()),
});
export type Observation = z.infer<typeof Observation>;

/** What a person does to memory. */
export const HumanAct = z.discriminatedUnion('kind', [
  /** A lesson written or rewritten by hand, whole. */
  z.strictObject({ kind: z.literal('written'), lesson: Lesson }),
  z.strictObject({ kind: z.literal('deleted'), lesson: Lesson.shape.id }),
  z.strictObject({ kind: z.literal('pinned'), lesson: Lesson.shape.id }),
  z.strictObject({ kind: z.literal('unpinned'), lesson: Lesson.shape.id }),
  z.strictObject({ kind: z.literal('deprecated'), lesson: Lesson.shape.id }),
  /** Memory as it was after that entry. */
  z.strictObject({ kind: z.literal('rolled-back'), to: z.int().nonnegative() }),
]);
export type HumanAct = z.infer<typeof HumanAct>;

/** One entry of an agent's memory log. The log alone says what memory is: it is folded in order. */
export const MemoryEntry = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('observed'),
    seq: z.int().positive(),
    at: Moment,
    observations: z.array(Observation),
  }),
  z.strictObject({
    kind: z.literal('human'),
    seq: z.int().positive(),
    at: Moment,
    by: Requester,
    reason: z.string().max(500),
    act: HumanAct,
  }),
]);
export type MemoryEntry = z.infer<typeof MemoryEntry>;

/** An entry before the log has given it its place. */
export type NewMemoryEntry = MemoryEntry extends infer E
  ? E extends MemoryEntry
    ? Omit<E, 'seq'>
    : never
  : never;

/** What rules need to know of a declared capability. */
export const Declared = z.object({
  id: z.string(),
  effect: Effect,
  methods: z.array(z.object({ id: z.string() })),
  tunables: z.record(
    z.string(),
    z.object({ default: z.number(), min: z.number(), max: z.number() }),
  ),
});
export type Declared = z.infer<typeof Declared>;

/** One thing memory changed about how a task works, and the lesson that says so. */
export const Heeded = z.object({
  lesson: z.string(),
  rule: Rule,
  why: z.string(),
  status: Lesson.shape.status,
});
export type Heeded = z.infer<typeof Heeded>;

/** A number that a swarm began with, and the lesson that says so. */
export const SwarmStart = Heeded.extend({
  agent: z.string(),
  world: World,
  capability: z.string(),
  account: z.string(),
});
export type SwarmStart = z.infer<typeof SwarmStart>;

/** What one task tries for all others: what a lapsed lesson forbids, or a method nobody knows yet. */
export const Canary = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('lesson'), lesson: z.string() }),
  z.object({ kind: z.literal('method'), method: z.string() }),
]);
export type Canary = z.infer<typeof Canary>;

/** The memory that a decision was made from, and what it came to. */
export const Obeyed = z.object({
  world: World,
  seq: z.int(),
  hash: z.string(),
  heeded: z.array(Heeded).readonly(),
  canary: Canary.nullable(),
  isLastResort: z.boolean(),
});
export type Obeyed = z.infer<typeof Obeyed>;

/** What a person says to a task all of whose methods memory refuses. */
export const MethodWord = z.discriminatedUnion('action', [
  z.strictObject({
    /** Tries a method once, whatever memory says. */
    action: z.literal('try'),
    method: z.string().min(1),
    reason: z.string().trim().min(1).max(500),
  }),
  z.strictObject({
    /** Ends the task undone. */
    action: z.literal('leave-out'),
    reason: z.string().trim().min(1).max(500),
  }),
]);
export type MethodWord = z.infer<typeof MethodWord>;

/** How a task works, as memory would have it. */
export interface Decision {
  /** The methods to try, in this order; empty when all are refused and a person has to decide. */
  readonly methods: readonly string[];
  readonly tunables: Readonly<Record<string, number>>;
  /** Lessons that changed something. */
  readonly heeded: readonly Heeded[];
  readonly canary: Canary | null;
  /** Everything is refused, and a repeat does no harm: the least bad method is tried. */
  readonly isLastResort: boolean;
}
