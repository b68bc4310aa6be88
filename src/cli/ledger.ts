import { Argument, Command, Option } from 'commander';
import { z } from 'zod';
import {
  EffectState,
  EffectVerdict,
  type EffectDetail,
  type EffectEntry,
} from '../contracts/effects.ts';
import { ExitCode, Stop } from './exit.ts';
import { describeResult, faint, moment, print, printJson, say, strong, table } from './output.ts';
import { withSession } from './session.ts';

/** `ledger …`: what was sent and spent, and a person's word where nobody else can tell. */
export function ledgerCommand(): Command {
  return new Command('ledger')
    .description('what was sent and spent, once each: list, show, settle')
    .addHelpText('after', '\nExample:\n  agentic ledger list --state unknown')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(settleCommand());
}

const ListOptions = z.object({
  state: EffectState.optional(),
  key: z.string().optional(),
  limit: z.coerce
    .number('--limit: expected a number from 1 to 1000')
    .int('--limit: expected a whole number')
    .min(1, '--limit: expected a number from 1 to 1000')
    .max(1_000, '--limit: expected a number from 1 to 1000')
    .default(50),
  json: z.boolean().optional(),
});

function listCommand(): Command {
  const command = new Command('list')
    .description('list effects, newest first')
    .addOption(new Option('--state <state>', 'only those').choices(EffectState.options))
    .option('--key <text>', 'only keys that begin so')
    .option('--limit <number>', 'how many, at most 1000 (default: 50)')
    .option('--json', 'print JSON only')
    .addHelpText('after', '\nExample:\n  agentic ledger list --state unknown --key lead:acme:');
  return command.action(() =>
    withSession(async ({ database }) => {
      const { createLedger } = await import('../platform/ledger.ts');
      const options = ListOptions.safeParse(command.opts());
      if (!options.success) {
        const lines = options.error.issues.map(({ message }) => message);
        throw new Stop(ExitCode.wrongInput, lines.join('\n'));
      }
      const { state, key, limit, json } = options.data;
      const found = await createLedger({ database }).list({ state, prefix: key, limit });
      if (json) printJson({ effects: found });
      else if (found.length > 0) print(table(heads, found.map(rowOf)));
      else say('The ledger has no such effect.');
    }),
  );
}

const heads = ['state', 'effect', 'key', 'since (UTC)', 'why'];

const rowOf = ({ state, effect, key, updatedAt, reason }: EffectEntry) => [
  state,
  effect,
  key,
  moment(updatedAt),
  faint(reason),
];

function showCommand(): Command {
  const command = new Command('show')
    .description('show one effect: where it stands, how it got there, what the vendor answered')
    .argument('<key>', 'the effect, as lists show it')
    .option('--json', 'print JSON only')
    .addHelpText('after', `\nExample:\n  agentic ledger show ${exampleKey}`);
  return command.action((key: string) =>
    withSession(async ({ database }) => {
      const { createLedger } = await import('../platform/ledger.ts');
      const detail = await createLedger({ database }).show(key);
      if (!detail) {
        const message = `There is no effect ${key}; \`agentic ledger list\` shows them.`;
        throw new Stop(ExitCode.wrongInput, message);
      }
      if (command.opts().json) printJson(detail);
      else show(detail);
    }),
  );
}

function show(detail: EffectDetail): void {
  print(`${strong(detail.key)}  ${detail.state}\n${detail.reason}\n`);
  const times = [
    ['effect', detail.effect],
    ['owner', detail.owner],
    ['held until', `${moment(detail.leaseUntil)} UTC`],
    ['may arrive until', `${moment(detail.quarantinedUntil)} UTC`],
  ];
  print(table([], times));
  const steps = detail.history.map(({ at, state, owner, why }) => [moment(at), state, why, owner]);
  print(`\n${strong('How it got there')}\n${table(['at (UTC)', 'state', 'why', 'owner'], steps)}`);
  if (detail.result !== null) print(`\n${strong('Result')}\n${describeResult(detail.result)}`);
}

const SettleOptions = z.object({ reason: z.string(), json: z.boolean().optional() });

function settleCommand(): Command {
  const command = new Command('settle')
    .description('say what became of an effect that nobody else can tell of')
    .argument('<key>', 'the effect, as lists show it')
    .addArgument(
      new Argument(
        '<verdict>',
        'it happened; it did not and may be tried again; it shall not happen',
      ).choices(EffectVerdict.options),
    )
    .requiredOption('--reason <text>', 'how you know, for those who look later')
    .option('--json', 'print JSON only')
    .addHelpText(
      'after',
      `\nLook at the vendor first: after \`not-done\` the next run does it (again).\n\nExample:\n  agentic ledger settle ${exampleKey} done --reason "it is in the campaign"`,
    );
  return command.action((key: string, word: string) =>
    withSession(async (session) => {
      const { createLedger } = await import('../platform/ledger.ts');
      const { reason, json } = SettleOptions.parse(command.opts());
      const verdict = EffectVerdict.parse(word);
      const by = session.requester.name;
      const settled = await createLedger(session).settle(key, verdict, { by, reason });
      await session.note({ action: 'effect.settle', target: key, reason, detail: { verdict } });
      if (json) printJson(settled);
      else print(`${key} is ${settled.state} now. ${whatNext[verdict]}`);
    }),
  );
}

const whatNext: Readonly<Record<EffectVerdict, string>> = {
  done: 'Nobody does it again.',
  'not-done': 'The next run that wants it does it.',
  'leave-out': 'Nobody does it; `not-done` takes that back.',
};

const exampleKey = 'lead:acme:spring:mara@example.com';
