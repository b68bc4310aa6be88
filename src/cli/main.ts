/** Process: the command `agentic`. */
import '../platform/quick-drizzle.ts';
import { CommanderError } from 'commander';
import { ExitCode, Stop } from './exit.ts';
import { flushed, say, survivePipes } from './output.ts';
import { createProgram } from './program.ts';

survivePipes();
const [, , ...words] = process.argv;
try {
  await createProgram().parseAsync(words.length > 0 ? words : ['--help'], { from: 'user' });
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? ExitCode.ok : ExitCode.wrongInput;
  } else if (error instanceof Stop) {
    say(error.message);
    process.exitCode = error.code;
  } else throw error;
}
await flushed();
process.exit();
