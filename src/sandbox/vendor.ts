import type { Request, Router } from 'express';

/**
 * One vendor that is stood in for. Its routes are mounted under its id, or have paths of their own, and answer each call with
 * one `send` or `json`, so that faults can come between.
 */
export interface Vendor {
  /** Prefix of its paths, and its name in fault rules and in the log of calls. */
  readonly id: string;
  readonly router: Router;
  /** The paths it has at the root instead, where the vendor's own client drops a prefix. */
  readonly ownPaths?: RegExp;
  /** Whose key the request carries. */
  readonly workspaceOf: (request: Request) => string | undefined;
  /** How many addresses the request asks about, where a vendor may find that too many. */
  readonly addressesIn: (request: Request) => number | undefined;
  /** The vendor's own form of an error, for faults. */
  readonly errorBody: (request: Request, status: number) => unknown;
}
