const mostKept = 100;
/** A question that is asked again and again is to take at most this share of the time. */
const mostShare = 0.2;
/** Nobody waits for what takes longer than this when there is an answer of late: it is asked again meanwhile. */
const slowMs = 100;
const lateMs = 10_000;

/** What was answered, or is going to be. */
interface Kept<T> {
  readonly of: string;
  readonly value: Promise<T>;
  readonly began: number;
  /** Zero until it has been answered. */
  tookMs: number;
  /** It is asked again by somebody who does not wait. */
  isAsking: boolean;
}

/**
 * Asks again only so often that answers take a small share of the time, and remembers a few. What takes long
 * is up to 10 s old.
 *
 * @param read a question about the thing of this id.
 */
export function paced<T, Rest extends readonly unknown[]>(
  read: (id: string, ...rest: Rest) => Promise<T>,
): (id: string, ...rest: Rest) => Promise<T> {
  const kept = new Map<string, Kept<T>>();

  function ask(id: string, of: string, rest: Rest): Kept<T> {
    const entry: Kept<T> = {
      ...{ of, value: read(id, ...rest), began: Date.now() },
      ...{ tookMs: 0, isAsking: false },
    };
    entry.value
      .then(() => (entry.tookMs = Math.max(1, Date.now() - entry.began)))
      .catch(() => kept.get(id) === entry && kept.delete(id));
    return entry;
  }
  function keep(id: string, entry: Kept<T>): void {
    kept.delete(id);
    kept.set(id, entry);
    const [oldest] = kept.keys();
    if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
  }

  return (id, ...rest) => {
    const of = JSON.stringify(rest);
    const known = kept.get(id);
    if (known?.of === of) {
      const ageMs = Date.now() - known.began;
      if (known.tookMs === 0 || ageMs < known.tookMs / mostShare) return known.value;
      if (known.tookMs > slowMs && ageMs < lateMs) {
        if (!known.isAsking) {
          known.isAsking = true;
          const next = ask(id, of, rest);
          next.value.then(() => keep(id, next)).catch(() => (known.isAsking = false));
        }
        return known.value;
      }
    }
    const entry = ask(id, of, rest);
    keep(id, entry);
    return entry.value;
  };
}
