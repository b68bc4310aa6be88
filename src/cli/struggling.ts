import { Command, Option } from 'commander';
import { z } from 'zod';
import { StrugglingQuery } from '../contracts/struggling.ts';
import { ExitCode, Stop } from './exit.ts';
import { faint, moment, print, printJson, say, strong, table } from './output.ts';
import { withSession } from './session.ts';

const Options = z.looseObject({
  json: z.boolean().default(false),
  minAttempt: z.string().optional(),
});

/** `struggling`: what retries or waits, by cause. */
export function strugglingCommand(): Command {
  const classes = StrugglingQuery.shape.class.unwrap().options;
  const command = new Command('struggling')
    .description('list why work retries or waits, and when it goes on')
    .option('--agent <id>', 'only of this agent')
    .option('--key <vendor:account>', 'only under this flow key')
    .addOption(new Option('--class <class>', 'only failures of this class').choices(classes))
    .option('--min-attempt <number>', 'only what is at this try or later')
    .option('--json', 'print JSON only')
    .addHelpText('after', '\nExample:\n  agentic struggling --key instantly:default');
  return command.action(() =>
    withSession(async ({ client, database, config }) => {
      const { createStrugglingReader } = await import('../platform/struggling.ts');
      const { createFlowKeyReader } = await import('../platform/flow-history.ts');
      const { createAgentReader } = await import('../platform/agents.ts');
      const { json, minAttempt, ...options } = Options.parse(command.opts());
      const query = StrugglingQuery.safeParse({ ...options, 'min-attempt': minAttempt });
      if (!query.success) {
        throw new Stop(ExitCode.wrongInput, '--min-attempt: expected a number from 1 to 1,000');
      }
      const reader = createStrugglingReader({
        database,
        agents: createAgentReader({ client, database, config }),
        flowKeys: createFlowKeyReader(database),
      });
      const found = await reader.read(query.data);
      if (json) {
        printJson(found);
        return;
      }
      if (!found.main) {
        say('Nothing struggles.');
        return;
      }
      print(`${strong(found.main.title)} ${found.main.text}\n`);
      print(
        table(
          ['state', 'what', 'tasks', 'next try', 'said', 'goes on (UTC)', 'key'],
          found.causes.map((cause) => [
            cause.state,
            cause.capability,
            cause.tasks,
            cause.attempts.most,
            `${cause.status ?? cause.failure}: ${cause.words}`.slice(0, 60),
            cause.nextAt && moment(cause.nextAt),
            faint(cause.flowKey),
          ]),
        ),
      );
    }),
  );
}
