/** Types that hold counts, times and ids of ours, and nobody's words. */
const plainTypes = /^(smallint|integer|bigint|numeric|real|double|boolean|date|timestamp|uuid)/;
/** Columns whose text is a word of ours and says nothing of anybody. */
const plainColumns =
  /^(state|status|kind|type|level|outcome|world|agent|capability|activity|method|account|effect|action|from|encoding|version|failure|error_class)$/;

/**
 * A value of a row as it may be shown to whoever looks over a shoulder: numbers, times and words of
 * ours as they are, of all others only what kind and how long they are.
 */
export function hiddenValue(
  { name, type }: { readonly name: string; readonly type: string },
  value: unknown,
): unknown {
  if (value === null || (plainTypes.test(type) && !type.endsWith('[]'))) return value;
  if (typeof value === 'string') {
    const isPlain = plainColumns.test(name) && !value.includes('@');
    return isPlain || value === '' ? value : `•••• (${value.length} characters)`;
  }
  if (value instanceof Uint8Array) return `•••• (${value.length} bytes)`;
  if (Array.isArray(value)) return `•••• (${value.length} entries)`;
  return typeof value === 'object' ? `•••• (${Object.keys(value).length} fields)` : '••••';
}
