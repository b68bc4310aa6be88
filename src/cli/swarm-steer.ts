import { Command, Option } from 'commander';
import { z } from 'zod';
import { FailureFilter } from '../contracts/swarm.ts';
import type { SwarmOrder, Steered } from '../platform/steer-swarm.ts';
import { ExitCode, Stop } from './exit.ts';
import { number, print, printJson } from './output.ts';
import { withSession, type Session } from './session.ts';
import { checkAllServed, flagOf } from './swarm-run.ts';
import { fileHelp, tasksFrom } from './swarm-tasks.ts';

const Options = z.object({
  reason: z.string(),
  confirm: z.string().optional(),
  json: z.boolean().optional(),
  class: z.string().optional(),
  failure: z.string().optional(),
  query: z.string().optional(),
  capability: z.string().optional(),
  account: z.string().optional(),
});
type Options = z.infer<typeof Options>;

type OrderOf = (
  session: Session,
  options: Options,
  more: string | undefined,
) => SwarmOrder | Promise<SwarmOrder>;

const confirmHelp = 'the text that tasks ask for which can’t be taken back';
const exampleId = 'swarm/leads-csv/0a1b2c3d4e5f';

/** `swarm pause|resume|cancel|window|add|retry`: words to a swarm while it runs, each with its reason. */
export const steeringCommands = (): readonly Command[] => [
  steering('pause', 'start no more tasks until it is resumed', '', () => ({ kind: 'pause' })),
  steering('resume', 'go on after a pause', '', () => ({ kind: 'resume' })),
  steering('cancel', 'stop, and leave undone what has not been done', '', () => ({
    kind: 'cancel',
  })),
  steering(
    'window',
    'set how many tasks may be in flight',
    ' 500',
    (_session, _options, more) => ({ kind: 'window', window: windowIn(more) }),
    ['<number>', 'from 1 to 10,000'],
  ),
  steering(
    'add',
    'add the tasks of a file or a query',
    ' more.jsonl',
    async (session, { query, capability, account, confirm }, file) => ({
      kind: 'add',
      confirm,
      tasks: await tasksFrom(session, { file, query, capability, account }),
    }),
    ['[file]', fileHelp],
  )
    .option('--query <sql>', 'a query instead of a file: each row is an input')
    .option('--capability <id>', 'what to do with each: lines and rows are then its inputs')
    .option('--account <name>', 'login at the vendor for those that name none')
    .option('--confirm <text>', confirmHelp),
  steering(
    'retry',
    'try failed tasks again, also of a swarm that has ended',
    ' --class data',
    (_session, options) => ({
      kind: 'retry-failed',
      confirm: options.confirm,
      of: FailureFilter.parse({ class: options.class, failure: options.failure }),
    }),
  )
    .addOption(
      new Option('--class <class>', 'only those of this class').choices([
        ...FailureFilter.shape.class.unwrap().options,
      ]),
    )
    .option('--failure <type>', 'only those that failed so: RateLimited')
    .option('--confirm <text>', `${confirmHelp}; for a swarm that has ended`),
];

function steering(
  name: string,
  description: string,
  example: string,
  orderOf: OrderOf,
  argument?: readonly [string, string],
): Command {
  const command = new Command(name)
    .description(description)
    .argument('<id>', 'the swarm, as lists show it')
    .requiredOption('--reason <text>', 'why, for those who look later')
    .option('--json', 'print JSON only')
    .addHelpText(
      'after',
      `\nExample:\n  agentic swarm ${name} ${exampleId}${example} --reason "…"`,
    );
  if (argument) command.argument(...argument);
  return command.action((id: string, more: unknown) =>
    withSession(async (session) => {
      const { detailOf, steerSwarm } = await import('../platform/steer-swarm.ts');
      const options = Options.parse(command.opts());
      const reason = reasonIn(options.reason);
      const order = await orderOf(session, options, typeof more === 'string' ? more : undefined);
      const deps = {
        ...session,
        requestedBy: session.requester,
        isServed: (queue: string) => session.isServed(queue),
        checkServed: (agents: readonly string[]) => checkAllServed(session, agents),
      };
      const steered = await steerSwarm(deps, id, order, { by: session.by, reason });
      await session.note({
        action: `swarm.${order.kind}`,
        target: id,
        reason,
        detail: detailOf(order, steered),
      });
      if (options.json) printJson(steered.kind === 'told' ? steered.progress : steered.run);
      else print(wordsFor(id, order, steered));
    }, flagOf),
  );
}

function wordsFor(id: string, { kind }: SwarmOrder, steered: Steered): string {
  if (steered.kind === 'started') {
    return `${id} had ended: ${steered.run.workflowId} tries its failed tasks again.`;
  }
  const { total, settled, window, waiting } = steered.progress;
  switch (kind) {
    case 'pause':
      return `${id} is paused; what is in flight ends.`;
    case 'resume':
      return `${id} goes on, ${number(settled)} of ${number(total)} tasks are settled.`;
    case 'cancel':
      return `${id} was asked to stop.`;
    case 'window':
      return `${id} has at most ${number(window)} tasks in flight now.`;
    case 'add':
      return `${id} has ${number(total)} tasks now.`;
    case 'retry-failed':
      return `${id} tries them again; ${number(waiting)} tasks wait for their turn.`;
  }
}

function windowIn(text: string | undefined): number {
  const window = Number(text);
  if (Number.isInteger(window) && window >= 1 && window <= 10_000) return window;
  throw new Stop(ExitCode.wrongInput, '<number>: expected a whole number from 1 to 10,000');
}

function reasonIn(text: string): string {
  const reason = text.trim();
  if (reason.length > 0 && reason.length <= 500) return reason;
  throw new Stop(ExitCode.wrongInput, '--reason: expected a reason of at most 500 characters');
}
