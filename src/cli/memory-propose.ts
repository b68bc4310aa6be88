import { Command, Option } from 'commander';
import { z } from 'zod';
import { ProposedLesson, TrialQuestion, type Trial } from '../contracts/memory-views.ts';
import { World } from '../contracts/memory.ts';
import { counted } from '../rules/time-in-words.ts';
import { ExitCode, Stop } from './exit.ts';
import { flagName } from './flags.ts';
import { tell } from './memory-change.ts';
import { entryOf, worldOption } from './memory-options.ts';
import { print, printJson } from './output.ts';
import { withSession } from './session.ts';

const Options = z.looseObject({
  world: World.optional(),
  entry: z.string().optional(),
  json: z.boolean().optional(),
});
const flagOf = (path: string): string => flagName(path.slice(1));
const ruleHelp = '“avoid method bulk”, “prefer method bulk”, “keep chunkSize at most 50”';

/** What was typed, as it has to be. @throws {Stop} naming each flag that is wrong. */
function checked<T>(schema: z.ZodType<T>, given: unknown): T {
  const read = schema.safeParse(given);
  if (read.success) return read.data;
  const lines = read.error.issues.map(
    ({ path, message }) => `--${path.map(String).at(-1) ?? ''}: ${message}`,
  );
  throw new Stop(ExitCode.wrongInput, lines.join('\n'));
}

/** `memory propose <agent>`. */
export function proposeCommand(): Command {
  const command = new Command('propose')
    .description('add a lesson of your own, as if you had written it into the file')
    .argument('<agent>', 'whose memory')
    .requiredOption('--rule <text>', ruleHelp)
    .requiredOption('--capability <id>', 'what it speaks of')
    .option('--account <name>', 'at this login (default: default)')
    .requiredOption('--why <text>', 'why, in one sentence; it stands in the lesson')
    .option(
      '--expires <time>',
      'runs judge it from then on; left out, it holds until it is unpinned',
    )
    .requiredOption('--reason <text>', 'why now, for those who look later')
    .addOption(worldOption())
    .option('--json', 'print JSON only')
    .addHelpText(
      'after',
      '\nExample:\n  agentic memory propose instantly --capability instantly.daily-analytics --rule "keep chunkSize at most 50" --why "Support asks for it" --reason "ticket 4711"',
    );
  return command.action((agent: string) =>
    withSession(async (session) => {
      const { createMemoryReader } = await import('../platform/memory-reader.ts');
      const { createMemoryActs } = await import('../platform/memory-acts.ts');
      const { json, ...given } = Options.parse(command.opts());
      const expires = given.expires === undefined ? {} : { expires: momentOf(given.expires) };
      const { world, reason, ...proposal } = checked(ProposedLesson, { ...given, ...expires });
      const of = await createMemoryReader(session.database).ownerOf(agent, world);
      const word = { by: session.requester, reason };
      const said = await createMemoryActs(session.database).propose(of, proposal, word);
      const target = `${of.agent}/${said.lesson}`;
      const detail = { ...of, ...proposal };
      await session.note({ action: 'memory.propose', target, reason, detail });
      tell(of, said, `${said.lesson} holds from now on: ${proposal.rule}.`, json);
    }, flagOf),
  );
}

/** A day stands for its first moment. */
const momentOf = (given: unknown): unknown => {
  const time = new Date(String(given));
  return Number.isNaN(time.getTime()) ? given : time.toISOString();
};

/** `memory try <agent>`. */
export function tryCommand(): Command {
  const command = new Command('try')
    .description('say what the last 30 days would have been like under a memory; changes nothing')
    .argument('<agent>', 'whose memory')
    .option('--entry <number>', 'memory as it was after this entry; what is obeyed when left out')
    .option('--rule <text>', `with one lesson more: ${ruleHelp}`)
    .addOption(new Option('--capability <id>', 'what that lesson speaks of'))
    .option('--account <name>', 'at this login (default: default)')
    .addOption(worldOption())
    .option('--json', 'print JSON only')
    .addHelpText(
      'after',
      '\nExample:\n  agentic memory try instantly --capability instantly.daily-analytics --rule "avoid method in-chunks"',
    );
  return command.action((agent: string) =>
    withSession(async ({ database }) => {
      const { createMemoryReader } = await import('../platform/memory-reader.ts');
      const { tryLastMonth } = await import('../platform/memory-trial.ts');
      const { world, json, entry, ...lesson } = Options.parse(command.opts());
      const question = checked(TrialQuestion, {
        ...(entry === undefined ? {} : { entry: entryOf('--entry', entry) }),
        ...(Object.keys(lesson).length === 0 ? {} : { lesson }),
      });
      const of = await createMemoryReader(database).ownerOf(agent, world);
      const trial = await tryLastMonth(database, of, question);
      if (json) printJson(trial);
      else print(trialInWords(trial));
    }, flagOf),
  );
}

function trialInWords({ tasks, elsewhere, saved, unproven, objection }: Trial): string {
  if (tasks === 0) return 'Nothing was seen in the last 30 days, so there is nothing to tell.';
  return [
    `Of ${counted(tasks, 'task')} seen in the last 30 days ${elsewhere.toLocaleString('en-US')} would have gone another way.`,
    `${counted(saved, 'failure')} would not have been met.`,
    `${counted(unproven, 'task')} went well in a way that it leaves.`,
    objection === null ? 'The gate has no objection.' : `The gate objects: ${objection}.`,
  ].join('\n');
}
