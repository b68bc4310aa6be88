import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { z } from 'zod';

const Manifest = z.record(
  z.string(),
  z.object({
    file: z.string(),
    isEntry: z.boolean().default(false),
    imports: z.array(z.string()).default([]),
    dynamicImports: z.array(z.string()).default([]),
  }),
);

/**
 * What script each page loads before it is there, gzipped, in bytes: the frame, the page, and all
 * that either of them asks for, also later.
 *
 * @param webDir where the build has put the app.
 */
export function firstViews(webDir: string): ReadonlyMap<string, number> {
  const manifest = Manifest.parse(
    JSON.parse(readFileSync(join(webDir, '.vite/manifest.json'), 'utf8')),
  );
  const sizes = new Map<string, number>();
  const sizeOf = (file: string): number => {
    const known = sizes.get(file);
    const size = known ?? gzipSync(readFileSync(join(webDir, file)), { level: 9 }).length;
    sizes.set(file, size);
    return size;
  };
  const isPage = (name: string): boolean => name.startsWith('pages/');

  /** The scripts that are `there`, with all that these load. */
  function scriptsOf(
    names: readonly string[],
    there: ReadonlySet<string>,
    follows: (name: string) => boolean,
  ): ReadonlySet<string> {
    const found = new Set(there);
    const add = (name: string): void => {
      const chunk = manifest[name];
      if (!chunk) throw new Error(`The build's manifest does not have ${name}`);
      if (found.has(chunk.file)) return;
      found.add(chunk.file);
      chunk.imports.forEach(add);
      chunk.dynamicImports.filter(follows).forEach(add);
    };
    names.forEach(add);
    return found;
  }

  const entries = Object.keys(manifest).filter((name) => manifest[name]?.isEntry);
  // the frame names every page, and loads only the one that is asked for
  const frame = scriptsOf(entries, new Set(), (name) => !isPage(name));
  const pages = Object.values(manifest)
    .flatMap(({ dynamicImports }) => dynamicImports)
    .filter(isPage);
  return new Map(
    [...new Set(pages)].toSorted().map((page) => {
      const scripts = scriptsOf([page], frame, () => true);
      return [page, [...scripts].reduce((sum, file) => sum + sizeOf(file), 0)];
    }),
  );
}
