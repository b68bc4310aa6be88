import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { freePort } from '../../src/local/checks.ts';

/**
 * All processes that have to do with a folder: it is their working directory, or it stands in their
 * command line or settings. Linux tells; elsewhere there are none.
 */
export const processesOf = (folder: string): readonly number[] =>
  listed('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && belongs(pid, folder));

function belongs(pid: number, folder: string): boolean {
  const names = (read: () => string): boolean => {
    try {
      return read().includes(folder);
    } catch {
      return false; // it ended, or is somebody else's
    }
  };
  return (
    names(() => readlinkSync(`/proc/${pid}/cwd`)) ||
    names(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')) ||
    names(() => readFileSync(`/proc/${pid}/environ`, 'utf8'))
  );
}

function listed(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Gives out free ports of this machine, none of them twice. */
export function createPorts() {
  const given = new Map<number, string>();
  async function next(name: string): Promise<number> {
    const port = await freePort('127.0.0.1', 0);
    if (port === undefined) throw new Error(`no port is free for ${name}`);
    if (given.has(port)) return next(name);
    given.set(port, name);
    return port;
  }
  return {
    next,
    /** Those of them that somebody listens on, in words. */
    async held(): Promise<readonly string[]> {
      const held: string[] = [];
      for (const [port, name] of given) {
        if ((await freePort('127.0.0.1', port)) === undefined) held.push(`port ${port} of ${name}`);
      }
      return held;
    },
  };
}
