/** Runs in a thread of the pool. */
import { createHash } from 'node:crypto';

/** SHA-256 of the label, and then of each hash before, as hexadecimal. */
export default function hash({ label, rounds }: { label: string; rounds: number }): string {
  let digest = Buffer.from(label);
  for (let round = 0; round < rounds; round += 1) {
    digest = createHash('sha256').update(digest).digest();
  }
  return digest.toString('hex');
}
