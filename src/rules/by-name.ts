/**
 * The entries of an object in an order of their own: shorter names first, then by their letters, as
 * Postgres keeps them in jsonb. So what is made of them is the same before and after they were stored.
 */
export const entriesByName = <T>(object: Readonly<Record<string, T>>): readonly [string, T][] =>
  Object.entries(object).toSorted(
    ([a], [b]) => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0),
  );
