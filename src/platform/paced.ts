const mostKept = 100;
/** A question that is asked again and again is to take at most this share of the time. */
const mostShare = 0.2;

/**
 * Asks again only so often that answers take a small share of the time, and remembers a few.
 *
 * @param read a question about the thing of this id.
 */
export function paced<T, Rest extends readonly unknown[]>(
  read: (id: string, ...rest: Rest) => Promise<T>,
): (id: string, ...rest: Rest) => Promise<T> {
  const kept = new Map<
    string,
    { readonly value: Promise<T>; until: number; readonly of: string }
  >();
  return (id, ...rest) => {
    const of = JSON.stringify(rest);
    const known = kept.get(id);
    if (known?.of === of && Date.now() < known.until) return known.value;
    const began = Date.now();
    const entry = { value: read(id, ...rest), until: Infinity, of };
    kept.set(id, entry);
    void entry.value
      .then(() => (entry.until = Date.now() + ((Date.now() - began) * (1 - mostShare)) / mostShare))
      .catch(() => kept.delete(id));
    const [oldest] = kept.keys();
    if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
    return entry.value;
  };
}
