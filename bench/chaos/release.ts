import { appendFileSync, cpSync, existsSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../test/support/servers.ts';

/** What a worker needs of a checkout. */
const needed = ['src', 'package.json', 'information', 'campaigns', 'prompts', 'pipelines'];

/** Which build a worker starts from: a link to a checkout, which is put elsewhere for a newer one. */
export interface Release {
  /** A path that leads to the checkout of the day. */
  readonly link: string;
  /** From the next start on it is a build nobody has seen before. */
  renew(): void;
}

/** @param folder where links and copies are kept. */
export function createRelease(folder: string, name: string): Release {
  const link = join(folder, `release-${name}`);
  const copy = join(folder, `checkout-${name}`);
  const pointTo = (checkout: string): void => {
    rmSync(`${link}.new`, { force: true });
    symlinkSync(checkout, `${link}.new`);
    renameSync(`${link}.new`, link);
  };
  pointTo(root);
  return {
    link,
    renew() {
      if (!existsSync(copy)) {
        for (const each of needed) {
          const filter = (path: string): boolean => path !== join(root, 'src/dashboard/web');
          cpSync(join(root, each), join(copy, each), { recursive: true, filter });
        }
        symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
      }
      appendFileSync(join(copy, 'src/platform/version.ts'), '// a newer build\n');
      pointTo(copy);
    },
  };
}
