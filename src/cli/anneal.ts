import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { z } from 'zod';
import type { AnnealReport } from '../contracts/memory-views.ts';
import { World } from '../contracts/memory.ts';
import { memoryFoldersOf } from '../platform/config.ts';
import type { Verified } from '../platform/memory-verify.ts';
import { ExitCode, Stop } from './exit.ts';
import { entryOf, linesOf, worldOption } from './memory-options.ts';
import { print, printJson, say, strong } from './output.ts';
import { unserved } from './run.ts';
import { withSession } from './session.ts';

/** `anneal …`: making memory of what runs showed, and proving that it was made so. */
export const annealCommand = (): Command =>
  new Command('anneal')
    .description('make memory of what runs showed: now, what came of it, and the proof')
    .addHelpText('after', '\nExample:\n  agentic anneal verify')
    .addCommand(runCommand())
    .addCommand(reportCommand())
    .addCommand(verifyCommand());

const Options = z.object({
  world: World.optional(),
  entry: z.string().optional(),
  json: z.boolean().optional(),
});

const readEveryMs = 250;
const readWithinMs = 60_000;

function runCommand(): Command {
  const command = new Command('run')
    .description('read now what runs have shown, instead of a moment after each, and report')
    .argument('<agent>', 'whose runs')
    .addOption(worldOption())
    .option('--json', 'print JSON only')
    .addHelpText('after', '\nExample:\n  agentic anneal run instantly');
  return command.action((agent: string) =>
    withSession(async (session) => {
      const { createAnnealing } = await import('../platform/annealing.ts');
      const { createEvidence } = await import('../platform/evidence.ts');
      const { createMemoryReader } = await import('../platform/memory-reader.ts');
      const { annealReport } = await import('../platform/memory-report.ts');
      const { world, json } = Options.parse(command.opts());
      const { client, database } = session;
      const of = await createMemoryReader(database).ownerOf(agent, world);
      if (!(await session.isServed(agent))) throw unserved(agent);
      const evidence = createEvidence(database);
      await session.ask(() => createAnnealing({ client, evidence }).wake(of));
      await session.note({ action: 'memory.run', target: agent, reason: '', detail: { ...of } });
      const giveUpAt = Date.now() + readWithinMs;
      const isWaiting = async () =>
        (await evidence.waiting()).some((each) => each.agent === agent && each.world === of.world);
      while (await isWaiting()) {
        if (Date.now() > giveUpAt) {
          const message = `Not all runs of ${agent} are read yet; it goes on. \`agentic anneal report ${agent}\` shows what came of it.`;
          throw new Stop(ExitCode.timedOut, message);
        }
        await delay(readEveryMs);
      }
      show(await annealReport(database, of), json);
    }),
  );
}

function reportCommand(): Command {
  const command = new Command('report')
    .description('what an entry of memory came to: STATUS, ACTION TAKEN, MEMORY UPDATE')
    .argument('[agent]', 'whose memory; all are reported when left out')
    .option('--entry <number>', 'which; the last one when left out')
    .addOption(worldOption())
    .option('--json', 'print JSON only')
    .addHelpText('after', '\nExample:\n  agentic anneal report instantly');
  return command.action((agent: string | undefined) =>
    withSession(async ({ database }) => {
      const { createMemoryReader } = await import('../platform/memory-reader.ts');
      const { annealReport } = await import('../platform/memory-report.ts');
      const { world, entry, json } = Options.parse(command.opts());
      const seq = entry === undefined ? undefined : entryOf('--entry', entry);
      const reader = createMemoryReader(database);
      if (agent !== undefined) {
        show(await annealReport(database, await reader.ownerOf(agent, world), seq), json);
        return;
      }
      const { memories } = await reader.list();
      const wanted = memories.filter((each) => world === undefined || each.world === world);
      const reports = await Promise.all(wanted.map((of) => annealReport(database, of, seq)));
      if (json) printJson({ reports });
      else if (reports.length === 0) say('No agent has learnt anything yet.');
      else reports.forEach((report) => show(report));
    }),
  );
}

function show(
  { status, actionTaken, memoryUpdate, ...report }: AnnealReport,
  json?: boolean,
): void {
  if (json) {
    printJson({ ...report, status, actionTaken, memoryUpdate });
    return;
  }
  print(`${strong('STATUS')}\n${status}\n`);
  print(`${strong('ACTION TAKEN')}\n${actionTaken}\n`);
  const update = memoryUpdate.some(({ sign }) => sign !== ' ')
    ? linesOf(memoryUpdate)
    : 'No text was added or replaced.';
  print(`${strong('MEMORY UPDATE')}\n${update}\n`);
}

function verifyCommand(): Command {
  const command = new Command('verify')
    .description('rebuild every memory from what was recorded, and compare snapshots and files')
    .argument('[agent]', 'only those of this agent')
    .option('--json', 'print JSON only')
    .addHelpText(
      'after',
      '\nEnds with 1 at the first difference. Needs the database, and no worker.\n\nExample:\n  agentic anneal verify',
    );
  return command.action((agent: string | undefined) =>
    withSession(async ({ database, config }) => {
      const { memoryFileOf } = await import('../platform/memory-files.ts');
      const { createMemoryReader } = await import('../platform/memory-reader.ts');
      const { createMemoryVerifier } = await import('../platform/memory-verify.ts');
      if (agent !== undefined) await createMemoryReader(database).ownerOf(agent);
      const folders = memoryFoldersOf(config);
      const fileOf = (of: Parameters<typeof memoryFileOf>[1]) => memoryFileOf(folders, of);
      const all = await createMemoryVerifier({ database, fileOf }).verify(agent);
      if (Options.parse(command.opts()).json) printJson({ memories: all });
      else if (all.length === 0)
        say('No agent has learnt anything yet: there is nothing to verify.');
      else all.forEach(tell);
      if (all.some(({ difference }) => difference !== null)) process.exitCode = ExitCode.failed;
    }),
  );
}

function tell({ agent, world, entries, snapshots, file, difference, notes }: Verified): void {
  const name = `${agent} (${world})`;
  if (difference === null) {
    const what = `${entries} entries give ${snapshots} snapshots${file === null ? '' : ` and ${file}`}`;
    print(`${name}: ok, ${what}, byte for byte`);
  } else print(`${name}: ${difference}`);
  notes.forEach((note) => say(`  ${note}`));
}
