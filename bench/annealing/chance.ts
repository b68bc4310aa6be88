/** Numbers from 0 to 1, the same for the same key: every arm meets the same weather and the same luck. */
export function chance(...key: readonly number[]): number {
  let mixed = 0x9e3779b9;
  for (const part of key) {
    mixed = Math.imul(mixed ^ (part | 0), 0x85ebca6b);
    mixed ^= mixed >>> 13;
    mixed = Math.imul(mixed, 0xc2b2ae35);
    mixed ^= mixed >>> 16;
  }
  return (mixed >>> 0) / 2 ** 32;
}

/** Draws one after the other, for whatever is drawn once before a simulation begins. */
export interface Lot {
  between(least: number, most: number): number;
  /** As likely from 1 to 2 as from 10 to 20: for lengths and costs. */
  spread(least: number, most: number): number;
  isWithin(share: number): boolean;
  oneOf<T>(things: readonly [T, ...T[]]): T;
}

/** Lots for this key. */
export function lotsOf(...key: readonly number[]): Lot {
  let drawn = 0;
  const next = (): number => chance(...key, (drawn += 1));
  return {
    between: (least, most) => least + (most - least) * next(),
    spread: (least, most) => least * (most / least) ** next(),
    isWithin: (share) => next() < share,
    oneOf: (things) => things[Math.floor(next() * things.length)] ?? things[0],
  };
}
