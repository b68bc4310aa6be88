import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { audit } from './schema.ts';

/** One change that a person made. */
export interface AuditEntry {
  /** Who, as Temporal knows them too: `dashboard:mara@host`. */
  readonly by: string;
  readonly from: 'dashboard' | 'cli' | 'file' | 'token' | 'bulk';
  /** What was done: `run.start`, `run.cancel`, `run.terminate`, `schedule.pause`. */
  readonly action: string;
  /** The id of what it was done to. */
  readonly target: string;
  readonly reason: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** Who changed what, and why: one row for each change, never altered. */
export interface AuditLog {
  note(entry: AuditEntry): Promise<void>;
  /** Who ended this run by hand, if anybody did. */
  whoEnded(
    workflowId: string,
    runId: string,
  ): Promise<{ readonly by: string; readonly reason: string } | null>;
}

/** @param database where the table `audit` is. */
export const createAuditLog = ({ db }: Database): AuditLog => ({
  async note({ detail = {}, ...entry }) {
    await db.insert(audit).values({ ...entry, detail });
  },

  async whoEnded(workflowId, runId) {
    const [row] = await db
      .select({ by: audit.by, reason: audit.reason })
      .from(audit)
      .where(
        and(
          eq(audit.target, workflowId),
          inArray(audit.action, ['run.cancel', 'run.terminate']),
          eq(sql`${audit.detail} ->> 'runId'`, runId),
        ),
      )
      .orderBy(desc(audit.id))
      .limit(1);
    return row ?? null;
  },
});
