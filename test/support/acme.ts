import { z } from 'zod';
import { defineAgent, defineCapability } from '../../src/contracts/capability.ts';

/** Sends. */
export const greet = defineCapability({
  id: 'acme.greet',
  verb: 'greet',
  title: 'Greet',
  description: 'Sends a greeting',
  effect: 'send',
  input: z.strictObject({ email: z.string(), words: z.string().default('hello') }),
  output: z.strictObject({ id: z.string().nullable() }),
  methods: [{ id: 'one', description: 'One call' }],
  tunables: {},
  period: ({ email }) => email,
});
/** Destroys. */
export const forget = defineCapability({
  ...greet,
  id: 'acme.forget',
  effect: 'destroy',
  confirmation: ({ email }) => email,
});
const look = defineCapability({ ...greet, id: 'acme.look', effect: 'read' });
/** An agent of a vendor that no agent of ours has. */
export const acme = defineAgent({
  id: 'acme',
  title: 'Acme',
  description: 'For this test',
  vendor: 'acme',
  limits: { perSecond: 1_000, perMinute: 10_000, atOnce: 10 },
  capabilities: [greet, forget, look],
});
