/** What all capabilities say of themselves that start a job of a vendor's and wait for it. */
import { z } from 'zod';

/** How often a job is asked for, and what would have been right, as the result tells. */
export const pollSeconds = {
  description: 'Longest wait between two looks at a job that is at work',
  unit: 'seconds',
  default: 30,
  min: 1,
  max: 600,
  accepted: (output: { readonly pollSeconds?: number | undefined }) => output.pollSeconds,
};

/** The interval that would have been right; left out when the job was over before it counted. */
export const RightPollSeconds = z.number().positive().optional();

/** Tells two jobs apart that are asked for alike. */
export const Edition = z
  .string()
  .trim()
  .regex(/^[\w.-]{1,40}$/, 'expected letters, digits, dots and hyphens, at most 40')
  .optional()
  .meta({
    title: 'Edition',
    description:
      'The same again is paid for once; with another word here, such as a month, once more',
    examples: ['2026-02'],
  });

/** The guard of what a job may cost. */
export const MaxCostUsd = z.number().positive().max(1_000).meta({ title: 'Highest cost' });
