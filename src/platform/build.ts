import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { version } from './version.ts';

const source = fileURLToPath(new URL('..', import.meta.url));
/** What a worker runs. */
const folders = ['contracts', 'rules', 'workflows', 'activities', 'workers', 'platform'];

/**
 * Which code a worker of this checkout runs: the version and a fingerprint of the files,
 * `0.1.0+3f9a0c12`. Reads them all, about 20 ms.
 */
export function readBuild(): string {
  const hash = createHash('sha256');
  for (const folder of folders) {
    for (const file of globSync('**/*.{ts,js}', { cwd: join(source, folder) }).toSorted()) {
      hash.update(`${folder}/${file}\0`).update(readFileSync(join(source, folder, file)));
    }
  }
  return `${version}+${hash.digest('hex').slice(0, 8)}`;
}
