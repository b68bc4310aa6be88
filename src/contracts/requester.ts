import { z } from 'zod';

/** Who asked for a run. */
export const Requester = z.strictObject({
  kind: z.enum(['person', 'cli', 'schedule', 'tour', 'temporal']),
  name: z.string().max(120),
});
export type Requester = z.infer<typeof Requester>;
