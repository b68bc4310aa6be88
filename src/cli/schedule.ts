import { Command } from 'commander';
import { z } from 'zod';
import type { ScheduleInfo } from '../contracts/schedules.ts';
import type { Schedules } from '../platform/schedules.ts';
import { faint, moment, print, printJson, say, table } from './output.ts';
import { withSession, type Session } from './session.ts';

const WithReason = z.object({ reason: z.string().default('') });
const ids = `The id is capability/account, as \`agentic schedule list\` shows it.`;

/** `schedule …`: the daily jobs, as Temporal keeps them. */
export function scheduleCommand(): Command {
  return new Command('schedule')
    .description('the daily jobs: list, pause, resume, trigger, backfill')
    .addHelpText('after', '\nExample:\n  agentic schedule list')
    .addCommand(listCommand())
    .addCommand(
      changeCommand('pause', 'stop firing until it is resumed', {
        flags: ['--reason "vendor is down"'],
        change: (schedules, id, reason) => schedules.pause(id, reason),
      }),
    )
    .addCommand(
      changeCommand('resume', 'fire again at its times', {
        flags: ['--reason "vendor is back"'],
        change: (schedules, id, reason) => schedules.resume(id, reason),
      }),
    )
    .addCommand(
      changeCommand('trigger', 'fire at once, for the last day that is over', {
        flags: [],
        change: (schedules, id) => schedules.trigger(id),
      }),
    )
    .addCommand(backfillCommand());
}

function listCommand(): Command {
  const command = new Command('list')
    .description('show all schedules, their next times and how they went last')
    .option('--json', 'print JSON only')
    .addHelpText('after', '\nExample:\n  agentic schedule list --json');
  return command.action(() =>
    withSession(async (session) => {
      const found = await (await schedulesOf(session)).list();
      if (command.opts().json) printJson({ schedules: found });
      else if (found.length > 0) print(table(heads, found.map(rowOf)));
      else say('There are no schedules yet: a worker sets them up when it starts.');
    }),
  );
}

const heads = ['schedule', 'when', 'next (UTC)', 'last', 'missed', 'note'];

function rowOf(schedule: ScheduleInfo) {
  const { id, when, timeZone, next, recent, missed, isPaused, note } = schedule;
  const last = recent.at(-1);
  return [
    id,
    `${when} (${timeZone})`,
    isPaused ? 'paused' : next[0] && moment(next[0]),
    last && `${last.state} ${faint(moment(last.at))}`,
    missed,
    note,
  ];
}

interface Change {
  readonly flags: readonly string[];
  readonly change: (schedules: Schedules, id: string, reason: string) => Promise<void>;
}

function changeCommand(name: string, description: string, { flags, change }: Change): Command {
  const command = new Command(name)
    .description(description)
    .argument('<id>', 'the schedule')
    .option('--reason <text>', 'why, for those who look later')
    .option('--json', 'print JSON only')
    .addHelpText(
      'after',
      `\n${ids}\n\nExample:\n  ${['agentic schedule', name, 'instantly.daily-analytics/default', ...flags].join(' ')}`,
    );
  return command.action((id: string) =>
    withSession(async (session) => {
      const { reason } = WithReason.parse(command.opts());
      const schedules = await schedulesOf(session);
      await change(schedules, id, reason);
      await session.note({ action: `schedule.${name}`, target: id, reason });
      if (!command.opts().json) print(done[name]?.(id) ?? id);
      else printJson((await schedules.list()).find((each) => each.id === id));
    }),
  );
}

const done: Readonly<Record<string, (id: string) => string>> = {
  pause: (id) => `${id} is paused. Resume it with \`agentic schedule resume ${id}\`.`,
  resume: (id) => `${id} fires again at its times.`,
  trigger: (id) => `${id} fires now. \`agentic runs --by schedule\` shows its run.`,
};

function backfillCommand(): Command {
  const command = new Command('backfill')
    .description('do the work of past days, oldest first and one after the other')
    .argument('<id>', 'the schedule')
    .requiredOption('--from <YYYY-MM-DD>', 'first day whose work is to be done')
    .requiredOption('--to <YYYY-MM-DD>', 'last day; it must be over')
    .option('--reason <text>', 'why, for those who look later')
    .option('--json', 'print JSON only')
    .addHelpText(
      'after',
      `\n${ids} Days are those of its time zone, at most 1,000 at once.\nDays that were done before are done again; their rows are replaced, not doubled.\n\nExample:\n  agentic schedule backfill instantly.daily-analytics/default --from 2026-01-01 --to 2026-01-31`,
    );
  return command.action((id: string) =>
    withSession(
      async (session) => {
        const { from, to, reason } = BackfillOptions.parse(command.opts());
        const { days } = await (await schedulesOf(session)).backfill(id, { from, to });
        await session.note({
          action: 'schedule.backfill',
          target: id,
          reason,
          detail: { from, to },
        });
        if (command.opts().json) printJson({ days });
        else print(`${days} days were handed to ${id}. \`agentic runs --by schedule\` shows them.`);
      },
      (path) => path.replace('/', '--'),
    ),
  );
}

const BackfillOptions = WithReason.extend({ from: z.string(), to: z.string() });

async function schedulesOf({ client, config }: Session): Promise<Schedules> {
  const { createSchedules } = await import('../platform/schedules.ts');
  return createSchedules(client, config);
}
