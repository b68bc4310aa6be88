import { Command } from 'commander';
import { z } from 'zod';
import type { LeaseInfo } from '../contracts/coordination.ts';
import { ExitCode, Stop } from './exit.ts';
import { faint, moment, print, printJson, say, strong, table } from './output.ts';
import { withSession, type Session } from './session.ts';

/** `lease …`: who holds what, who waits for it, and taking it away from somebody. */
export function leaseCommand(): Command {
  return new Command('lease')
    .description('leases and semaphores: who holds them, who waits: list, show, release')
    .addHelpText('after', '\nExample:\n  agentic lease list')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(releaseCommand());
}

const Options = z.object({ json: z.boolean().optional(), reason: z.string().optional() });

const named = (name: string, description: string, rest: string): Command =>
  new Command(name)
    .description(description)
    .argument('<name>', 'the lease, as `agentic lease list` shows it')
    .option('--json', 'print JSON only')
    .addHelpText('after', `\nExample:\n  agentic lease ${name} sheet:leads-2026${rest}`);

function listCommand(): Command {
  const command = new Command('list')
    .description('list leases that somebody holds or waits for')
    .option('--json', 'print JSON only')
    .addHelpText('after', '\nExample:\n  agentic lease list --json');
  return command.action(() =>
    withSession(async ({ database }) => {
      const { createCoordination } = await import('../platform/coordination.ts');
      const leases = await createCoordination(database).list();
      if (command.opts().json) printJson({ leases });
      else if (leases.length > 0) print(table(heads, leases.map(rowOf)));
      else say('Nobody holds a lease or waits for one.');
    }),
  );
}

const heads = ['lease', 'places', 'held', 'waiting', 'held by'];

const rowOf = ({ name, places, holders, waiting }: LeaseInfo) => [
  name,
  places,
  holders.length,
  waiting.length,
  faint(holders.map(({ holder }) => holder).join(', ')),
];

function showCommand(): Command {
  const command = named('show', 'show who holds a lease, and who waits in which order', '');
  return command.action((name: string) =>
    withSession(async (session) => {
      const lease = await find(session, name);
      if (command.opts().json) printJson(lease);
      else print(describe(lease));
    }),
  );
}

async function find({ database }: Session, name: string): Promise<LeaseInfo> {
  const { createCoordination } = await import('../platform/coordination.ts');
  const lease = (await createCoordination(database).list()).find((each) => each.name === name);
  if (lease) return lease;
  const message = `Nobody holds ${name} or waits for it; \`agentic lease list\` shows what is held.`;
  throw new Stop(ExitCode.wrongInput, message);
}

function describe({ name, places, holders, waiting }: LeaseInfo): string {
  const held = holders.map(({ holder, token, since, until }) => [
    holder,
    String(token),
    moment(since),
    moment(until),
  ]);
  const line = waiting.map(({ holder, since }, at) => [String(at + 1), holder, moment(since)]);
  return [
    `${strong(name)}  ${holders.length} of ${places} held, ${waiting.length} waiting`,
    ...(held.length > 0
      ? ['', table(['holder', 'token', 'since (UTC)', 'until (UTC)'], held)]
      : []),
    ...(line.length > 0 ? ['', table(['place', 'who waits', 'since (UTC)'], line)] : []),
  ].join('\n');
}

function releaseCommand(): Command {
  const command = named(
    'release',
    'take a lease, or a place in line, away from somebody; a run that holds it stops',
    ' hold/7 --reason "its host is gone"',
  )
    .argument('<holder>', 'who has it, as `agentic lease show` says')
    .requiredOption('--reason <text>', 'why, for those who look later');
  return command.action((name: string, holder: string) =>
    withSession(async (session) => {
      const { createCoordination } = await import('../platform/coordination.ts');
      const { json, reason = '' } = Options.parse(command.opts());
      if (reason.trim() === '') {
        throw new Stop(
          ExitCode.wrongInput,
          '--reason: expected a reason, for those who look later',
        );
      }
      const was = await createCoordination(session.database).release({ name, holder });
      if (was === 'lost') {
        const message = `${holder} neither holds ${name} nor waits for it; \`agentic lease show ${name}\` says who does.`;
        throw new Stop(ExitCode.wrongInput, message);
      }
      const detail = { holder, was };
      await session.note({ action: 'lease.release', target: name, reason, detail });
      if (json) printJson({ name, holder, was });
      else if (was === 'held') print(`${name} is free for the next in line.`);
      else print(`${holder} is no longer in line for ${name}; it may ask again.`);
    }),
  );
}
