import { Option } from 'commander';
import { LeadFilter, LeadQuery, PushState } from '../contracts/leads.ts';
import { ExitCode, Stop } from './exit.ts';
import { flagName } from './flags.ts';

/** Flags that choose leads, for lists and exports. */
export const filterFlags = (): readonly Option[] => [
  new Option('--list <name>', 'only leads of this list'),
  new Option('--q <text>', 'only leads with these words in name, site, town or addresses'),
  new Option('--has-email <flag>', 'with an address, or without').choices(['true', 'false']),
  new Option('--is-excluded <flag>', 'left out for good, or not').choices(['true', 'false']),
  new Option('--is-stand-in <flag>', 'made up by a stand-in, or not').choices(['true', 'false']),
  new Option('--campaign <id>', 'only leads of this campaign'),
  new Option('--push-state <state>', 'only leads with an address in this state').choices([
    ...PushState.options,
    'not-pushed',
  ]),
];

/** What the flags choose. @throws {Stop} naming each flag that is wrong. */
export function chosen(options: Readonly<Record<string, unknown>>) {
  const known = [...Object.keys(LeadFilter.shape), 'account', 'cursor', 'limit'];
  const given = Object.fromEntries(
    Object.entries(options).filter(([name]) => known.includes(name)),
  );
  const query = LeadQuery.safeParse(given);
  if (query.success) return query.data;
  const wrong = query.error.issues.map(
    ({ path, message }) => `${flagName(String(path[0]))}: ${message}`,
  );
  throw new Stop(ExitCode.wrongInput, wrong.join('\n'));
}
