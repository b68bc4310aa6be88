import { Command } from 'commander';
import { z } from 'zod';
import type { LessonExplanation } from '../contracts/memory-views.ts';
import { World } from '../contracts/memory.ts';
import { worldOption } from './memory-options.ts';
import { faint, moment, print, printJson, strong, table } from './output.ts';
import { withSession } from './session.ts';

const Options = z.object({ world: World.optional(), json: z.boolean().optional() });

/** `memory explain <lesson>`: all that is known of it. */
export function explainCommand(): Command {
  const command = new Command('explain')
    .description('why a lesson stands: its evidence, its story, whom it made work in another way')
    .argument('<lesson>', 'L-0142, or instantly/L-0142 where several agents have one')
    .addOption(worldOption())
    .option('--json', 'print JSON only')
    .addHelpText('after', '\nExample:\n  agentic memory explain L-0142');
  return command.action((name: string) =>
    withSession(async ({ database }) => {
      const { createMemoryReader } = await import('../platform/memory-reader.ts');
      const { explainLesson } = await import('../platform/memory-explain.ts');
      const { world, json } = Options.parse(command.opts());
      const { of, id } = await createMemoryReader(database).find(name, world);
      const found = await explainLesson(database, of, id);
      if (json) printJson(found);
      else show(found);
    }),
  );
}

function show({
  lesson,
  isGone,
  text,
  story,
  evidence,
  obeyedBy,
  canaries,
}: LessonExplanation): void {
  print(`${strong(lesson.id)}  ${isGone ? 'taken back' : lesson.state}\n${lesson.sentence}\n`);
  print(faint(text));
  const steps = story.map(({ entry, at, what }) => [moment(at), entry, what]);
  print(`\n${strong('What became of it')}\n${table(['at (UTC)', 'entry', 'what'], steps)}`);
  const seen = evidence.map(({ at, entry, seenIn, method, failure, attempts }) => [
    ...[moment(at), entry, `${seenIn.workflowId} ${faint(seenIn.runId)}`, seenIn.eventId],
    ...[method, failure ?? 'went well'],
    faint(attempts.map(answerInWords).join('; ')),
  ]);
  const heads = ['at (UTC)', 'entry', 'run', 'event', 'method', 'how it went', 'tries'];
  if (seen.length > 0) print(`\n${strong('Evidence')}\n${table(heads, seen)}`);
  const runs = obeyedBy.runs.map(({ workflowId, startedAt }) => [moment(startedAt), workflowId]);
  print(`\n${strong(`Runs that obeyed it: ${obeyedBy.total}`)}`);
  if (runs.length > 0) print(table(['started (UTC)', 'run'], runs));
  const tries = canaries.map(({ workflowId, at, isUnderWay }) => [
    ...[moment(at), workflowId, isUnderWay ? 'tries now' : 'has tried'],
  ]);
  if (tries.length > 0) {
    print(`\n${strong('Tried again')}\n${table(['at (UTC)', 'run', 'state'], tries)}`);
  }
}

const longestAnswer = 120;

function answerInWords({
  attempt,
  failure,
  vendorAnswer,
}: LessonExplanation['evidence'][number]['attempts'][number]): string {
  const answer = vendorAnswer
    ? `${vendorAnswer.status} ${JSON.stringify(vendorAnswer.body.slice(0, longestAnswer))}`
    : (failure?.type ?? '');
  return `try ${attempt}: ${answer}`;
}
