import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { ExitCode, Stop } from './exit.ts';

/**
 * Reads a file from where the person is, or stdin for `-`.
 *
 * @param argument what asked for it, for the message when it can't be read.
 * @returns how to name where it came from, and the text.
 */
export async function readText(file: string, argument: string): Promise<readonly [string, string]> {
  if (file === '-') return ['stdin', await textOf(process.stdin)];
  const path = resolve(process.env.INIT_CWD ?? process.cwd(), file); // npm runs scripts in the checkout
  try {
    return [path, readFileSync(path, 'utf8')];
  } catch {
    throw new Stop(ExitCode.wrongInput, `${argument}: ${path} can't be read`);
  }
}
