import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { root } from '../support/servers.ts';
import type { World } from '../support/world.ts';

/** What one call of the command said, and how it ended. */
export interface Said {
  readonly out: string;
  readonly err: string;
  readonly code: number | null;
}

interface AgenticOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
}

const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;

/** Starts the real command in a process of its own, in a folder without settings. */
export function start(args: readonly string[], { env = {}, input }: AgenticOptions = {}) {
  const child: ChildProcess = spawn(process.execPath, [join(root, 'src/cli/main.ts'), ...args], {
    cwd: tmpdir(),
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    env: { PATH, HOME, NODE_COMPILE_CACHE, NO_COLOR: '1', ...env },
  });
  if (input !== undefined) child.stdin?.end(input);
  const said = (async (): Promise<Said> => {
    const [out, err] = await Promise.all([
      child.stdout ? text(child.stdout) : '',
      child.stderr ? text(child.stderr) : '',
      once(child, 'close'),
    ]);
    return { out, err, code: child.exitCode };
  })();
  return { child, said };
}

/** Runs the real command and waits for its end. */
export const agentic = (args: readonly string[], options?: AgenticOptions): Promise<Said> =>
  start(args, options).said;

/** Settings that lead the command to the servers of a test. */
export const envOf = ({ config, standIns }: World): NodeJS.ProcessEnv => ({
  TEMPORAL_ADDRESS: config.TEMPORAL_ADDRESS,
  TEMPORAL_NAMESPACE: config.TEMPORAL_NAMESPACE,
  DATABASE_URL: config.DATABASE_URL,
  SANDBOX_URL: standIns.url,
});
