import type { Role } from '../contracts/sign-in.ts';
import type { AuditEntry } from '../platform/audit.ts';

/** In whose name a request is made. */
export interface Who {
  /** As runs, lists and ledgers name them: `mara@example.com`, `token nightly`. */
  readonly name: string;
  /** As Temporal and the audit name them: `dashboard:mara@example.com`, `token:nightly`. */
  readonly identity: string;
  readonly from: AuditEntry['from'];
  readonly role: Role;
  /** Whether they may still; streams ask now and then. */
  isStill(): Promise<boolean>;
}
