import { mkdirSync, readdirSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';

/** A file that arrives in parts. */
export interface Arriving {
  /** What has arrived up to now; null when nothing has. */
  readonly part: { readonly path: string; readonly version: string; readonly bytes: number } | null;
  /** Where the bytes of this version go. */
  pathOf(version: string): string;
  /** Forgets what has arrived. */
  drop(): void;
  /** Makes the part the file, in one step. */
  finish(path: string): void;
}

/** Files below one folder. Nobody can name a place outside of it. */
export interface Media {
  /** Its path. */
  readonly folder: string;
  /** Where a file of these names stands, relative to the folder. @throws for a name that leads elsewhere. */
  place(...names: readonly string[]): string;
  /** The path of a file that is there and has this length. */
  find(place: string, bytes?: number): string | undefined;
  /** Begins, or goes on, to bring in a file. */
  arriving(place: string): Arriving;
}

const plainName = /^[A-Za-z0-9_][\w.-]{0,120}$/;

/** @param folder is made when the first file comes. */
export function createMedia(folder: string): Media {
  const root = resolve(folder);

  /** The path behind a place, also when links lie on the way. */
  function pathOf(place: string): string {
    const path = resolve(root, place);
    const real = join(realOf(dirname(path)), basename(path));
    const inside = relative(realOf(root), real);
    if (inside === '' || inside.startsWith('..') || resolve(inside) === inside) {
      throw new Error(`Expected a place below ${root}, got “${place}”`);
    }
    return path;
  }

  return {
    folder: root,

    place(...names) {
      const wrong = names.find((name) => !plainName.test(name));
      if (wrong !== undefined || names.length === 0) {
        throw new Error(`Expected a plain name of a file or folder, got “${wrong ?? ''}”`);
      }
      return names.join('/');
    },

    find(place, bytes) {
      const path = pathOf(place);
      const found = statSync(path, { throwIfNoEntry: false });
      return found?.isFile() && (bytes === undefined || found.size === bytes) ? path : undefined;
    },

    arriving(place) {
      const path = pathOf(place);
      const home = dirname(path);
      mkdirSync(home, { recursive: true });
      const prefix = `${basename(path)}.`;
      const parts = () =>
        readdirSync(home)
          .filter((name) => name.startsWith(prefix) && name.endsWith('.part'))
          .map((name) => ({
            path: join(home, name),
            version: name.slice(prefix.length, -'.part'.length),
            bytes: statSync(join(home, name), { throwIfNoEntry: false })?.size ?? 0,
          }));
      const [part = null] = parts().toSorted((a, b) => b.bytes - a.bytes);
      return {
        part,
        pathOf: (version) => `${path}.${version}.part`,
        drop: () => parts().forEach((each) => rmSync(each.path, { force: true })),
        finish(from) {
          try {
            renameSync(from, path);
          } catch (error) {
            // somebody else who brought the same part was faster
            if (!statSync(path, { throwIfNoEntry: false })) throw error;
          }
          parts().forEach((each) => rmSync(each.path, { force: true }));
        },
      };
    },
  };
}

/** A path without links, as far as it is there. */
function realOf(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })) return realpathSync(path);
  const above = dirname(path);
  return above === path
    ? path
    : join(realOf(above), path.slice(above.length + (above === sep ? 0 : 1)));
}
