/**
 * A short mark of a value: equal values have the same, others practically never. For ids, where the
 * value itself is too long or nobody's business; no protection against those who want two to be the same.
 */
export function digestOf(value: unknown): string {
  let low = 0xdeadbeef;
  let high = 0x41c6ce57;
  for (const letter of JSON.stringify(value)) {
    const code = letter.codePointAt(0) ?? 0;
    low = Math.imul(low ^ code, 2_654_435_761);
    high = Math.imul(high ^ code, 1_597_334_677);
  }
  return [low, high].map((half) => (half >>> 0).toString(36).padStart(7, '0')).join('');
}
