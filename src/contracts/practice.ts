import { z } from 'zod';
import { defineCapability, type Agent } from './capability.ts';
import { FailureType } from './failures.ts';

/** What a practice task says when it is done. */
export const PracticeOutput = z.strictObject({
  label: z.string(),
  /** As many bytes of text as were asked for. */
  text: z.string().optional(),
});
export type PracticeOutput = z.infer<typeof PracticeOutput>;

const label = z
  .string()
  .max(200)
  .default('')
  .meta({
    title: 'Label',
    description: 'Comes back in the answer; part of the id of the run',
    examples: ['lead-17'],
  });

export const PracticeInput = z.strictObject({
  label,
  ms: z.int().min(0).max(600_000).default(0).meta({
    title: 'Milliseconds',
    description: 'How long the task takes',
  }),
  fail: z
    .enum(Object.values(FailureType))
    .optional()
    .meta({ title: 'Failure', description: 'Fails each time with this type of failure' }),
  bytes: z.int().min(0).max(1_000_000).optional().meta({
    title: 'Bytes',
    description: 'Size of the answer',
  }),
});
export type PracticeInput = z.infer<typeof PracticeInput>;

export const ComputeInput = z.strictObject({
  label,
  rounds: z.int().min(1).max(10_000_000).default(100_000).meta({
    title: 'Rounds',
    description: 'How often a hash is taken of the one before',
  }),
});
export type ComputeInput = z.infer<typeof ComputeInput>;

export const ComputeOutput = z.strictObject({ label: z.string(), hash: z.string() });
export type ComputeOutput = z.infer<typeof ComputeOutput>;

const practiceWait = defineCapability({
  id: 'practice.wait',
  verb: 'wait',
  title: 'Practice task',
  description: 'Takes its turn at the gate, waits as long as it is told, and answers or fails',
  effect: 'read',
  input: PracticeInput,
  output: PracticeOutput,
  methods: [{ id: 'wait', description: 'Waits' }],
  tunables: {},
  period: ({ label: name, ms, fail }) => [name || 'task', `${ms}ms`, fail ?? []].flat().join('/'),
});

const practiceCompute = defineCapability({
  id: 'practice.compute',
  verb: 'compute',
  title: 'Practice computation',
  description: 'Keeps one thread of the pool busy, as work on videos and long texts does',
  effect: 'read',
  input: ComputeInput,
  output: ComputeOutput,
  methods: [{ id: 'hash', description: 'SHA-256, over and over' }],
  tunables: {},
  period: ({ label: name, rounds }) => `${name || 'task'}/${rounds}`,
});

/** Tasks without a vendor, to try swarms and pipelines on, and to measure them. */
export const practice: Agent = {
  id: 'practice',
  title: 'Practice',
  description: 'Tasks without a vendor: to try swarms and pipelines on, and to measure them',
  vendor: 'practice',
  limits: { perSecond: 100_000, perMinute: 6_000_000, atOnce: 10_000 },
  capabilities: [practiceWait, practiceCompute],
};
