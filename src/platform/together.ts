/**
 * Does for many at once what each of them asks for: those who come while the work for a key is under
 * way share the next one, also those who come in the same moment.
 *
 * @param work never runs twice at once for a key, and begins after all it is for have asked.
 */
export function createTogether<Item, Result>(
  work: (key: string, items: readonly Item[]) => Promise<Result>,
): (key: string, item: Item) => Promise<Result> {
  const gathering = new Map<string, { readonly items: Item[]; readonly result: Promise<Result> }>();
  const underWay = new Map<string, Promise<unknown>>();
  return (key, item) => {
    const joined = gathering.get(key);
    if (joined) {
      joined.items.push(item);
      return joined.result;
    }
    const items = [item];
    const result = (underWay.get(key) ?? Promise.resolve()).then(() => {
      gathering.delete(key);
      return work(key, items);
    });
    gathering.set(key, { items, result });
    const ended = result.then(
      () => undefined,
      () => undefined,
    );
    underWay.set(key, ended);
    void ended.then(() => {
      if (underWay.get(key) === ended) underWay.delete(key);
    });
    return result;
  };
}

/**
 * Looks many things up at once: those who ask in the same moment share one question.
 *
 * @param look answers for all keys that it finds.
 */
export function createLookup<Key, Value>(
  look: (keys: readonly Key[]) => Promise<ReadonlyMap<Key, Value>>,
): (key: Key) => Promise<Value | undefined> {
  let next:
    { readonly keys: Set<Key>; readonly found: Promise<ReadonlyMap<Key, Value>> } | undefined;
  const begin = () => {
    const keys = new Set<Key>();
    const found = Promise.resolve().then(() => {
      next = undefined;
      return look([...keys]);
    });
    return { keys, found };
  };
  return async (key) => {
    next ??= begin();
    next.keys.add(key);
    return (await next.found).get(key);
  };
}
