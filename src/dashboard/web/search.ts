/** The search parameters of each page: the address is the state of the screen. */
import { z } from 'zod';
import { ClipState, ShortsState } from '../../contracts/shorts.ts';

/** A parameter that a bad address simply lacks. */
const optional = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined);
const text = optional(z.string().min(1));
const day = optional(z.iso.date());

/** Filters of the list of runs. */
export const RunsSearch = z.object({
  q: text,
  state: optional(z.enum(['open', 'needs-you', 'completed', 'failed', 'cancelled'])),
  agent: text,
  capability: text,
  account: text,
  by: optional(z.enum(['person', 'cli', 'schedule', 'tour', 'temporal'])),
  /** How far back; a day when left out. `from` and `to` go before it. */
  last: optional(z.enum(['24h', '7d', '30d', 'all'])),
  from: optional(z.iso.datetime()),
  to: optional(z.iso.datetime()),
});
export type RunsSearch = z.infer<typeof RunsSearch>;

/** What a run's page shows: which execution, which tab, which attempt. */
export const RunSearch = z.object({
  run: text,
  tab: optional(z.enum(['timeline', 'steps', 'results', 'io', 'memory', 'logs', 'events'])),
  only: optional(z.enum(['problems'])),
  fold: optional(z.enum(['yes'])),
  /** The selected attempt: `activityId.attempt`. */
  at: text,
  /** Of a pipeline: the selected step, and how its steps are shown. */
  step: text,
  view: optional(z.enum(['graph', 'list'])),
});
export type RunSearch = z.infer<typeof RunSearch>;

/** What the form of a new run starts from: another run, or an account and an input as JSON. */
export const NewRunSearch = z.object({ copyOf: text, copyRun: text, account: text, input: text });

/** Of a memory: whose it is, which lessons are listed, and which two snapshots are compared. */
export const MemorySearch = z.object({
  world: optional(z.enum(['live', 'stand-in'])),
  state: optional(z.enum(['active', 'canary', 'lapsed', 'pinned', 'deprecated'])),
  kind: optional(z.enum(['avoid', 'prefer', 'bound', 'start', 'warn'])),
  capability: text,
  from: optional(z.string().regex(/^\d{1,9}$/)),
  to: optional(z.string().regex(/^\d{1,9}$/)),
});
export type MemorySearch = z.infer<typeof MemorySearch>;

/** Whose lesson it is. */
export const LessonSearch = MemorySearch.pick({ world: true });

/** What waits for a person: which of it is open, and which kind is shown. */
export const NeedsSearch = z.object({
  selected: text,
  kind: optional(z.enum(['decision', 'unknown-outcome', 'other'])),
});
export type NeedsSearch = z.infer<typeof NeedsSearch>;

/** What struggles: how it is grouped, which of it is shown, and the cause that is open. */
export const StrugglingSearch = z.object({
  by: optional(z.enum(['run'])),
  agent: text,
  key: text,
  class: optional(z.enum(['transient', 'auth', 'contract', 'data', 'unknown'])),
  'min-attempt': optional(z.string().regex(/^[1-9]\d{0,2}$/)),
  selected: text,
});
export type StrugglingSearch = z.infer<typeof StrugglingSearch>;

/** A ready pipeline's page: the selected step, and how the steps are shown. */
export const PipelineSearch = z.object({
  step: text,
  view: optional(z.enum(['graph', 'list'])),
});
export type PipelineSearch = z.infer<typeof PipelineSearch>;

/** The topic that is open. */
export const CoordinationSearch = z.object({ topic: text });

/** The schedule that is open. */
export const SchedulesSearch = z.object({ selected: text });

/** Account and days of the figures; the last 28 days of all accounts when left out. */
export const AnalyticsSearch = z.object({ account: text, from: day, to: day });
export type AnalyticsSearch = z.infer<typeof AnalyticsSearch>;

/** The same, and the metrics shown as columns, separated by commas. */
export const CampaignsSearch = AnalyticsSearch.extend({ columns: text });

/** Filters of the ledger, and the effect that is open. */
export const LedgerSearch = z.object({
  state: optional(z.enum(['intent', 'sending', 'done', 'refused', 'unknown'])),
  /** What the keys begin with. */
  key: text,
  selected: text,
});
export type LedgerSearch = z.infer<typeof LedgerSearch>;

const yesOrNo = optional(z.enum(['yes', 'no']));

/** Which leads are shown. */
export const LeadsSearch = z.object({
  /** Left out: `default`, or the first that has leads. */
  account: text,
  q: text,
  list: text,
  campaign: text,
  'has-email': yesOrNo,
  'push-state': optional(
    z.enum(['not-pushed', 'intent', 'pushed', 'skipped', 'refused', 'unknown']),
  ),
  'left-out': yesOrNo,
  /** The first day on which they came. */
  from: day,
  /** Where the list begins: what a page before it gave. */
  cursor: optional(z.string().regex(/^\d{1,15}$/)),
});
export type LeadsSearch = z.infer<typeof LeadsSearch>;

/** The list of videos: which of them. */
export const ShortsSearch = z.object({ account: text, state: optional(ShortsState) });
export type ShortsSearch = z.infer<typeof ShortsSearch>;

/** One video: which of its clips. */
export const VideoSearch = z.object({
  state: optional(ClipState),
  /** The lowest score, from 0 to 100. */
  'min-score': optional(z.string().regex(/^\d{1,3}$/)),
});
export type VideoSearch = z.infer<typeof VideoSearch>;

/** Which posts are shown, and the one that is open. */
export const PostsSearch = z.object({
  state: optional(z.enum(['writing', 'draft', 'approved', 'refused', 'blocked', 'unusable'])),
  selected: optional(z.string().regex(/^\d{1,15}$/)),
});
export type PostsSearch = z.infer<typeof PostsSearch>;

/** Part of the entries shown. */
export const SuppressionsSearch = z.object({ q: text });

/** Which lines of the log are shown, and the one that is open. */
export const LogsSearch = z.object({
  q: text,
  level: optional(z.enum(['debug', 'info', 'warn', 'error'])),
  agent: text,
  run: text,
  /** `name:value` */
  field: optional(z.string().regex(/^[^:]+:./s)),
  /** How far back; a day when left out, of a run all. `from` and `to` go before it. */
  last: optional(z.enum(['1h', '24h', '7d', 'all'])),
  from: optional(z.iso.datetime()),
  to: optional(z.iso.datetime()),
  selected: optional(z.string().regex(/^\d{1,15}$/)),
});
export type LogsSearch = z.infer<typeof LogsSearch>;

/** Which rows of the audit are shown, and the one that is open. */
export const AuditSearch = z.object({
  by: text,
  action: optional(z.string().regex(/^[\w-]+(\.[\w-]+)*$/)),
  target: text,
  /** The first and the last day. */
  from: day,
  to: day,
  selected: optional(z.string().regex(/^\d{1,15}$/)),
});
export type AuditSearch = z.infer<typeof AuditSearch>;

const index = optional(z.string().regex(/^\d{1,9}$/));

/** Sign-in: where to go afterwards, and whether there were too many tries. */
export const SignInSearch = z.object({
  'return-to': text,
  refused: optional(z.enum(['too-many'])),
});

/** The list of swarms: which are shown, and whether one is about to be started. */
export const SwarmsSearch = z.object({
  state: optional(z.enum(['open', 'completed', 'failed', 'cancelled'])),
  start: optional(z.enum(['yes'])),
  capability: text,
});
export type SwarmsSearch = z.infer<typeof SwarmsSearch>;

/** What a swarm's page shows: which execution, which tab, which tasks. */
export const SwarmSearch = z.object({
  run: text,
  tab: optional(z.enum(['grid', 'tasks', 'failures'])),
  level: optional(z.enum(['tasks', 'tiles', 'density'])),
  order: optional(z.enum(['problems'])),
  /** The open tile: its first task, and how many it has. */
  tile: index,
  size: index,
  /** The selected task. */
  task: index,
  state: optional(z.enum(['open', 'completed', 'failed', 'retrying'])),
  failure: text,
  /** The first task of the table. */
  from: index,
});
export type SwarmSearch = z.infer<typeof SwarmSearch>;
