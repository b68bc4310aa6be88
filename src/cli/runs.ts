import { styleText } from 'node:util';
import { Command } from 'commander';
import { z } from 'zod';
import type { Attempt, RunDetail, RunStateKind, RunSummary } from '../contracts/api.ts';
import type { MethodWord } from '../contracts/memory.ts';
import { ruleInWords } from '../rules/lesson.ts';
import { progressWords } from '../rules/run-state.ts';
import { ExitCode, Stop } from './exit.ts';
import {
  describeResult,
  faint,
  moment,
  number,
  print,
  printJson,
  say,
  strong,
  table,
} from './output.ts';
import { addRunFilters, runQueryOf } from './run-filters.ts';
import { bulkCommand } from './runs-bulk.ts';
import { withSession } from './session.ts';

/** `runs …`: what has run, runs, and how to stop it. */
export function runsCommand(): Command {
  return listCommand()
    .addCommand(showCommand())
    .addCommand(answerCommand())
    .addCommand(bulkCommand())
    .addCommand(endCommand('cancel', 'ask a run to stop; it stops cleanly'))
    .addCommand(endCommand('terminate', 'end a run at once, whatever it is doing'));
}

function listCommand(): Command {
  const command = new Command('runs')
    .description('list runs, newest first; show, answer, cancel, terminate one, or act on many')
    .option('--limit <number>', 'how many, at most 200 (default: 50)')
    .option('--cursor <text>', 'go on where the last list ended')
    .option('--json', 'print JSON only')
    .addHelpText(
      'after',
      '\nExamples:\n  agentic runs --state failed --from 2026-01-05\n  agentic runs show instantly.daily-analytics/default/2026-01-05',
    );
  return addRunFilters(command).action(() =>
    withSession(async ({ database, config }) => {
      const { createRunReader } = await import('../platform/run-list.ts');
      const { json, ...options } = command.opts();
      const query = runQueryOf(options);
      const list = await createRunReader(database, config).search(query);
      if (json) {
        printJson(list);
        return;
      }
      if (list.runs.length === 0) say('No run matches.');
      else print(table(heads, list.runs.map(rowOf)));
      const total = `${list.isTotalExact ? '' : 'more than '}${number(list.total)}`;
      if (list.next !== null)
        say(faint(`\n${list.runs.length} of ${total}. For more: --cursor ${list.next}`));
    }),
  );
}

function showCommand(): Command {
  const command = new Command('show')
    .description('show one run: why it is where it is, its tries, its result')
    .argument('<id>', 'the run, as lists show it')
    .option('--run <run-id>', 'an older execution of the same id')
    .option('--json', 'print JSON only')
    .addHelpText(
      'after',
      '\nExample:\n  agentic runs show instantly.daily-analytics/default/2026-01-05',
    );
  return command.action((id: string) =>
    withSession(async (session) => {
      const { createRunDetails } = await import('../platform/run-detail.ts');
      const { run, json } = ShowOptions.parse(command.opts());
      const detail = await createRunDetails(session).read(id, run);
      if (!detail) throw noSuchRun(id);
      if (json) printJson(detail);
      else show(detail);
    }),
  );
}

const ShowOptions = z.object({ run: z.string().optional(), json: z.boolean().optional() });

function show(detail: RunDetail): void {
  const { run, why, attempts, input, output, memory, temporalUrl, cli } = detail;
  print(`${strong(run.title)}  ${coloured(run.state.kind)}`);
  print(`${why}\n`);
  print(
    table(
      [],
      [
        ['id', run.workflowId],
        ['run', run.runId],
        ['account', run.account],
        ['asked for by', run.requestedBy && `${run.requestedBy.kind} ${run.requestedBy.name}`],
        ['started', `${moment(run.startedAt)} UTC`],
        ['ended', run.closedAt && `${moment(run.closedAt)} UTC`],
        ['Temporal', temporalUrl],
        ['again', cli],
      ],
    ),
  );
  const section = (title: string, text: string): void => print(`\n${strong(title)}\n${text}`);
  if (run.state.kind === 'needs-you' && run.state.decision === 'method') {
    print(faint(`\nagentic runs answer ${run.workflowId} --try <method>|--leave-out --reason …`));
  }
  if (attempts.length > 0) {
    section(
      'Tries',
      table(['activity', 'try', 'method', 'started', 'outcome'], attempts.map(tryOf)),
    );
  }
  if (memory) section('Memory', memoryWords(memory));
  section('Input', describeResult(input));
  if (output !== null) section('Output', describeResult(withoutMemory(output)));
}

/** What memory decided: from which snapshot, what it tried for others, and each lesson it obeyed. */
function memoryWords(memory: NonNullable<RunDetail['memory']>): string {
  const { world, seq, hash, heeded, canary, isLastResort, answeredBy } = memory;
  const tried =
    canary?.kind === 'lesson' ? `what ${canary.lesson} forbids` : `the method ${canary?.method}`;
  return [
    `Decided by entry ${seq} (${hash.slice(0, 8)}) of what ${world === 'live' ? 'vendors' : 'stand-ins'} taught.`,
    ...(canary ? [`It tried for all others ${tried}.`] : []),
    ...(isLastResort ? ['Every method is refused: the least bad one was the last resort.'] : []),
    ...(answeredBy === undefined ? [] : [`${answeredBy} went past it with a reason.`]),
    ...(heeded.length === 0 && !canary ? ['No lesson changed how it worked.'] : []),
    ...(heeded.length === 0
      ? []
      : [
          table(
            ['lesson', 'what', 'status', 'why'],
            heeded.map(({ lesson, rule, status, why }) => [lesson, ruleInWords(rule), status, why]),
          ),
        ]),
  ].join('\n');
}

/** A result without what is told in words of its own. */
function withoutMemory(output: unknown): unknown {
  if (typeof output !== 'object' || output === null || !('memory' in output)) return output;
  const { memory: _, ...rest } = output;
  return rest;
}

const tryOf = ({ activity, attempt, method, startedAt, outcome, failure }: Attempt) => [
  activity,
  attempt,
  method,
  moment(startedAt),
  failure ? `${outcome}, ${failure.type}: ${failure.message}` : outcome,
];

function endCommand(name: 'cancel' | 'terminate', description: string): Command {
  const command = new Command(name)
    .description(description)
    .argument('<id>', 'the run, as lists show it')
    .requiredOption('--reason <text>', 'why, for those who look later')
    .option('--json', 'print JSON only')
    .addHelpText(
      'after',
      `\nExample:\n  agentic runs ${name} instantly.daily-analytics/default/2026-01-05 --reason "wrong day"`,
    );
  return command.action((id: string) =>
    withSession(async (session) => {
      const { endRun } = await import('../platform/end-run.ts');
      const { reason, json } = EndOptions.parse(command.opts());
      const runId = await session.ask(() => endRun(session, { workflowId: id, how: name, reason }));
      await session.note({ action: `run.${name}`, target: id, reason, detail: { runId } });
      if (json) printJson({ workflowId: id, runId });
      else print(name === 'cancel' ? `${id} was asked to stop.` : `${id} was ended.`);
    }),
  );
}

function answerCommand(): Command {
  const command = new Command('answer')
    .description('say what becomes of a run all of whose methods memory refuses')
    .argument('<id>', 'the run, as lists show it')
    .option('--try <method>', 'try this method once, whatever memory says')
    .option('--leave-out', 'end it undone')
    .requiredOption('--reason <text>', 'why, for those who look later')
    .option('--json', 'print JSON only')
    .addHelpText(
      'after',
      '\nExample:\n  agentic runs answer instantly.add-lead/default/2026-01-05 --try direct --reason "the vendor says it is back"',
    );
  return command.action((id: string) =>
    withSession(async (session) => {
      const { try: method, leaveOut, reason, json } = AnswerOptions.parse(command.opts());
      if ((method !== undefined) === leaveOut) {
        throw new Stop(ExitCode.wrongInput, 'expected exactly one of --try <method>, --leave-out');
      }
      const word: MethodWord =
        method === undefined ? { action: 'leave-out', reason } : { action: 'try', method, reason };
      const { answerTask } = await import('../platform/tell-run.ts');
      const runId = await session.ask(() => answerTask(session.client, id, word, session.by));
      const { reason: _, ...detail } = word;
      await session.note({
        action: 'run.answer',
        ...{ target: id, reason, detail: { ...detail, runId } },
      });
      if (json) printJson({ workflowId: id, runId, ...detail });
      else print(method === undefined ? `${id} is left out.` : `${id} tries ${method} once.`);
    }),
  );
}

const AnswerOptions = z.object({
  try: z.string().optional(),
  leaveOut: z.boolean().default(false),
  reason: z.string(),
  json: z.boolean().optional(),
});
const EndOptions = z.object({ reason: z.string(), json: z.boolean().optional() });

const heads = ['state', 'what', 'account', 'started (UTC)', 'took', 'id'];

const rowOf = (run: RunSummary) => [
  coloured(run.state.kind),
  run.progress ? `${run.title} (${progressWords(run.progress)})` : run.title,
  run.account,
  moment(run.startedAt),
  run.closedAt && tookOf(run.startedAt, run.closedAt),
  faint(run.workflowId),
];

/** Colours only say again what the word says. */
const colours: Record<RunStateKind, Parameters<typeof styleText>[0]> = {
  queued: 'yellow',
  running: 'blue',
  retrying: 'yellow',
  waiting: 'magenta',
  'needs-you': 'magentaBright',
  paused: 'yellow',
  completed: 'green',
  'completed-with-failures': 'yellow',
  failed: 'red',
  'timed-out': 'red',
  cancelled: 'dim',
  terminated: 'dim',
};

/** The word for a state, in its colour. */
export const coloured = (kind: RunStateKind): string =>
  styleText(colours[kind], kind, { stream: process.stdout });

function tookOf(from: string, to: string): string {
  const seconds = (Date.parse(to) - Date.parse(from)) / 1_000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const noSuchRun = (id: string): Stop =>
  new Stop(ExitCode.wrongInput, `There is no run ${id}; \`agentic runs\` lists them.`);
