import { Command } from 'commander';
import type { z } from 'zod';
import { FlowKeyChange, FlowKeyNewLimits, type FlowKey } from '../contracts/flow-keys.ts';
import { ExitCode, Stop } from './exit.ts';
import { faint, moment, print, printJson, say, table } from './output.ts';
import { flagName } from './flags.ts';
import { withSession, type Session } from './session.ts';

/** `keys …`: how much of each vendor is used, login by login. */
export function keysCommand(): Command {
  return new Command('keys')
    .description('the flow keys: how fast each login of a vendor is used, and what holds it back')
    .option('--json', 'print JSON only')
    .addHelpText('after', '\nExamples:\n  agentic keys\n  agentic keys --json')
    .action((options: { readonly json?: true }) => withSession((session) => list(session, options)))
    .addCommand(setCommand())
    .addCommand(
      changeCommand('pause', {
        description: 'let no more calls start; those under way end',
        example: '--reason "contract is being changed"',
        done: (key) =>
          `${key} is paused. Resume it with \`agentic keys resume ${key} --reason …\`.`,
      }),
    )
    .addCommand(
      changeCommand('resume', {
        description: 'let calls start again',
        example: '--reason "contract is signed"',
        done: (key) => `${key} takes calls again.`,
      }),
    )
    .addCommand(
      changeCommand('open', {
        description: 'end a closing before its time, and go back to the full rate',
        example: '--reason "vendor says all is well"',
        done: (key) => `${key} is open.`,
      }),
    )
    .addCommand(
      changeCommand('reset', {
        description: 'go back to the limits that the agent declares',
        example: '--reason "the web app has a login of its own"',
        done: (key) => `${key} has its declared limits again, in all processes.`,
      }),
    );
}

async function list({ database }: Session, { json }: { readonly json?: true }): Promise<void> {
  const { createFlowKeyReader } = await import('../platform/flow-history.ts');
  const flowKeys = await createFlowKeyReader(database).list();
  if (json) printJson({ flowKeys });
  else if (flowKeys.length > 0) print(table(heads, flowKeys.map(rowOf)));
  else say('No login was used yet: its flow key appears with the first call.');
}

const heads = ['key', 'per second', 'per minute', 'at once', 'limits by', 'in use', 'now', 'state'];

const rowOf = (each: FlowKey) => [
  each.key,
  each.limits.perSecond,
  each.limits.perMinute,
  each.limits.atOnce,
  each.limitsBy ?? 'declared',
  `${Math.round(each.share * 100)} %`,
  each.underWay,
  stateOf(each),
];

function stateOf({ closed, paused }: FlowKey): string {
  if (paused) return `paused by ${paused.by} ${faint(paused.why)}`;
  if (!closed) return 'open';
  const guess = closed.by === 'guess' ? ', a guess' : '';
  return `closed until ${moment(closed.until)}${guess} ${faint(closed.why)}`;
}

interface Change {
  readonly description: string;
  readonly example: string;
  readonly done: (key: string) => string;
}

function changeCommand(
  name: 'pause' | 'resume' | 'open' | 'reset',
  { description, example, done }: Change,
): Command {
  const command = withKey(name, description, example);
  return command.action((key: string) =>
    withSession(async (session) => {
      const { createFlowKeys } = await import('../platform/flow-keys.ts');
      const { json, ...options } = command.optsWithGlobals<{ json?: true }>();
      const { reason } = checked(FlowKeyChange, options);
      const keys = createFlowKeys(session.database);
      // who opens a key from here has typed its name
      const person = { by: session.by, reason, isConfirmed: true };
      const change =
        name === 'reset'
          ? await keys.resetLimits(key, person)
          : await keys[name](key, person).then(() => ({}));
      await session.note({
        action: `flow-key.${name}`,
        target: key,
        reason,
        detail: { ...change },
      });
      await tell(session, key, json, done(key));
    }),
  );
}

function setCommand(): Command {
  const command = withKey(
    'set',
    'set limits in place of the declared ones',
    '--per-second 50 --reason "half for us"',
  )
    .option('--per-second <number>', 'calls in any second')
    .option('--per-minute <number>', 'calls in any minute')
    .option('--at-once <number>', 'calls under way at once');
  return command.action((key: string) =>
    withSession(async (session) => {
      const { createFlowKeys } = await import('../platform/flow-keys.ts');
      const { json, ...options } = command.optsWithGlobals<{ json?: true }>();
      const { reason, ...limits } = checked(FlowKeyNewLimits, options);
      const keys = createFlowKeys(session.database);
      const change = await keys.setLimits(key, limits, { by: session.by, reason });
      await session.note({ action: 'flow-key.limits', target: key, reason, detail: { ...change } });
      await tell(session, key, json, `${key} has these limits now, in all processes.`);
    }),
  );
}

const withKey = (name: string, description: string, example: string): Command =>
  new Command(name)
    .description(description)
    .argument('<key>', 'vendor:account, as `agentic keys` shows it')
    .requiredOption('--reason <text>', 'why, for those who look later')
    .option('--json', 'print JSON only')
    .addHelpText('after', `\nExample:\n  agentic keys ${name} instantly:default ${example}`);

function checked<T extends z.ZodType>(schema: T, options: unknown): z.output<T> {
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  const wrong = result.error.issues.map(
    ({ path, message }) => `${flagName(path.map(String).join('.'))}: ${message}`,
  );
  throw new Stop(ExitCode.wrongInput, wrong.join('\n'));
}

async function tell(
  { database }: Session,
  key: string,
  json: true | undefined,
  words: string,
): Promise<void> {
  const { createFlowKeyReader } = await import('../platform/flow-history.ts');
  if (json)
    printJson((await createFlowKeyReader(database).list()).find((each) => each.key === key));
  else print(words);
}
