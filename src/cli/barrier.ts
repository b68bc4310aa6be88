import { Command } from 'commander';
import { faint, moment, print, printJson, say, table } from './output.ts';
import { withSession } from './session.ts';

/** `barrier …`: which runs wait for each other. */
export const barrierCommand = (): Command =>
  new Command('barrier')
    .description('barriers: which runs wait for each other: list')
    .addHelpText('after', '\nExample:\n  agentic barrier list')
    .addCommand(listCommand());

const heads = ['barrier', 'there', 'opened (UTC)', 'who is there'];

function listCommand(): Command {
  const command = new Command('list')
    .description('list barriers that somebody waits at, and those that opened in the last day')
    .option('--json', 'print JSON only')
    .addHelpText('after', '\nExample:\n  agentic barrier list --json');
  return command.action(() =>
    withSession(async ({ database }) => {
      const { createCoordination } = await import('../platform/coordination.ts');
      const barriers = await createCoordination(database).barriers();
      if (command.opts().json) printJson({ barriers });
      else if (barriers.length === 0) say('Nobody waits at a barrier.');
      else {
        const rows = barriers.map(({ name, parties, members, openedAt }) => [
          name,
          `${members.length} of ${parties}`,
          openedAt === null ? 'waits' : moment(openedAt),
          faint(members.join(', ')),
        ]);
        print(table(heads, rows));
      }
    }),
  );
}
