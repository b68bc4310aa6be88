/** Memory as people see it: over HTTP, and in `agentic memory`. */
import { z } from 'zod';
import { Attempt } from './api.ts';
import { AccountName } from './capability.ts';
import { Lesson, Sighting, World } from './memory.ts';

const Time = z.iso.datetime();

/** Where a lesson is: it holds, one run tries again, one may, or it holds for good. */
export const LessonState = z.enum(['active', 'canary', 'lapsed', 'deprecated']);
export type LessonState = z.infer<typeof LessonState>;

/** A lesson with where it is now. */
export const LessonView = z.object({
  ...Lesson.shape,
  state: LessonState,
  /** The whole of it in words. */
  sentence: z.string(),
});
export type LessonView = z.infer<typeof LessonView>;

/** What is known of one method under one account. */
const MethodView = z.object({
  capability: z.string(),
  account: z.string(),
  method: z.string(),
  /** Tasks and runs that it did well. */
  worked: z.int(),
  workedRuns: z.int(),
  /** Runs in which it failed as no repeat heals, since it last went well. */
  failing: z.array(z.object({ at: Time, type: z.string(), seenIn: Sighting })),
  lastWorkedAt: Time.nullable(),
  lastTriedAt: Time,
  taskMs: z.number().nullable(),
  /** 0 to 1 */
  successRate: z.number(),
});

/** Memory as it was after one entry of its log, and what the gate said. */
const SnapshotView = z.object({
  seq: z.int(),
  at: Time,
  hash: z.string(),
  /** Whether runs obey it now. */
  isLive: z.boolean(),
  /** Why the gate did not let it go live; null when it did. */
  refused: z.string().nullable(),
  lessons: z.int(),
  /** What led to it: `12 observations`, `mara: pinned L-0002 (the contract says so)`. */
  what: z.string(),
});
export type SnapshotView = z.infer<typeof SnapshotView>;

/** The file a memory is written to. */
const FileView = z.object({
  path: z.string(),
  /** Why it is neither read nor written now, by line; null when all is well. */
  trouble: z.array(z.object({ line: z.int(), reason: z.string() })).nullable(),
  /** Somebody has asked for its section to be written anew. */
  isBeingRestored: z.boolean(),
});

/** `GET /api/memory/:agent`: `?world=live` or `stand-in`; whichever has learnt something when left out. */
export const AgentMemory = z.object({
  agent: z.string(),
  world: World,
  now: Time,
  /** The entry whose memory runs obey; 0 when nothing is learnt. */
  live: z.int(),
  lessons: z.array(LessonView),
  records: z.array(MethodView),
  /** Newest first, at most a hundred. */
  snapshots: z.array(SnapshotView),
  file: FileView.nullable(),
});
export type AgentMemory = z.infer<typeof AgentMemory>;

/** `GET /api/memory`: which memories there are. */
export const MemoryList = z.object({
  memories: z.array(
    z.object({
      agent: z.string(),
      world: World,
      live: z.int(),
      lessons: z.int(),
      /** Why the newest memory is not obeyed; null when it is. */
      refused: z.string().nullable(),
      hasTrouble: z.boolean(),
    }),
  ),
});
export type MemoryList = z.infer<typeof MemoryList>;

/** `GET /api/memory/:agent/diff?from=12&to=14`: what one memory has and the other has not. */
export const MemoryDiff = z.object({
  agent: z.string(),
  world: World,
  from: z.int(),
  to: z.int(),
  added: z.array(Lesson),
  removed: z.array(Lesson),
  changed: z.array(z.object({ before: Lesson, after: Lesson })),
  /** The same as lines of the file; lines without a sign stand around those that changed. */
  lines: z.array(z.object({ sign: z.enum(['+', '-', ' ']), text: z.string() })),
});
export type MemoryDiff = z.infer<typeof MemoryDiff>;

/** One run that showed something about a lesson. */
const EvidenceView = z.object({
  at: Time,
  /** The entry of the log that it stands in. */
  entry: z.int(),
  seenIn: Sighting,
  method: z.string(),
  tasks: z.int(),
  /** How it failed; null when it went well. */
  failure: z.string().nullable(),
  /** Its tries that failed, with what the vendor said. */
  attempts: z.array(
    Attempt.pick({ attempt: true, startedAt: true, failure: true, vendorAnswer: true }),
  ),
});

/** `GET /api/memory/:agent/lessons/:id`: all that is known of one lesson. */
export const LessonExplanation = z.object({
  agent: z.string(),
  world: World,
  now: Time,
  /** As it is now, or as it last was. */
  lesson: LessonView,
  isGone: z.boolean(),
  /** As it stands in the file. */
  text: z.string(),
  /** What became of it, oldest first. */
  story: z.array(z.object({ entry: z.int(), at: Time, what: z.string() })),
  /** Newest first, at most twenty. */
  evidence: z.array(EvidenceView),
  /** Runs that it made work in another way: how many, and the newest twenty. */
  obeyedBy: z.object({
    total: z.int(),
    runs: z.array(z.object({ workflowId: z.string(), runId: z.string(), startedAt: Time })),
  }),
  /** Runs that tried for all others what it forbids, newest first. */
  canaries: z.array(
    z.object({
      workflowId: z.string(),
      at: Time,
      /** It tries now. */
      isUnderWay: z.boolean(),
    }),
  ),
});
export type LessonExplanation = z.infer<typeof LessonExplanation>;

/** `GET /api/memory/:agent/report`: what the last entry of a memory came to. */
export const AnnealReport = z.object({
  agent: z.string(),
  world: World,
  /** 0 when nothing is learnt. */
  entry: z.int(),
  at: Time.nullable(),
  /** Where memory is: a sentence or two. */
  status: z.string(),
  /** What was read, or who said what. */
  actionTaken: z.string(),
  /** The exact text added and replaced; empty when nothing is. */
  memoryUpdate: MemoryDiff.shape.lines,
});
export type AnnealReport = z.infer<typeof AnnealReport>;

/** Where one memory is asked about. */
export const MemoryQuery = z.object({ world: World.optional() });

/** Which two snapshots are compared; what is obeyed now when `to` is left out. */
export const DiffQuery = MemoryQuery.extend({
  from: z.coerce.number().int().min(0),
  to: z.coerce.number().int().min(0).optional(),
});

/** Which entry is reported; the last one when left out. */
export const ReportQuery = MemoryQuery.extend({
  entry: z.coerce.number().int().min(0).optional(),
});

const reason = z.string().trim().min(1, 'expected a reason, for those who look later').max(500);

/** Body of `POST /api/memory/:agent/lessons/:id/(pin|unpin|deprecate)`. */
export const LessonChange = z.strictObject({
  world: World.optional(),
  reason,
  /** The lesson's id once more: needed to deprecate, which holds for good. */
  confirm: z.string().optional(),
});

const Proposal = z.strictObject({
  capability: z.string().min(1).max(120),
  account: AccountName.default('default'),
  /** As the heading of a lesson says it: `avoid method bulk`, `keep chunkSize at most 50`. */
  rule: z.string().trim().min(1).max(200),
});

/** Body of `POST /api/memory/:agent/lessons`: a lesson that a person proposes, like an edit by hand. */
export const ProposedLesson = Proposal.extend({
  world: World.optional(),
  why: Lesson.shape.why,
  /** From then on runs judge it; left out, it holds until a person takes it back. */
  expires: Time.optional(),
  reason,
});
export type ProposedLesson = z.infer<typeof ProposedLesson>;

/** Body of `POST /api/memory/:agent/try`: under which memory; the one that is obeyed when left out. */
export const TrialQuestion = z.strictObject({
  world: World.optional(),
  /** Memory as it was after this entry. */
  entry: z.int().min(0).optional(),
  /** Memory with one lesson more. */
  lesson: Proposal.optional(),
});
export type TrialQuestion = z.infer<typeof TrialQuestion>;

/** What the last 30 days would have been like under a memory. */
export const Trial = z.object({
  agent: z.string(),
  world: World,
  since: Time,
  /** Tries that were replayed, by tasks. */
  tasks: z.int(),
  /** Of these, what would have gone another way. */
  elsewhere: z.int(),
  /** Failures that would not have been met. */
  saved: z.int(),
  /** What went well in a way that it leaves. */
  unproven: z.int(),
  /** Why the gate would not let such a memory go live of itself; null when it would. */
  objection: z.string().nullable(),
});
export type Trial = z.infer<typeof Trial>;

/** `GET /api/memory/:agent/first-tries`: how many first tries worked, by UTC day, and when lessons changed. */
export const FirstTries = z.object({
  agent: z.string(),
  world: World,
  /** Thirty days, oldest first; in swarms every try counts. */
  days: z.array(z.object({ date: z.iso.date(), tasks: z.int(), worked: z.int() })),
  /** The last snapshot of each day on which lessons came, went or changed. */
  marks: z.array(z.object({ date: z.iso.date(), seq: z.int(), hash: z.string() })),
});
export type FirstTries = z.infer<typeof FirstTries>;

/** Body of `POST /api/memory/:agent/rollback`. */
export const Rollback = z.strictObject({
  world: World.optional(),
  reason,
  /** The snapshot to go back to. */
  to: z.int().min(0),
});

/** Body of `POST /api/memory/:agent/run` and `…/restore`. */
export const MemoryCommand = z.strictObject({ world: World.optional(), reason });

/** What a person's word has come to; `lesson` names one that was proposed. */
export const MemoryChanged = z.object({
  agent: z.string(),
  world: World,
  /** Its entry of the log. */
  seq: z.int(),
  /** Why it is noted, but not obeyed; null when it is. */
  refused: z.string().nullable(),
  lesson: Lesson.shape.id.optional(),
});
export type MemoryChanged = z.infer<typeof MemoryChanged>;
