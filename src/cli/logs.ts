import { setTimeout as sleep } from 'node:timers/promises';
import { styleText } from 'node:util';
import { Command, Option } from 'commander';
import { LogLevel, LogQuery, type LogEntry } from '../contracts/logs.ts';
import type { LogReader } from '../platform/logs.ts';
import { unreachable } from './exit.ts';
import { faint, print, say } from './output.ts';
import { queryFrom, spanOf } from './query-options.ts';
import { withSession } from './session.ts';

const lookEveryMs = 1_000;

/** `logs`: what all processes said, oldest first as one reads; with `--follow` also what they say next. */
export function logsCommand(): Command {
  const command = new Command('logs')
    .description('what all processes said: search it, or follow it')
    .option('--search <words>', 'only lines with words that begin so')
    .addOption(new Option('--level <level>', 'only these and louder').choices(LogLevel.options))
    .option('--agent <id>', 'only about the work of this agent')
    .option('--run <id>', 'only of this run, by its id or that of one execution')
    .option('--field <name:value>', 'only with this field, such as process:dashboard')
    .option('--since <time>', 'only from then on: 90s, 10m, 2h or 7d ago, a day or a time (UTC)')
    .option('--until <time>', 'only before then, said in the same way')
    .option('--limit <number>', 'the newest so many, at most 500 (default: 200)')
    .option('--follow', 'go on with new lines until Ctrl-C')
    .option('--json', 'print a line of JSON for each')
    .addHelpText(
      'after',
      '\nExamples:\n  agentic logs --level warn --since 2h\n  agentic logs --run instantly.daily-analytics/default/2026-01-05 --follow',
    );
  return command.action(() =>
    withSession(async ({ database }) => {
      const { createLogReader } = await import('../platform/logs.ts');
      const {
        search: q,
        since,
        until,
        follow,
        json,
        ...options
      } = command.opts<Readonly<Record<string, unknown>>>();
      const query = queryFrom(LogQuery, { ...options, q, ...spanOf({ since, until }) });
      const show = (line: LogEntry): void => print(json ? JSON.stringify(line) : lineOf(line));
      const reader = createLogReader(database);
      const { lines, last } = await reader.page(query);
      lines.toReversed().forEach(show);
      if (lines.length === 0 && !json) say(follow ? 'No line matches yet.' : 'No line matches.');
      if (follow) await followFrom(last, reader, query, show);
    }),
  );
}

/** Shows what comes after a line, for ever; a database that is away is waited for. */
async function followFrom(
  last: number,
  reader: LogReader,
  query: LogQuery,
  show: (line: LogEntry) => void,
): Promise<never> {
  let isAway = false;
  for (let after = last; ;) {
    try {
      const page = await reader.page({ ...query, limit: 500, after });
      isAway = false;
      page.lines.forEach(show);
      after = page.last;
      if (page.lines.length === 0) await sleep(lookEveryMs);
    } catch (error) {
      if (!unreachable(error)) throw error;
      if (!isAway) say('The database does not answer; trying again');
      isAway = true;
      await sleep(lookEveryMs);
    }
  }
}

/** `2026-01-05 14:02:11.114 warn  klap      Message  run=…` */
function lineOf({ at, level, agent, message, workflowId, fields }: LogEntry): string {
  const when = at.slice(0, -1).replace('T', ' ');
  const who = agent ?? (typeof fields.process === 'string' ? fields.process : '');
  const about = workflowId === null ? '' : faint(`  ${workflowId}`);
  return `${faint(when)} ${coloured[level](level.padEnd(5))} ${who.padEnd(9)} ${message}${about}`;
}

const colour = (name: 'yellow' | 'red') => (text: string) =>
  styleText(name, text, { stream: process.stdout });
const coloured: Readonly<Record<LogLevel, (text: string) => string>> = {
  debug: faint,
  info: (text) => text,
  warn: colour('yellow'),
  error: colour('red'),
};
