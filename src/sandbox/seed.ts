import { createHash } from 'node:crypto';

/** 32 bits that follow from the texts alone. */
export const seedOf = (...parts: readonly (string | number)[]): number =>
  createHash('sha256').update(parts.join('/')).digest().readUInt32BE();
