import type { Refused, SwarmDryRun } from '../contracts/swarm-dry-run.ts';
import { number, strong, table } from './output.ts';

/** What a swarm would do, for people. */
export function describeDrySwarm(dry: SwarmDryRun): string {
  const groups = dry.groups.map((each) => [
    number(each.count),
    each.capability,
    `${each.account} (${each.isStandIn ? 'stand-in' : 'live'})`,
    each.effect,
    each.methods.join(', '),
  ]);
  const queues = dry.queues.map(({ queue, tasks, squads, isServed }) => [
    queue,
    number(tasks),
    number(squads),
    isServed ? 'yes' : 'no',
  ]);
  const plans = dry.first.map(({ at, plan: { summary, wouldAct, request } }) => [
    at,
    summary,
    request === null ? 'nothing to ask for' : `${request.method} ${request.path}`,
    wouldAct ? 'yes' : 'no',
  ]);
  const part = (title: string, heads: readonly string[], rows: readonly string[][]): string[] =>
    rows.length === 0 ? [] : [`${strong(title)}\n${table([...heads], rows)}`];
  return [
    `${strong('Dry run')}  ${dry.summary}`,
    ...part('It would not start', refusedHeads, dry.problems.map(rowOf)),
    ...part('Tasks', ['tasks', 'capability', 'account', 'effect', 'methods'], groups),
    ...part('Queues', ['queue', 'tasks', 'squads', 'served'], queues),
    ...part('These would fail without a call', refusedHeads, dry.refusals.map(rowOf)),
    ...part('The first requests', ['task', 'what', 'request', 'would act'], plans),
    ...(dry.confirmation === null ? [] : [`It asks for --confirm "${dry.confirmation}"`]),
    'Nothing was started.',
  ].join('\n\n');
}

const refusedHeads = ['tasks', 'failure', 'such as', 'words'];

const rowOf = ({ count, failure, such, message }: Refused): string[] => [
  number(count),
  failure,
  such.join('; '),
  message,
];
