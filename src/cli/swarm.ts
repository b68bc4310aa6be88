import { Command } from 'commander';
import { z } from 'zod';
import { RunQuery } from '../contracts/api.ts';
import type { SwarmDetail } from '../contracts/swarm.ts';
import { ruleInWords } from '../rules/lesson.ts';
import { progressWords } from '../rules/run-state.ts';
import { heirOf } from '../rules/swarm-why.ts';
import { ExitCode, Stop } from './exit.ts';
import { faint, moment, number, print, printJson, say, strong, table } from './output.ts';
import { coloured } from './runs.ts';
import { withSession } from './session.ts';
import { exportCommand } from './swarm-export.ts';
import { runSwarmCommand } from './swarm-run.ts';
import { steeringCommands } from './swarm-steer.ts';

/** `swarm …`: any number of tasks at once, from a file or a query. */
export function swarmCommand(): Command {
  const command = new Command('swarm')
    .description('do any number of tasks at once: run, show, list, export; pause, resume, cancel …')
    .addHelpText(
      'after',
      '\nExamples:\n  agentic swarm run leads.csv --capability practice.wait --window 200\n  agentic swarm show swarm/leads-csv/0a1b2c3d4e5f',
    )
    .addCommand(runSwarmCommand())
    .addCommand(showCommand())
    .addCommand(listCommand());
  for (const each of steeringCommands()) command.addCommand(each);
  return command.addCommand(exportCommand());
}

const ShowOptions = z.object({ run: z.string().optional(), json: z.boolean().optional() });

function showCommand(): Command {
  const command = new Command('show')
    .description('show one swarm: how far it is, what failed and why, who is at work')
    .argument('<id>', 'the swarm, as lists show it')
    .option('--run <run-id>', 'an older execution of the same id')
    .option('--json', 'print JSON only')
    .addHelpText('after', '\nExample:\n  agentic swarm show swarm/leads-csv/0a1b2c3d4e5f');
  return command.action((id: string) =>
    withSession(async (session) => {
      const { createSwarmDetails } = await import('../platform/swarm-detail.ts');
      const { run, json } = ShowOptions.parse(command.opts());
      const detail = await createSwarmDetails(session).read(id, run);
      if (!detail) throw noSuchSwarm(id);
      if (json) printJson(detail);
      else show(detail);
    }),
  );
}

const noSuchSwarm = (id: string): Stop =>
  new Stop(ExitCode.wrongInput, `There is no swarm ${id}; \`agentic swarm list\` shows them.`);

function show(detail: SwarmDetail): void {
  const { run, request, counts, window, squads, why } = detail;
  print(`${strong(run.title)}  ${coloured(run.state.kind)}`);
  print(`${why}\n`);
  print(
    table(
      [],
      [
        ['id', run.workflowId],
        ['run', run.runId],
        ['tasks from', request.origin],
        ['asked for by', run.requestedBy && `${run.requestedBy.kind} ${run.requestedBy.name}`],
        ['started', `${moment(run.startedAt)} UTC`],
        ['ended', run.closedAt && `${moment(run.closedAt)} UTC`],
        ['tasks in flight', window === null ? null : `at most ${number(window)}`],
        ['failed above', `${number(request.failureThreshold * 100)} % of the tasks`],
        ['squads', squadWords(squads, run.closedAt !== null)],
      ],
    ),
  );
  const section = (title: string, text: string): void => print(`\n${strong(title)}\n${text}`);
  const { total, completed, failed, retrying, open } = counts;
  section(
    'Tasks',
    table(
      ['all', 'completed', 'failed', 'to be tried again', 'open'],
      [[total, completed, failed, retrying, open]],
    ),
  );
  if (detail.methods.length > 0) {
    const rows = detail.methods.map(({ capability, method, count }) => [capability, method, count]);
    section('Done by', table(['capability', 'method', 'tasks'], rows));
  }
  if (detail.broken.length > 0) {
    const rows = detail.broken.map((each) => {
      const heir = heirOf(each, detail.methods);
      const by = heir && `${heir.method}, ${number(heir.count)} tasks`;
      return [each.capability, each.method, each.failure, by ?? 'none: it came last'];
    });
    section('Broken on the way', table(['capability', 'method', 'failure', 'taken over by'], rows));
  }
  if (detail.starts.length > 0) {
    const rows = detail.starts.map(({ agent, lesson, rule, capability, account, why }) => [
      ...[`${agent}/${lesson}`, ruleInWords(rule), capability, account, why],
    ]);
    section('Began by', table(['lesson', 'what', 'capability', 'account', 'why'], rows));
  }
  if (detail.failures.length > 0) {
    const rows = detail.failures.map((each) => [
      each.count,
      each.class,
      each.failure,
      each.capability,
      each.method,
      each.samples.join(', '),
      each.message,
    ]);
    const heads = ['tasks', 'class', 'failure', 'capability', 'method', 'such as', 'words'];
    section('Failed', table(heads, rows));
    print(faint(`\nTry them again: agentic swarm retry ${run.workflowId} --reason …`));
  }
}

function squadWords({ open, ended }: SwarmDetail['squads'], isClosed: boolean): string | null {
  if (isClosed) return null;
  return `${open.length} at work${ended === null ? '' : `, ${number(ended)} ended`}`;
}

function listCommand(): Command {
  const command = new Command('list')
    .description('list swarms, newest first')
    .option('--state <state>', 'only those: open, completed, failed, cancelled')
    .option('--limit <number>', 'how many, at most 200 (default: 50)')
    .option('--cursor <text>', 'go on where the last list ended')
    .option('--json', 'print JSON only')
    .addHelpText('after', '\nExample:\n  agentic swarm list --state open');
  return command.action(() =>
    withSession(async ({ database, config }) => {
      const { createRunReader } = await import('../platform/run-list.ts');
      const { json, ...options } = command.opts();
      const query = RunQuery.safeParse({ ...options, type: 'swarm' });
      if (!query.success) {
        const lines = query.error.issues.map(
          ({ path, message }) => `--${path.join('.')}: ${message}`,
        );
        throw new Stop(ExitCode.wrongInput, lines.join('\n'));
      }
      const { runs, next, total } = await createRunReader(database, config).search(query.data);
      if (json) printJson({ swarms: runs, next, total });
      else if (runs.length === 0) say('There is no such swarm.');
      else {
        const rows = runs.map((run) => [
          coloured(run.state.kind),
          run.title,
          run.progress && progressWords(run.progress),
          moment(run.startedAt),
          faint(run.workflowId),
        ]);
        print(table(['state', 'what', 'tasks done', 'started (UTC)', 'id'], rows));
        if (next !== null)
          say(faint(`\n${runs.length} of ${number(total)}. For more: --cursor ${next}`));
      }
    }),
  );
}
