import { createWriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Command, Option } from 'commander';
import { z } from 'zod';
import { TaskState } from '../contracts/swarm.ts';
import { ExitCode, Stop } from './exit.ts';
import { say } from './output.ts';
import { withSession } from './session.ts';

const Options = z.object({
  format: z.enum(['jsonl', 'csv']),
  state: TaskState.optional(),
  run: z.string().optional(),
  output: z.string().optional(),
});

/** `swarm export`: every task and how it went, as lines. */
export function exportCommand(): Command {
  const command = new Command('export')
    .description('write every task and how it went, to stdout or a file')
    .argument('<id>', 'the swarm, as lists show it')
    .addOption(
      new Option('--format <format>', 'one object a line, or a table')
        .choices(['jsonl', 'csv'])
        .default('jsonl'),
    )
    .addOption(new Option('--state <state>', 'only those').choices(TaskState.options))
    .option('--run <run-id>', 'an older execution of the same id')
    .option('-o, --output <file>', 'a file instead of stdout')
    .addHelpText(
      'after',
      '\nExample:\n  agentic swarm export swarm/leads-csv/0a1b2c3d4e5f --format csv --state failed -o failed.csv',
    );
  return command.action((id: string) =>
    withSession(async ({ database }) => {
      const { createSwarmRows } = await import('../platform/swarm-rows.ts');
      const { exportSwarm } = await import('../platform/swarm-export.ts');
      const { format, state, run, output } = Options.parse(command.opts());
      const rows = createSwarmRows(database);
      const swarm = await rows.find(id, run);
      if (!swarm) {
        const message = `There is no swarm ${id}, or its tasks are not loaded; \`agentic swarm list\` shows them.`;
        throw new Stop(ExitCode.wrongInput, message);
      }
      const text = exportSwarm(rows.all(swarm, state), format);
      if (output === undefined) {
        await pipeline(text, process.stdout, { end: false });
        return;
      }
      const path = resolve(process.env.INIT_CWD ?? process.cwd(), output);
      await pipeline(text, createWriteStream(path)).catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        throw new Stop(ExitCode.wrongInput, `--output: ${path} can't be written: ${why}`);
      });
      say(`Wrote ${path}`);
    }),
  );
}
