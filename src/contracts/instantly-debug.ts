/** What Instantly really answers, beside what we expect. */
import { z } from 'zod';
import { defineCapability } from './capability.ts';

export const DebugResponseInput = z.strictObject({
  path: z
    .string()
    .regex(/^\/api\/v2\/[^\s#]+$/, 'expected a path such as /api/v2/campaigns?limit=1')
    .optional()
    .meta({
      title: 'Path',
      description: 'Only this, by GET; everything that the product reads when left out',
      examples: ['/api/v2/accounts?limit=1'],
    }),
});
export type DebugResponseInput = z.infer<typeof DebugResponseInput>;

const DebugResponseOutput = z.strictObject({
  answers: z.array(
    z.strictObject({
      asked: z.string(),
      /** HTTP status. */
      status: z.int(),
      /** The vendor's words for a refusal, or the fields that came, with their types. */
      shape: z.string(),
      /** Fields that are missing, unknown to us, or of another type; or that all is as expected. */
      differences: z.array(z.string()),
    }),
  ),
});
export type DebugResponseOutput = z.infer<typeof DebugResponseOutput>;

export const debugResponse = defineCapability({
  id: 'instantly.debug-response',
  verb: 'debug-response',
  argument: 'path',
  title: 'Debug answers',
  description: 'Asks what the product reads, and tells where the answers are not as expected',
  effect: 'read',
  input: DebugResponseInput,
  output: DebugResponseOutput,
  methods: [{ id: 'ask', description: 'One call for each question; nothing is written' }],
  tunables: {},
  period: (input) => input.path ?? 'all',
});
