/** Pipelines: steps in an order of their own, what they hand on, and where a person decides. */
import { z } from 'zod';
import { AccountName } from './capability.ts';
import { CoordinationName } from './coordination.ts';
import { Requester } from './requester.ts';

/** The most steps of one pipeline; its whole history then stays small. */
const mostSteps = 200;
/** The largest definition with its parameters, and the largest input of one step, as JSON. */
export const mostPipelineBytes = 262_144;

const Name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,59}$/, 'expected small letters, digits and hyphens, at most 60');
const Pointer = z
  .string()
  .max(500)
  .regex(
    /^(\/([^~/]|~[01])*)+$/,
    'expected a JSON pointer such as /steps/scrape/output/items or /params/day',
  );

/** Stands for a value that is known later: `{ "$ref": "/steps/scrape/output/items" }`. */
const Ref = z
  .strictObject({ $ref: Pointer })
  .meta({ title: 'Reference', description: 'A value of the parameters or of an earlier step' });

const Account = z.union([AccountName, Ref], 'expected the name of an account, or a reference');
const Input = z.record(z.string(), z.unknown());

/** One capability to be done, with constants and references in its input. */
export const PipelineTask = z.strictObject({
  capability: z.string().max(120).meta({ description: '`agent.name`, as `agentic agents` lists' }),
  account: Account.default('default'),
  input: Input.default({}).meta({ description: 'Checked against the schema of the capability' }),
});
export type PipelineTask = z.infer<typeof PipelineTask>;

const comparisons = [
  'equals',
  'notEquals',
  'exists',
  'greaterThan',
  'lessThan',
  'not',
  'all',
  'any',
] as const;
const Bound = z.union([z.number(), z.string()]).optional();

/** Compares one value with a constant, or combines such comparisons. Exactly one comparison. */
export const Condition = z
  .strictObject({
    /** What is compared; `not`, `all` and `any` have none of their own. */
    ref: Pointer.optional(),
    equals: z.unknown().optional(),
    notEquals: z.unknown().optional(),
    exists: z.boolean().optional(),
    greaterThan: Bound,
    lessThan: Bound,
    get not() {
      return Condition.optional();
    },
    get all() {
      return z.array(Condition).min(1).optional();
    },
    get any() {
      return z.array(Condition).min(1).optional();
    },
  })
  .superRefine((given, context) => {
    const found = comparisons.filter((name) => name in given);
    const isCombined = ['not', 'all', 'any'].includes(found[0] ?? '');
    const message =
      found.length !== 1
        ? `expected exactly one of ${comparisons.join(', ')}`
        : isCombined && given.ref !== undefined
          ? `expected no ref beside ${found[0] ?? ''}`
          : !isCombined && given.ref === undefined
            ? `expected a ref beside ${found[0] ?? ''}`
            : undefined;
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
export type Condition = z.infer<typeof Condition>;

/** What a person is asked. */
const Approval = z.strictObject({
  question: z.string().trim().min(1).max(500),
  show: z
    .record(z.string(), z.unknown())
    .default({})
    .meta({ description: 'What the person sees beside the question; references allowed' }),
  deadline: z
    .int()
    .min(1)
    .max(2_592_000)
    .default(259_200)
    .meta({ description: 'Seconds to answer; three days when left out' }),
  onTimeout: z.enum(['fail', 'approve', 'reject']).default('fail'),
});

/** The same task for each item of a list: a swarm. */
const ForEach = z.strictObject({
  items: Ref,
  task: PipelineTask.meta({ description: 'Its references may name the item: `/item/email`' }),
  window: z.int().min(1).max(10_000).optional(),
  failureThreshold: z.number().min(0).max(1).default(0.1),
});

const Repair = z.strictObject({
  waitForRepairSeconds: z
    .int()
    .min(0)
    .max(2_592_000)
    .optional()
    .meta({ description: 'How long a failed step waits for a person; a day when left out' }),
  giveUpAfterSeconds: z
    .int()
    .min(1)
    .max(604_800)
    .optional()
    .meta({ description: 'How long a task goes on trying by itself' }),
});

/** The three kinds of step. */
const stepKinds = ['task', 'for-each', 'approval'] as const;

/** One step, as people write it: exactly one of `task`, `for-each` and `approval`. */
export const PipelineStep = z
  .strictObject({
    id: Name,
    title: z.string().trim().min(1).max(120).optional(),
    after: z
      .array(z.string())
      .max(mostSteps)
      .optional()
      .meta({ description: 'Steps that have to be over; the step before it when left out' }),
    when: Condition.optional(),
    task: PipelineTask.optional(),
    'for-each': ForEach.optional(),
    approval: Approval.optional(),
    lease: CoordinationName.optional().meta({
      description: 'Held while the step works: no other holder of this name works meanwhile',
    }),
    retry: Repair.default({}),
  })
  .superRefine((step, context) => {
    if (stepKinds.filter((kind) => step[kind] !== undefined).length !== 1) {
      const message = `expected exactly one of ${stepKinds.join(', ')}`;
      context.addIssue({ code: 'custom', message });
    }
    if (step.approval && step.lease !== undefined) {
      const message = 'expected no lease beside approval: a question keeps nobody from working';
      context.addIssue({ code: 'custom', path: ['lease'], message });
    }
  });
export type PipelineStep = z.infer<typeof PipelineStep>;

const shape = {
  type: z.enum(['string', 'number', 'integer', 'boolean', 'array', 'object']),
  format: z.enum(['date', 'date-time', 'email', 'uri', 'uuid']).optional(),
  enum: z.array(z.unknown()).min(1).max(100).optional(),
};

/** One parameter, in words of JSON Schema. Without a default it has to be given. */
export const PipelineParam = z.strictObject({
  ...shape,
  title: z.string().max(120).optional(),
  description: z.string().max(500).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minLength: z.int().min(0).optional(),
  maxLength: z.int().min(0).optional(),
  minItems: z.int().min(0).optional(),
  maxItems: z.int().min(0).optional(),
  /** What the elements of an array are. */
  items: z.strictObject(shape).optional(),
  default: z
    .unknown()
    .optional()
    .meta({ description: 'Of a date also the words `yesterday` and `today` (UTC)' }),
  examples: z.array(z.unknown()).optional(),
});
export type PipelineParam = z.infer<typeof PipelineParam>;

/** A pipeline, as people write it in YAML or JSON. */
export const PipelineDefinition = z.strictObject({
  name: Name,
  title: z.string().trim().min(1).max(120),
  description: z.string().max(2_000).default(''),
  params: z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,39}$/), PipelineParam).default({}),
  steps: z
    .array(PipelineStep)
    .min(1, 'expected at least one step')
    .max(mostSteps, `expected at most ${mostSteps} steps`),
});
export type PipelineDefinition = z.infer<typeof PipelineDefinition>;

/** What makes the run of a pipeline one piece of work: `pipeline/<name>/<key>`. */
const Key = z
  .string()
  .regex(/^[\w.:@-]{1,100}$/, 'expected letters, digits and . _ : @ -, at most 100');

/** Input of the workflow `pipeline`, as people write it by hand too. */
export const PipelineRequest = z.strictObject({
  definition: PipelineDefinition,
  params: z.record(z.string(), z.unknown()).default({}),
  /** A day and a hash of the parameters when left out. */
  key: Key.optional(),
  requestedBy: Requester.default({ kind: 'temporal', name: 'temporal workflow start' }),
});
export type PipelineRequest = z.infer<typeof PipelineRequest>;

/** Body of `POST /api/pipelines` and `POST /api/pipelines/check`. */
export const PipelineCall = z.strictObject({
  /** A ready pipeline by its name, a definition, or the text of one in YAML or JSON. */
  pipeline: z.union([
    Name,
    z.strictObject({ text: z.string() }),
    z.record(z.string(), z.unknown()),
  ]),
  params: z.record(z.string(), z.unknown()).default({}),
  key: Key.optional(),
});
export type PipelineCall = z.infer<typeof PipelineCall>;

/** One thing that is wrong with a pipeline. */
export const PipelineProblem = z.object({
  /** JSON pointer into the definition, or below `/params` into what was given. */
  path: z.string(),
  /** Line of the file it came from, counted from 1; null when it came from no file. */
  line: z.int().nullable(),
  message: z.string(),
});
export type PipelineProblem = z.infer<typeof PipelineProblem>;

/** Answer of `POST /api/pipelines/check`. */
export const PipelineCheck = z.object({
  isValid: z.boolean(),
  problems: z.array(PipelineProblem),
  /** Parameters with defaults filled in; null when something is wrong. */
  params: z.record(z.string(), z.unknown()).nullable(),
  workflowId: z.string().nullable(),
});
export type PipelineCheck = z.infer<typeof PipelineCheck>;

const Word = {
  step: z.string(),
  reason: z.string().trim().min(1, 'expected a reason, for those who look later').max(500),
};
/** Body of `POST /api/pipelines/:workflowId/approve` and `…/reject`. */
export const ApprovalWord = z.strictObject(Word);
export type ApprovalWord = z.infer<typeof ApprovalWord>;
/** Body of `POST /api/pipelines/:workflowId/repair`. */
export const RepairWord = z.strictObject({
  ...Word,
  action: z.enum(['retry', 'skip', 'abort']),
  /** For `retry`: in place of the input of the step. */
  input: Input.optional(),
  /** For `skip`: what later steps get as its output. */
  output: z.unknown().optional(),
});
export type RepairWord = z.infer<typeof RepairWord>;

/** State of one step. */
export const StepState = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('queued'), after: z.array(z.string()) }),
  z.object({ kind: z.literal('running') }),
  z.object({
    kind: z.literal('needs-you'),
    decision: z.enum(['approval', 'repair']),
    /** What a person is asked, or what went wrong. */
    question: z.string(),
    show: z.record(z.string(), z.unknown()),
    deadline: z.iso.datetime(),
  }),
  z.object({ kind: z.literal('completed') }),
  z.object({ kind: z.literal('rejected'), by: z.string(), reason: z.string() }),
  z.object({ kind: z.literal('skipped'), why: z.string() }),
  z.object({ kind: z.literal('failed'), failure: z.string(), message: z.string() }),
  z.object({ kind: z.literal('cancelled') }),
]);
export type StepState = z.infer<typeof StepState>;

/** One step of a run, as people see it. */
export const StepStatus = z.object({
  id: z.string(),
  title: z.string(),
  kind: z.enum(stepKinds),
  after: z.array(z.string()),
  state: StepState,
  /** When it came into this state. */
  since: z.iso.datetime(),
  attempts: z.int(),
  /** The run that does it, or did. */
  run: z.string().nullable(),
  /** The failure of its last attempt, also while it is tried again. */
  failure: z.object({ failure: z.string(), message: z.string() }).nullable(),
  /** Cut above a few thousand characters; later steps get all of it. */
  output: z.unknown(),
  /** What it hands on was made with stand-in data. */
  isStandIn: z.boolean(),
});
export type StepStatus = z.infer<typeof StepStatus>;

/** Answer of the query `steps` of a pipeline. */
export const PipelineProgress = z.object({
  title: z.string(),
  phase: z.enum(['checking', 'working', 'following', 'closed']),
  definition: PipelineDefinition.nullable(),
  params: z.record(z.string(), z.unknown()),
  steps: z.array(StepStatus),
});
export type PipelineProgress = z.infer<typeof PipelineProgress>;

/** Result of the workflow `pipeline`; also the detail of its failure. */
export const PipelineOutcome = z.object({
  pipeline: z.string(),
  params: z.record(z.string(), z.unknown()),
  steps: z.array(StepStatus),
  /** By step; only of those that have one, and whole up to a megabyte for all. */
  outputs: z.record(z.string(), z.unknown()),
});
export type PipelineOutcome = z.infer<typeof PipelineOutcome>;

/** One step as a definition has it, for lists and graphs. */
export const PlannedStepInfo = z.object({
  id: z.string(),
  title: z.string(),
  kind: z.enum(stepKinds),
  after: z.array(z.string()),
  /** Its condition in words; null when it has none. */
  when: z.string().nullable(),
  /** Null of an approval. */
  capability: z.string().nullable(),
});
export type PlannedStepInfo = z.infer<typeof PlannedStepInfo>;

/** The run that does a step, or did. */
export const StepRun = z.object({
  runId: z.string(),
  /** Temporal's workflow type: `task`, `swarm`. */
  type: z.string(),
  startedAt: z.iso.datetime(),
  closedAt: z.iso.datetime().nullable(),
  /** How far a swarm is; null for other runs. */
  progress: z.object({ total: z.int(), completed: z.int(), failed: z.int() }).nullable(),
});
export type StepRun = z.infer<typeof StepRun>;

/** `GET /api/pipelines/:workflowId?run=`, and topic `pipeline:<id>`. */
export const PipelineDetail = PipelineProgress.extend({
  workflowId: z.string(),
  /** False when no worker could be asked, and this is what our own table remembers. */
  isLive: z.boolean(),
  /** The steps as they were planned, also before they begin; empty while nobody knows them. */
  plan: z.array(PlannedStepInfo),
  /** By step; only of those whose run is known. */
  runs: z.record(z.string(), StepRun),
  /** The definition as YAML; null while nobody knows it. */
  source: z.string().nullable(),
});
export type PipelineDetail = z.infer<typeof PipelineDetail>;

/** `GET /api/pipelines`: the ready ones, and files that are none. */
export const PipelineList = z.object({
  pipelines: z.array(
    z.object({
      name: z.string(),
      title: z.string(),
      description: z.string(),
      /** JSON Schema (draft 2020-12) of the parameters. */
      paramsSchema: z.record(z.string(), z.unknown()),
      steps: z.array(PlannedStepInfo),
      /** The file as it is. */
      source: z.string(),
    }),
  ),
  broken: z.array(z.object({ file: z.string(), problems: z.array(PipelineProblem) })),
});
export type PipelineList = z.infer<typeof PipelineList>;
