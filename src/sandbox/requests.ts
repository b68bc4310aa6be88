/** One call that reached a stand-in. */
export interface RequestRecord {
  /** Position since the start or the last reset, from 1. */
  readonly number: number;
  /** When the call arrived, ISO 8601 with milliseconds. */
  readonly at: string;
  /** When its answer was handed over, or the client gave up; `null` while it is in flight. */
  readonly endedAt: string | null;
  readonly vendor: string;
  /** Whose key it carried; `null` for a key that opens nothing. */
  readonly workspace: string | null;
  readonly method: string;
  /** Below the vendor's prefix: `/api/v2/accounts`. */
  readonly path: string;
  /** As it came, without the question mark. */
  readonly query: string;
  /** `null` while in flight, and for ever when nobody answered. */
  readonly status: number | null;
  /** The kind of the fault that struck it. */
  readonly fault: string | null;
  /** Calls of the same workspace in flight when this one arrived, itself included. */
  readonly inFlight: number;
}

/** How much one workspace has asked. */
export interface WorkspaceTraffic {
  readonly vendor: string;
  readonly workspace: string | null;
  readonly requests: number;
  readonly inFlight: number;
  /** The most calls that were ever in flight at once. */
  readonly maxInFlight: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Arrival = Pick<RequestRecord, 'vendor' | 'workspace' | 'method' | 'path' | 'query' | 'fault'>;

/**
 * Counts every call to a stand-in, and keeps the last ones. Counts and maxima are exact however
 * many calls are kept: a call is in flight from the moment its head is read until just before its
 * answer leaves, so a client that waits for each answer never shows more than one.
 */
export class RequestLog {
  readonly #keep: number;
  #total = 0;
  #kept: Mutable<RequestRecord>[] = [];
  readonly #traffic = new Map<string, Mutable<WorkspaceTraffic>>();

  /** @param keep how many calls {@link list} remembers. */
  constructor(keep = 5_000) {
    this.#keep = keep;
  }

  /** Calls since the start or the last reset. */
  get total(): number {
    return this.#total;
  }

  /** The last calls, oldest first; all workspaces' when none is named. */
  list(workspace?: string): readonly RequestRecord[] {
    return workspace === undefined
      ? this.#kept.slice()
      : this.#kept.filter((record) => record.workspace === workspace);
  }

  /** What each workspace asked; a workspace that never called is not in it. */
  traffic(): readonly WorkspaceTraffic[] {
    return [...this.#traffic.values()].map((entry) => ({ ...entry }));
  }

  /** Starts counting anew. Calls in flight stay in flight. */
  reset(): void {
    this.#total = 0;
    this.#kept = [];
    for (const [key, entry] of this.#traffic) {
      if (entry.inFlight === 0) this.#traffic.delete(key);
      entry.requests = 0;
      entry.maxInFlight = entry.inFlight;
    }
  }

  /** Counts an arrival. Call the returned function when it ends; only its first call counts. */
  open(arrival: Arrival): (status: number | null) => void {
    const traffic = this.#trafficOf(arrival);
    traffic.requests += 1;
    traffic.inFlight += 1;
    traffic.maxInFlight = Math.max(traffic.maxInFlight, traffic.inFlight);
    this.#total += 1;
    const record: Mutable<RequestRecord> = {
      number: this.#total,
      at: new Date().toISOString(),
      endedAt: null,
      ...arrival,
      status: null,
      inFlight: traffic.inFlight,
    };
    this.#kept.push(record);
    if (this.#kept.length > this.#keep) this.#kept.shift();
    return (status) => {
      if (record.endedAt !== null) return;
      record.endedAt = new Date().toISOString();
      record.status = status;
      traffic.inFlight -= 1;
    };
  }

  #trafficOf({ vendor, workspace }: Arrival): Mutable<WorkspaceTraffic> {
    const key = `${vendor}:${workspace ?? ''}`;
    const known = this.#traffic.get(key);
    if (known) return known;
    const fresh = { vendor, workspace, requests: 0, inFlight: 0, maxInFlight: 0 };
    this.#traffic.set(key, fresh);
    return fresh;
  }
}
