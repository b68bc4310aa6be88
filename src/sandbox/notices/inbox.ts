/** A message that reached a channel. */
export interface ReceivedNotice {
  /** `slack`, `discord` or `webhook`. */
  readonly vendor: string;
  /** Whose address it came to. */
  readonly workspace: string;
  /** When, ISO 8601. */
  readonly at: string;
  /** The header X-Notification-Id. */
  readonly id: string | null;
  readonly body: unknown;
}

const kept = 1_000;

/** What all channels received, the last 1,000. */
export class Inbox {
  #notices: ReceivedNotice[] = [];

  put(notice: Omit<ReceivedNotice, 'at'>): void {
    this.#notices = [...this.#notices, { ...notice, at: new Date().toISOString() }].slice(-kept);
  }

  /** Oldest first; all workspaces' when none is named. */
  list(workspace?: string): readonly ReceivedNotice[] {
    return this.#notices.filter((each) => workspace === undefined || each.workspace === workspace);
  }
}

const pattern = /^stand-in-([a-z0-9][a-z0-9-]{0,39})(?:\.([a-z-]+))?$/;

/** What the last part of an address opens: `stand-in-acme`, and what is wrong with it, `.archived`. */
export function tokenIn(
  token: string | undefined,
): { readonly workspace: string; readonly trouble: string | undefined } | undefined {
  const [, workspace, trouble] = pattern.exec(token ?? '') ?? [];
  return workspace === undefined ? undefined : { workspace, trouble };
}

/** The last part of a path. */
export const lastPartOf = (path: string): string | undefined => path.split('/').at(-1);
