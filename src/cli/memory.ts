import { Command, Option } from 'commander';
import { z } from 'zod';
import {
  LessonState,
  type AgentMemory,
  type LessonView,
  type MemoryList,
} from '../contracts/memory-views.ts';
import { World } from '../contracts/memory.ts';
import { ruleInWords } from '../rules/lesson.ts';
import { explainCommand } from './memory-explain.ts';
import { entryOf, linesOf, worldOption } from './memory-options.ts';
import { lessonCommands, restoreCommand, rollbackCommand } from './memory-change.ts';
import { proposeCommand, tryCommand } from './memory-propose.ts';
import { faint, moment, print, printJson, say, strong, table } from './output.ts';
import { withSession } from './session.ts';

/** `memory …`: what runs obey, why, and a person's word about it. */
export function memoryCommand(): Command {
  const command = new Command('memory')
    .description('what agents have learnt and runs obey: show, explain, change, go back')
    .addHelpText('after', '\nExample:\n  agentic memory show instantly');
  const all = [
    showCommand(),
    explainCommand(),
    diffCommand(),
    proposeCommand(),
    tryCommand(),
    ...lessonCommands(),
    rollbackCommand(),
    restoreCommand(),
  ];
  for (const each of all) command.addCommand(each);
  return command;
}

const ShowOptions = z.object({
  world: World.optional(),
  state: LessonState.optional(),
  json: z.boolean().optional(),
});

function showCommand(): Command {
  const command = new Command('show')
    .description(
      'list memories, or the lessons of one, with snapshots and what is known of methods',
    )
    .argument('[agent]', 'whose; all are listed when left out')
    .addOption(new Option('--state <state>', 'only those').choices(LessonState.options))
    .addOption(worldOption())
    .option('--json', 'print JSON only')
    .addHelpText('after', '\nExample:\n  agentic memory show instantly --state lapsed');
  return command.action((agent: string | undefined) =>
    withSession(async ({ database }) => {
      const { createMemoryReader } = await import('../platform/memory-reader.ts');
      const { world, state, json } = ShowOptions.parse(command.opts());
      const reader = createMemoryReader(database);
      if (agent === undefined) {
        const list = await reader.list();
        if (json) printJson(list);
        else showList(list);
        return;
      }
      const memory = await reader.show(await reader.ownerOf(agent, world));
      const lessons = memory.lessons.filter((each) => state === undefined || each.state === state);
      if (json) printJson({ ...memory, lessons });
      else showMemory({ ...memory, lessons }, state);
    }),
  );
}

function showList({ memories }: MemoryList): void {
  if (memories.length === 0) {
    say('No agent has learnt anything yet. Lessons appear after the first runs.');
    return;
  }
  const rows = memories.map(({ agent, world, live, lessons, refused, hasTrouble }) => [
    agent,
    world,
    lessons,
    live,
    [
      ...(refused === null ? [] : [`newest not obeyed: ${refused}`]),
      ...(hasTrouble ? ['its file is not read'] : []),
    ].join('; '),
  ]);
  print(table(['agent', 'world', 'lessons', 'entry', 'trouble'], rows));
}

function showMemory({ lessons, ...memory }: AgentMemory, state?: LessonState): void {
  const { agent, world, live, file, records, snapshots } = memory;
  print(`${strong(agent)}  ${world}, entry ${live}`);
  for (const { line, reason } of file?.trouble ?? []) {
    say(`${file?.path ?? ''}:${line}: ${reason}`);
  }
  if (file?.trouble) {
    say(`The file is neither read nor written. Mend it, or \`agentic memory restore ${agent}\`.`);
  }
  if (live === 0) say(`${agent} has learnt nothing yet. Lessons appear after its first runs.`);
  else if (lessons.length === 0) {
    say(state ? `No lesson is ${state}.` : 'Nothing stands: every method is free.');
  }
  if (lessons.length > 0) print(table(heads, lessons.map(rowOf)));
  if (records.length > 0) {
    const rows = records.map((each) => [
      ...[each.capability, each.account, each.method, each.worked, each.workedRuns],
      ...[
        each.failing.map(({ type }) => type).join(', '),
        `${Math.round(each.successRate * 100)} %`,
      ],
      each.taskMs === null ? null : `${Math.round(each.taskMs)} ms`,
    ]);
    print(`\n${strong('Methods')}\n${table(methodHeads, rows)}`);
  }
  if (snapshots.length > 0) {
    const rows = snapshots
      .slice(0, snapshotsShown)
      .map(({ seq, at, lessons: count, isLive, refused, what }) => [
        ...[seq, moment(at), count, isLive ? 'obeyed' : refused === null ? '' : 'refused'],
        refused === null ? what : `${what}; ${faint(refused)}`,
      ]);
    print(`\n${strong('Snapshots')}\n${table(snapshotHeads, rows)}`);
  }
}

const snapshotsShown = 10;
const heads = ['lesson', 'state', 'what', 'capability', 'account', 'runs', 'until (UTC)', 'why'];
const methodHeads = [
  'capability',
  'account',
  'method',
  'tasks',
  'runs',
  'failing',
  'good',
  'a task',
];
const snapshotHeads = ['entry', 'at (UTC)', 'lessons', 'state', 'what led to it'];

const rowOf = ({ id, state, status, rule, ...lesson }: LessonView) => [
  id,
  status === 'pinned' ? `${state}, pinned` : state,
  ruleInWords(rule),
  lesson.capability,
  lesson.account,
  lesson.runs,
  lesson.expires === null ? 'taken back' : moment(lesson.expires),
  faint(lesson.why),
];

const DiffOptions = z.object({ world: World.optional(), json: z.boolean().optional() });

function diffCommand(): Command {
  const command = new Command('diff')
    .description('show what one memory has and another has not, as lines of the file')
    .argument('<agent>', 'whose memory')
    .argument('<from>', 'the entry it was after')
    .argument('[to]', 'the other one; what is obeyed now when left out')
    .addOption(worldOption())
    .option('--json', 'print JSON only')
    .addHelpText('after', '\nExample:\n  agentic memory diff instantly 12 14');
  return command.action((agent: string, from: string, to: string | undefined) =>
    withSession(async ({ database }) => {
      const { createMemoryReader } = await import('../platform/memory-reader.ts');
      const { world, json } = DiffOptions.parse(command.opts());
      const [first, second] = [entryOf('<from>', from), to && entryOf('[to]', to)];
      const reader = createMemoryReader(database);
      const of = await reader.ownerOf(agent, world);
      const diff = await reader.diff(of, first, second === '' ? undefined : second);
      if (json) printJson(diff);
      else if (diff.lines.length === 0)
        say(`Entries ${diff.from} and ${diff.to} have the same lessons.`);
      else print(linesOf(diff.lines));
    }),
  );
}
