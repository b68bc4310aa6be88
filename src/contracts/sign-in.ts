/** Who may use the dashboard and its HTTP API: roles, people, sessions and tokens as they cross the wire. */
import { z } from 'zod';

/** What somebody may do, each role all that the one before it may: look, work, and decide who else may. */
export const Role = z.enum(['viewer', 'operator', 'admin']);
export type Role = z.infer<typeof Role>;
