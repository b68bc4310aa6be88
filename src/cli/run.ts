import { Command, InvalidArgumentError, Option } from 'commander';
import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { agents } from '../contracts/agents.ts';
import type { StartedRun } from '../contracts/api.ts';
import { isOnceEffect, type Capability } from '../contracts/capability.ts';
import { BadRequest, checkTask, type CheckedTask } from '../contracts/check.ts';
import { DryRun } from '../contracts/dry-run.ts';
import type { NewTask } from '../contracts/runs.ts';
import { describeDryRun } from './dry-run.ts';
import { askFor, canAsk } from './confirmation.ts';
import { ExitCode, Stop } from './exit.ts';
import { flagName, inline, inputFlags, inputFrom, sampleOf } from './flags.ts';
import { follow, type RunEnd } from './follow.ts';
import { describeResult, faint, print, printJson, say, strong } from './output.ts';
import { withSession } from './session.ts';
import { readText } from './text-file.ts';

const Options = z.object({
  account: z.string(),
  input: z.string().optional(),
  json: z.boolean().default(false),
  wait: z.boolean(),
  timeout: z.number().optional(),
  giveUpAfter: z.number().optional(),
  dryRun: z.boolean().default(false),
  confirm: z.string().optional(),
});
type Options = z.infer<typeof Options>;

/** `run <capability>`: any capability, with exactly the input that is given. */
export function runCommand(): Command {
  const run = new Command('run')
    .description('do one capability of an agent, as a durable run')
    .addHelpText('after', '\nExample:\n  agentic run instantly.daily-analytics --date 2026-01-05');
  for (const agent of agents) {
    for (const capability of agent.capabilities) {
      run.addCommand(taskCommand(['run', capability.id], capability));
    }
  }
  return run;
}

/** Everything an agent does, with the ways to call it: by the agent, and by its matter where it has one. */
const calls = agents.flatMap((agent) =>
  agent.capabilities.flatMap((capability) =>
    [[agent.id, capability.verb] as const, ...(capability.command ? [capability.command] : [])].map(
      ([group, verb]) => ({ group, verb, capability }),
    ),
  ),
);

/**
 * The familiar verbs of each agent and matter: `instantly daily`, `campaigns create`. A matter may
 * have the name of an agent; its verbs then stand beside the agent's. Days that are left out are
 * yesterday's.
 *
 * @param own verbs that a group has besides, or instead of one that would be called the same.
 */
export const agentCommands = (
  own: Readonly<Record<string, readonly Command[]>> = {},
): readonly Command[] =>
  [...Map.groupBy(calls, ({ group }) => group)].map(([group, all]) => {
    const agent = agents.find(({ id }) => id === group);
    const verbs = all.map(({ verb }) => verb);
    const others = own[group] ?? [];
    const command = new Command(group)
      .description(agent?.description ?? `${group}: ${verbs.join(', ')}`)
      .addHelpText('after', `\nExample:\n  agentic ${group} ${verbs[0] ?? ''}`);
    const isOwn = (verb: string) => others.some((each) => each.name() === verb);
    for (const { verb, capability } of all.filter((each) => !isOwn(each.verb))) {
      const today = Temporal.Now.plainDateISO('UTC');
      const defaults = capability.schedule?.inputFor({
        day: today.subtract({ days: 1 }).toString(),
        nextDay: today.toString(),
      });
      command.addCommand(taskCommand([group, verb], capability, defaults));
    }
    others.forEach((each) => command.addCommand(each));
    return command;
  });

function taskCommand(
  path: readonly [group: string, verb: string],
  capability: Capability,
  defaults: Readonly<Record<string, unknown>> = {},
): Command {
  const [, name] = path;
  const flags = inputFlags(capability, defaults);
  const command = new Command(name).description(inline(capability.description));
  flags.forEach(({ option }) => command.addOption(option));
  const { argument } = capability;
  if (argument) command.argument(`[${argument}]`, `the same as ${flagName(argument)}`);
  if (isOnceEffect(capability.effect)) {
    command.option('--dry-run', 'only show what would happen: nothing is sent, spent or deleted');
  }
  if (capability.confirmation) {
    command.option('--confirm <text>', 'the text it asks for; a dry run says which');
  }
  command
    .option('--account <name>', 'login at the vendor, as the settings name it', 'default')
    .option('--input <json>', 'the input as JSON, as @file, or as - for stdin; flags go over it')
    .option('--json', 'print JSON only')
    .option('--no-wait', 'start it and leave')
    .addOption(duration('--timeout <time>', 'wait no longer than this: 90s, 10m, 2h'))
    .addOption(duration('--give-up-after <time>', 'stop trying again after this time'))
    .addHelpText('after', `\n${helpAfter(path, capability)}`)
    .action(async () => {
      const raw = command.opts();
      const options = Options.parse(raw);
      const [word] = command.args;
      const argued = argument && word !== undefined ? { [argument]: word } : {};
      const request = (session?: { readonly name: string }): NewTask => ({
        capability: capability.id,
        account: options.account,
        input: { ...defaults, ...given, ...argued, ...inputFrom(flags, raw) },
        ...(session ? { requestedBy: { kind: 'cli' as const, name: session.name } } : {}),
        ...(options.dryRun ? { dryRun: true } : {}),
        ...(options.confirm === undefined ? {} : { confirm: options.confirm }),
        ...(options.giveUpAfter ? { giveUpAfterSeconds: options.giveUpAfter } : {}),
      });
      const given = options.input === undefined ? {} : await inputOf(options.input);
      await runTask(request, options, flagOf);
    });
  const flagOf = (path: string): string => {
    const [, part, field, ...rest] = path.split('/');
    if (part !== 'input' || field === undefined) return flagName(part ?? '');
    const flag = flags.find((each) => each.field === field)?.name ?? `input.${field}`;
    return rest.length > 0 ? `${flag} (${rest.join('.')})` : flag;
  };
  return command;
}

/** Starts a task, or joins it, and shows how it ends. @returns the run. @throws {Stop} */
export async function runTask(
  request: (requester?: { readonly name: string }) => NewTask,
  options: Pick<Options, 'json' | 'wait' | 'timeout'>,
  flagOf: (path: string) => string,
): Promise<StartedRun> {
  return withSession(async (session) => {
    const { startTask, titleOf } = await import('../platform/start-run.ts');
    const { task, checked } = await confirmed(request(session.requester), options);
    if (!(await session.isServed(checked.agent.id))) throw unserved(checked.agent.id);
    const run = await session.ask(() => startTask(session.client, task));
    if (run.started) {
      await session.note({
        action: 'run.start',
        target: run.workflowId,
        reason: '',
        detail: { runId: run.runId },
      });
    }
    say(`${run.started ? 'Started' : 'Joined'} ${run.workflowId} (run ${run.runId})`);
    if (!options.wait) {
      if (options.json) printJson(run);
      else print(run.workflowId);
      return run;
    }
    const end = await follow(session, run, {
      onProgress: (line) => say(`  ${line}`),
      timeoutMs: options.timeout === undefined ? undefined : options.timeout * 1_000,
    });
    report(titleOf(checked), run, end, options);
    return run;
  }, flagOf);
}

/** Asks for the text that it needs, where a person sits at a terminal. @throws {BadRequest} */
async function confirmed(
  task: NewTask,
  { json }: Pick<Options, 'json'>,
): Promise<{ readonly task: NewTask; readonly checked: CheckedTask }> {
  try {
    return { task, checked: checkTask(task) };
  } catch (error) {
    const isAsked = error instanceof BadRequest && error.failure === 'NotConfirmed';
    if (!isAsked || task.confirm !== undefined || json || !canAsk()) throw error;
    const asked = { ...task, confirm: await askFor(error.message, 'Nothing was started.') };
    return { task: asked, checked: checkTask(asked) };
  }
}

/** Nobody would do it. */
export const unserved = (agent: string): Stop =>
  new Stop(
    ExitCode.unreachable,
    `No worker serves ${agent}: start the system with \`npm start\`, or a worker with \`agentic worker\`.`,
  );

/** @throws {Stop} when the run failed, so that the command ends with the right code. */
function report(
  title: string,
  run: StartedRun,
  end: RunEnd,
  { json }: Pick<Options, 'json'>,
): void {
  if (json) {
    const { state } = end;
    printJson(end.state === 'completed' ? { ...run, state, ...end.outcome } : { ...run, ...end });
  }
  if (end.state === 'failed') {
    const isInput = ['InvalidInput', 'NotServed', 'NotConfirmed'].includes(end.failure);
    throw new Stop(
      isInput ? ExitCode.wrongInput : ExitCode.failed,
      `${run.workflowId} failed, ${end.failure}: ${end.message}`,
    );
  }
  if (json) return;
  const { tried, method, result, account, isStandIn } = end.outcome;
  const dry = DryRun.safeParse(result);
  if (dry.success) {
    print(describeDryRun(dry.data, account, isStandIn));
    print(faint(`\nRun ${run.workflowId}`));
    return;
  }
  print(`${strong(title)}\n`);
  print(describeResult(result));
  const left = tried.map((each) => `${each.method} was left: ${each.failure}`);
  print(faint(`\n${[`Done by ${method}`, ...left].join('; ')}. Run ${run.workflowId}`));
}

async function inputOf(argument: string): Promise<Record<string, unknown>> {
  const [source, json] = await read(argument);
  try {
    const input = z.record(z.string(), z.unknown()).safeParse(JSON.parse(json));
    if (input.success) return input.data;
    throw new Error('expected an object such as {"date":"2026-01-05"}');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Stop(ExitCode.wrongInput, `--input: ${source} is not usable: ${why}`);
  }
}

/** The words of `--input`, and how to name where they are from. */
const read = async (argument: string): Promise<readonly [string, string]> =>
  argument === '-' || argument.startsWith('@')
    ? await readText(argument.replace(/^@/, ''), '--input')
    : ['this JSON', argument];

/** How long one unit is. */
const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** A time such as `90s` or `10m`, in seconds. */
export function duration(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text: string) => {
    const [, count, unit = 's'] = /^(\d+)([smhd])?$/.exec(text) ?? [];
    const seconds = Number(count) * (secondsOf[unit] ?? 1);
    if (!(seconds > 0))
      throw new InvalidArgumentError('Expected a time such as 90s, 10m, 2h or 7d.');
    return seconds;
  });
}

/** As a shell takes it: what has other than plain letters in it stands in quotes. */
const quoted = (word: string): string =>
  /^[\w@.:/,…-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

function helpAfter([group, verb]: readonly [string, string], capability: Capability): string {
  const isVerb = group !== 'run';
  const path = `${group} ${verb}`;
  const sample =
    capability.schedule?.inputFor({ day: '2026-01-05', nextDay: '2026-01-06' }) ??
    sampleOf(capability);
  const dryRun = isOnceEffect(capability.effect) ? ' --dry-run' : '';
  const sampleFlags = Object.entries(sample)
    .map(([field, value]) => `${flagName(field)} ${quoted(String(value))}`)
    .join(' ');
  return [
    ...(isVerb && capability.schedule
      ? [
          'Days that are left out are those of the daily schedule: yesterday, or yesterday to today (UTC).',
          '',
        ]
      : []),
    'Examples:',
    `  agentic ${path} ${sampleFlags}${dryRun}`.trimEnd(),
    isVerb
      ? `  agentic ${path} --json`
      : `  agentic ${path} --input '${JSON.stringify(sample)}' --json`,
  ].join('\n');
}
