import { Option, type Command } from 'commander';
import { RunQuery } from '../contracts/api.ts';
import { queryFrom, timeOf } from './query-options.ts';

/** Adds the options by which runs are chosen. */
export function addRunFilters(command: Command): Command {
  const { shape } = RunQuery;
  return command
    .addOption(choice('--state <state>', 'only those', shape.state.unwrap().options))
    .option('--type <type>', 'only of this kind: task, swarm, pipeline')
    .option('--agent <id>', 'only of this agent')
    .option('--capability <id>', 'only of this capability')
    .option('--account <name>', 'only at this login')
    .addOption(choice('--by <who>', 'only those asked for by', shape.by.unwrap().options))
    .option('--q <text>', 'only with this text in id, title, input or failure')
    .option('--from <time>', 'only started at or after this day or time (UTC)')
    .option('--to <time>', 'only started before this day or time (UTC)');
}

/** What such options say. @throws {Stop} naming each that is wrong. */
export const runQueryOf = (options: Readonly<Record<string, unknown>>): RunQuery =>
  queryFrom(RunQuery, {
    ...options,
    ...('from' in options ? { from: timeOf('--from', options.from) } : {}),
    ...('to' in options ? { to: timeOf('--to', options.to) } : {}),
  });

const choice = (flags: string, description: string, values: readonly string[]): Option =>
  new Option(flags, description).choices(values);
