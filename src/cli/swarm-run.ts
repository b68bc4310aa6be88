import { Command } from 'commander';
import { z } from 'zod';
import type { SwarmDetail } from '../contracts/swarm.ts';
import type { StartedSwarm } from '../platform/start-swarm.ts';
import { ExitCode, Stop } from './exit.ts';
import { faint, number, print, printJson, say, strong, table } from './output.ts';
import { duration, unserved } from './run.ts';
import { withSession, type Session } from './session.ts';
import { describeDrySwarm } from './swarm-dry-run.ts';
import { followSwarm } from './swarm-follow.ts';
import { fileHelp, nameOf, tasksFrom } from './swarm-tasks.ts';

const Options = z.object({
  capability: z.string().optional(),
  account: z.string().optional(),
  query: z.string().optional(),
  title: z.string().optional(),
  window: z.string().optional(),
  threshold: z.string().optional(),
  grain: z.string().optional(),
  giveUpAfter: z.number().optional(),
  waitForPerson: z.number().optional(),
  dryRun: z.boolean().default(false),
  confirm: z.string().optional(),
  reason: z.string().optional(),
  json: z.boolean().default(false),
  wait: z.boolean(),
  timeout: z.number().optional(),
});

/** `swarm run`: loads the tasks, starts the swarm, and shows how far it is. */
export function runSwarmCommand(): Command {
  const command = new Command('run')
    .description('do all tasks of a file, of stdin or of a query, many at once')
    .argument('[file]', fileHelp)
    .option(
      '--query <sql>',
      'a query instead of a file: each row is an input; it can change nothing',
    )
    .option('--capability <id>', 'what to do with each: lines and rows are then its inputs')
    .option('--account <name>', 'login at the vendor for those that name none')
    .option('--title <text>', 'what people read (default: the name of the file)')
    .option('--window <number>', 'the most tasks in flight (default: what the workers take)')
    .option(
      '--threshold <share>',
      'share of failed tasks, 0 to 1, above which it failed (default: 0.1)',
    )
    .option('--grain <number>', 'tasks an activity carries (default: by what they take)')
    .addOption(duration('--give-up-after <time>', 'stop trying failed tasks again after this time'))
    .addOption(
      duration(
        '--wait-for-person <time>',
        'when it stopped by itself, end it if nobody resumes it in this time (default: 7d)',
      ),
    )
    .option('--dry-run', 'only show what would happen: nothing is started or stored')
    .option('--confirm <text>', 'the text that tasks ask for which can’t be taken back')
    .option('--reason <text>', 'why, for those who look later; needed beside --confirm')
    .option('--json', 'print JSON only')
    .option('--no-wait', 'start it and leave')
    .addOption(duration('--timeout <time>', 'wait no longer than this: 90s, 10m, 2h'))
    .addHelpText(
      'after',
      [
        '\nThe same tasks under the same title join the swarm that is under way.',
        'CSV cells take the types of the capability; lists are separated by ; and empty cells left out.',
        '\nExamples:',
        '  agentic swarm run leads.csv --capability practice.wait',
        '  agentic swarm run tasks.jsonl --window 500 --threshold 0.02 --no-wait',
        `  agentic swarm run --query "select email as label from leads" --capability practice.wait`,
      ].join('\n'),
    );
  return command.action((file: string | undefined) => {
    const options = Options.parse(command.opts());
    return withSession((session) => run(session, file, options), flagOf);
  });
}

async function run(
  session: Session,
  file: string | undefined,
  options: z.infer<typeof Options>,
): Promise<void> {
  const { query, capability, account, json } = options;
  const place = { file, query, capability, account };
  const tasks = await tasksFrom(session, place);
  const checkServed = (agents: readonly string[]) => checkAllServed(session, agents);
  const { confirm, reason } = options;
  const settings = {
    title: options.title ?? nameOf(place),
    requestedBy: session.requester,
    ...(confirm === undefined ? {} : { confirm }),
    ...(reason === undefined ? {} : { reason }),
    ...numberOf('window', options.window),
    ...numberOf('failureThreshold', options.threshold),
    ...numberOf('grain', options.grain),
    ...(options.giveUpAfter === undefined ? {} : { giveUpAfterSeconds: options.giveUpAfter }),
    ...(options.waitForPerson === undefined ? {} : { waitForPersonSeconds: options.waitForPerson }),
  };
  if (options.dryRun) {
    const { dryRunSwarm } = await import('../platform/dry-swarm.ts');
    const { createAgentReader } = await import('../platform/agents.ts');
    const dry = await dryRunSwarm(
      { ...session, agents: createAgentReader(session) },
      tasks,
      settings,
    );
    if (json) printJson(dry);
    else print(describeDrySwarm(dry));
    if (!dry.wouldStart) throw new Stop(ExitCode.wrongInput, 'The swarm would not start.');
    return;
  }
  const { startSwarm } = await import('../platform/start-swarm.ts');
  const swarm = await startSwarm({ ...session, checkServed }, tasks, settings);
  const { memo: _, ...started } = swarm;
  if (swarm.started) {
    const { workflowId, runId, total } = swarm;
    await session.note({
      action: 'swarm.start',
      target: workflowId,
      reason: reason ?? '',
      detail: { runId, total, ...(confirm === undefined ? {} : { confirm }) },
    });
  }
  say(
    `${swarm.started ? 'Started' : 'Joined'} ${swarm.workflowId} with ${number(swarm.total)} tasks`,
  );
  if (!options.wait) {
    if (json) printJson(started);
    else print(swarm.workflowId);
    return;
  }
  const detail = await followSwarm(session, swarm, {
    timeoutMs: options.timeout === undefined ? undefined : options.timeout * 1_000,
  });
  report(swarm, detail, json);
}

/** @throws {Stop} when no worker serves an agent. */
export async function checkAllServed(session: Session, agents: readonly string[]): Promise<void> {
  for (const agent of agents) if (!(await session.isServed(agent))) throw unserved(agent);
}

/** A number as it was given; what is none is left to the check, which names the flag. */
const numberOf = (name: string, text: string | undefined): Record<string, number> =>
  text === undefined ? {} : { [name]: text.trim() === '' ? Number.NaN : Number(text) };

const flags: Readonly<Record<string, string>> = {
  '/title': '--title',
  '/window': '--window',
  '/failureThreshold': '--threshold',
  '/grain': '--grain',
  '/confirm': '--confirm',
  '/reason': '--reason',
  '/giveUpAfterSeconds': '--give-up-after',
  '/waitForPersonSeconds': '--wait-for-person',
};

/** `/leads.csv, line 3/input/ms` as `leads.csv, line 3: input.ms`. */
export function flagOf(path: string): string {
  const [at = '', ...rest] = path.slice(1).split('/');
  return flags[path] ?? (rest.length === 0 ? at : `${at}: ${rest.join('.')}`);
}

/** @throws {Stop} when the swarm failed, so that the command ends with the right code. */
function report(swarm: StartedSwarm, detail: SwarmDetail, json: boolean): void {
  const { run, counts, methods, failures, why } = detail;
  const { workflowId, runId, started } = swarm;
  const state = run.state.kind;
  if (json) printJson({ workflowId, runId, started, state, counts, methods, failures });
  if (state !== 'completed' && state !== 'completed-with-failures') {
    throw new Stop(ExitCode.failed, `${workflowId} is ${state}: ${why}`);
  }
  if (json) return;
  print(`${strong(run.title)}\n\n${why}`);
  if (failures.length > 0) {
    const rows = failures.map((each) => [
      each.count,
      each.failure,
      each.samples.join(', '),
      each.message,
    ]);
    print(`\n${table(['failed', 'failure', 'such as', 'words'], rows)}`);
  }
  print(faint(`\nResults: agentic swarm export ${workflowId} --format jsonl`));
}
