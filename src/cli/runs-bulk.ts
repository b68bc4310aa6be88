import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Argument, Command } from 'commander';
import { z } from 'zod';
import { BulkAct, type BulkCounts, type BulkPreview } from '../contracts/bulk.ts';
import { systemQueue } from '../rules/names.ts';
import { ExitCode, Stop } from './exit.ts';
import { faint, number, print, printJson, say, table } from './output.ts';
import { addRunFilters, runQueryOf } from './run-filters.ts';
import { withSession, type Session } from './session.ts';

const lookEveryMs = 300;
const Options = z.looseObject({
  reason: z.string(),
  yes: z.boolean().default(false),
  json: z.boolean().default(false),
});

/** `runs bulk …`: one act on all runs that match. */
export function bulkCommand(): Command {
  const command = new Command('bulk')
    .description('cancel, retry, pause or resume all runs that match, with a result for each')
    .addArgument(new Argument('<act>', 'what is done to each').choices(BulkAct.options))
    .requiredOption('--reason <text>', 'why, for those who look later')
    .option('--yes', 'do it; without this it only says to how many it would be done')
    .option('--json', 'print JSON only')
    .addHelpText(
      'after',
      '\nRetrying starts what ended badly again, of a swarm the failed tasks alone.\n\nExamples:\n  agentic runs bulk cancel --state open --agent leads --reason "wrong list"\n  agentic runs bulk retry --state failed --from 2026-01-05 --reason "key renewed" --yes',
    );
  return addRunFilters(command).action((given: string) =>
    withSession(async (session) => {
      // the list above takes options of the same names, wherever they stand
      const { reason, yes, json, ...filters } = Options.parse(command.optsWithGlobals());
      const { limit: _, cursor: __, ...filter } = runQueryOf(filters);
      const act = BulkAct.parse(given);
      const selection = { kind: 'filter', filter } as const;
      const bulk = await bulkOf(session);
      const preview = await bulk.preview({ act, selection });
      if (!yes || preview.total === 0) {
        if (json) printJson({ preview });
        else sayPreview(act, preview);
        return;
      }
      if (!(await session.isServed(systemQueue))) {
        throw new Stop(
          ExitCode.unreachable,
          `No worker serves ${systemQueue}: start one with \`agentic worker\`. Nothing was done.`,
        );
      }
      const id = randomUUID();
      const { by, requester } = session;
      const order = { id, act, selection, reason, expected: preview.total };
      const run = await bulk.start(session.client, order, { by, requestedBy: requester });
      await session.note({
        ...{ action: 'bulk.start', target: run.workflowId, reason },
        detail: { act, selection, total: run.total, runId: run.runId },
      });
      if (!json) say(`${run.workflowId} does it; it goes on when this command is interrupted.`);
      let counts = await bulk.counts(id);
      while (counts.open > 0) {
        await sleep(lookEveryMs);
        counts = await bulk.counts(id);
      }
      if (json) printJson({ workflowId: run.workflowId, counts });
      else print(endWords(counts));
      if (counts.failed > 0) {
        throw new Stop(ExitCode.failed, `See why: \`agentic runs show ${run.workflowId}\``);
      }
    }),
  );
}

async function bulkOf({ database, client, config }: Session) {
  const { createBulk } = await import('../platform/bulk.ts');
  const { createStrugglingReader } = await import('../platform/struggling.ts');
  const { createFlowKeyReader } = await import('../platform/flow-history.ts');
  const { createAgentReader } = await import('../platform/agents.ts');
  const agents = createAgentReader({ client, database, config });
  const flowKeys = createFlowKeyReader(database);
  return createBulk({
    database,
    struggling: createStrugglingReader({ database, agents, flowKeys }),
  });
}

function sayPreview(act: BulkAct, { total, leftOut, kinds, effects, examples }: BulkPreview): void {
  if (total === 0) {
    say(`No run that matches is in a state for this${leftOut > 0 ? `; ${leftOut} match` : ''}.`);
    return;
  }
  print(
    table(
      ['runs', 'what'],
      [
        ...kinds.map(({ type, count }) => [count, type]),
        ...effects.map(({ effect, count }) => [count, `of effect ${effect}`]),
        ...(leftOut > 0 ? [[leftOut, 'left out: ended already, or of another kind']] : []),
      ],
    ),
  );
  examples.forEach((title) => print(faint(`  ${title}`)));
  say(`Nothing was done. To ${act} ${number(total)} runs, say it again with --yes.`);
}

const endWords = ({ total, done, skipped, failed }: BulkCounts): string =>
  `${number(total)} runs: ${number(done)} done, ${number(skipped)} skipped, ${number(failed)} failed.`;
