import { createInterface } from 'node:readline/promises';
import { ExitCode, Stop } from './exit.ts';
import { say } from './output.ts';

/** Whether a person sits at a terminal, who can be asked. */
export const canAsk = (): boolean => process.stdin.isTTY && process.stderr.isTTY;

/**
 * Asks the person at the terminal for a text that has to be repeated.
 *
 * @param why what it confirms, and which text it is.
 * @param untouched what is said to who leaves instead: that nothing has happened.
 * @throws {Stop} as interrupted, after Ctrl-C or Ctrl-D.
 */
export async function askFor(why: string, untouched: string): Promise<string> {
  say(why);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  return terminal
    .question('Type it to go on: ')
    .catch((cause: unknown) => {
      throw new Stop(ExitCode.interrupted, `\n${untouched}`, { cause });
    })
    .finally(() => terminal.close());
}
