import { Command } from 'commander';
import { z } from 'zod';
import { BadRequest } from '../contracts/check.ts';
import { LessonChange, type MemoryChanged } from '../contracts/memory-views.ts';
import { World } from '../contracts/memory.ts';
import type { MemoryOwner, MemorySnapshot } from '../platform/memory-store.ts';
import { askFor, canAsk } from './confirmation.ts';
import { ExitCode, Stop } from './exit.ts';
import { flagName } from './flags.ts';
import { entryOf, worldOption } from './memory-options.ts';
import { print, printJson } from './output.ts';
import { withSession } from './session.ts';

const Options = z.object({
  world: World.optional(),
  reason: z.string(),
  confirm: z.string().optional(),
  json: z.boolean().optional(),
});

const changing = (name: string, description: string, example: string): Command =>
  new Command(name)
    .description(description)
    .addOption(worldOption())
    .requiredOption('--reason <text>', 'why, for those who look later')
    .option('--json', 'print JSON only')
    .addHelpText('after', `\nExample:\n  agentic memory ${name} ${example}`);

/** The options of a change. @throws {Stop} without a reason. */
function optionsOf(command: Command): z.output<typeof Options> {
  const options = Options.parse(command.opts());
  const reason = LessonChange.shape.reason.safeParse(options.reason);
  if (reason.success) return { ...options, reason: reason.data };
  throw new Stop(ExitCode.wrongInput, '--reason: expected a reason, for those who look later');
}

const flagOf = (path: string): string => flagName(path.slice(1));

/** `memory pin|unpin|deprecate <lesson>`. */
export const lessonCommands = (): readonly Command[] => [
  lessonCommand('pin', 'keep a lesson until somebody unpins it, whatever runs show'),
  lessonCommand('unpin', 'let runs show again whether a lesson holds'),
  lessonCommand('deprecate', 'keep a lesson for good: the method never runs again').option(
    '--confirm <lesson>',
    'its id once more; a terminal asks for it',
  ),
];

const doneBy = {
  pin: 'is pinned: it holds until somebody unpins it.',
  unpin: 'is not pinned any more: it lapses as others do.',
  deprecate: 'is DEPRECATED: it holds for good.',
} as const;

function lessonCommand(how: keyof typeof doneBy, description: string): Command {
  const command = changing(how, description, 'L-0142 --reason "support says so"');
  return command
    .argument('<lesson>', 'L-0142, or instantly/L-0142 where several agents have one')
    .action((name: string) =>
      withSession(async (session) => {
        const { createMemoryReader } = await import('../platform/memory-reader.ts');
        const { createMemoryActs } = await import('../platform/memory-acts.ts');
        const { world, reason, confirm, json } = optionsOf(command);
        const { of, id } = await createMemoryReader(session.database).find(name, world);
        const acts = createMemoryActs(session.database);
        const word = { by: session.requester, reason };
        const snapshot =
          how === 'deprecate'
            ? await asked(confirm, json, (text) =>
                acts.deprecate(of, id, { ...word, confirm: text }),
              )
            : await acts[how](of, id, word);
        const target = `${of.agent}/${id}`;
        await session.note({ action: `memory.${how}`, target, reason, detail: { ...of } });
        tell(of, snapshot, `${id} ${doneBy[how]}`, json);
      }, flagOf),
    );
}

/** Does what has to be confirmed, and asks a person who sits at a terminal. */
async function asked<T>(
  confirm: string | undefined,
  json: boolean | undefined,
  act: (confirm?: string) => Promise<T>,
): Promise<T> {
  try {
    return await act(confirm);
  } catch (error) {
    const isAsked = error instanceof BadRequest && confirm === undefined;
    if (!isAsked || json || !canAsk()) throw error;
    return act(await askFor(error.message, 'Nothing was changed.'));
  }
}

/** `memory rollback <agent> <entry>`. */
export function rollbackCommand(): Command {
  const command = changing(
    'rollback',
    'go back to memory as it was after an entry; what is learnt later comes on top',
    'instantly 12 --reason "the outage taught nonsense"',
  )
    .argument('<agent>', 'whose memory')
    .argument('<entry>', 'as `agentic memory show <agent>` lists snapshots');
  return command.action((agent: string, entry: string) =>
    withSession(async (session) => {
      const { createMemoryReader } = await import('../platform/memory-reader.ts');
      const { createMemoryActs } = await import('../platform/memory-acts.ts');
      const { world, reason, json } = optionsOf(command);
      const reader = createMemoryReader(session.database);
      const of = await reader.ownerOf(agent, world);
      const to = entryOf('<entry>', entry);
      const before = await reader.show(of);
      const word = { by: session.requester, reason };
      const snapshot = await createMemoryActs(session.database).rollBack(of, to, word);
      await session.note({
        action: 'memory.rollback',
        target: agent,
        reason,
        detail: { ...of, to },
      });
      const diff = await reader.diff(of, before.live);
      const count = `${diff.added.length} lessons came back, ${diff.removed.length} went, ${diff.changed.length} changed`;
      const words = `${agent} is as it was after entry ${to}: ${count}. Runs under way keep what they began with.`;
      tell(of, snapshot, words, json);
    }, flagOf),
  );
}

/** `memory restore <agent>`. */
export function restoreCommand(): Command {
  const command = changing(
    'restore',
    'write the Lessons section of a file anew; what could not be read is put aside as <file>.broken',
    'instantly --reason "merge went wrong"',
  ).argument('<agent>', 'whose file');
  return command.action((agent: string) =>
    withSession(async (session) => {
      const { createMemoryReader } = await import('../platform/memory-reader.ts');
      const { createMemoryActs } = await import('../platform/memory-acts.ts');
      const { world, reason, json } = optionsOf(command);
      const of = await createMemoryReader(session.database).ownerOf(agent, world);
      await createMemoryActs(session.database).restoreFile(of, session.by);
      await session.note({ action: 'memory.restore', target: agent, reason, detail: { ...of } });
      if (json) printJson(of);
      else
        print(`The file of ${agent} is written anew by the worker that keeps it, within seconds.`);
    }, flagOf),
  );
}

/** Says what came of a person's word. */
export function tell(
  { agent, world }: MemoryOwner,
  { seq, refused }: MemorySnapshot,
  words: string,
  json: boolean | undefined,
): void {
  if (json) printJson({ agent, world, seq, refused } satisfies MemoryChanged);
  else if (refused === null) print(words);
  else print(`This is noted as entry ${seq}, but runs do not obey it: ${refused}.`);
}
