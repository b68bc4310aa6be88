import { Command } from 'commander';
import { z } from 'zod';
import { PipelineCall, RepairWord, type PipelineOutcome } from '../contracts/pipeline.ts';
import { accountsOf } from '../platform/accounts.ts';
import type { CheckedPipeline } from '../platform/check-pipeline.ts';
import { ConfigError, readConfig, type Config } from '../platform/config.ts';
import type { PipelineSource } from '../platform/pipeline-source.ts';
import { ExitCode, Stop } from './exit.ts';
import { follow } from './follow.ts';
import { faint, print, printJson, say, strong, table } from './output.ts';
import { given, jsonOf, paramOption, type Given } from './pipeline-params.ts';
import { endLine, showSteps, watchSteps } from './pipeline-steps.ts';
import { duration } from './run.ts';
import { withSession } from './session.ts';
import { readText } from './text-file.ts';

/** `pipeline …`: steps in an order, checked whole, run, answered and repaired. */
export function pipelineCommand(): Command {
  return new Command('pipeline')
    .description('run several capabilities in an order, with questions and repair in between')
    .addHelpText(
      'after',
      '\nExample:\n  agentic pipeline run daily-analytics --param day=2026-01-05 --param account=tour',
    )
    .addCommand(listCommand())
    .addCommand(checkCommand())
    .addCommand(runCommand())
    .addCommand(showCommand())
    .addCommand(answerCommand('approve', 'let a step that asks go on'))
    .addCommand(answerCommand('reject', 'stop what comes after a step that asks'))
    .addCommand(repairCommand());
}

function listCommand(): Command {
  const command = new Command('list')
    .description('list the ready pipelines, with their parameters')
    .option('--json', 'print JSON only')
    .addHelpText('after', '\nExample:\n  agentic pipeline list');
  return command.action(async () => {
    const { readyPipelines } = await import('../platform/ready-pipelines.ts');
    const { wordsOf } = await import('../platform/pipeline-source.ts');
    const list = readyPipelines({ accountsOf: loginsOf(settings()) });
    if (command.opts().json) {
      printJson(list);
      return;
    }
    const rows = list.pipelines.map(({ name, title, paramsSchema, steps }) => [
      ...[name, title, namesIn(paramsSchema.properties), steps.length],
    ]);
    if (rows.length === 0) say('There is no ready pipeline; they are files in pipelines/.');
    else print(table(['name', 'what', 'parameters', 'steps'], rows));
    for (const { file, problems } of list.broken) {
      say(problems.map((problem) => `${file}: ${wordsOf(problem)}`).join('\n'));
    }
  });
}

const namesIn = (properties: unknown): string =>
  typeof properties === 'object' && properties !== null ? Object.keys(properties).join(', ') : '';

const target = 'name of a ready pipeline, or a file in YAML or JSON (- for stdin)';

function checkCommand(): Command {
  const command = new Command('check')
    .description('check a pipeline whole, and start nothing')
    .argument('<pipeline>', target)
    .addOption(paramOption())
    .option('--params <json>', 'parameters as JSON, or as @file')
    .option('--json', 'print JSON only')
    .addHelpText('after', '\nExample:\n  agentic pipeline check pipelines/daily-analytics.yaml');
  return command.action(async (name: string) => {
    const options = Options.parse(command.opts());
    const isFilled = options.param.length > 0 || options.params !== undefined;
    const { checked } = await checkedFrom(name, options, settings(), isFilled);
    const { definition, params, steps } = checked;
    if (options.json) printJson({ isValid: true, problems: [], params, steps });
    else print(`${strong(definition.title)} is fine: ${steps.length} steps.`);
  });
}

const Options = z.object({
  param: z.array(z.string()).default([]),
  params: z.string().optional(),
  key: z.string().optional(),
  json: z.boolean().default(false),
  wait: z.boolean().default(true),
  timeout: z.number().optional(),
});
type Options = z.infer<typeof Options>;

function runCommand(): Command {
  const command = new Command('run')
    .description('run a pipeline and tell what its steps do')
    .argument('<pipeline>', target)
    .addOption(paramOption())
    .option('--params <json>', 'parameters as JSON, or as @file')
    .option('--key <text>', 'what makes it one piece of work; day and parameters when left out')
    .option('--json', 'print JSON only')
    .option('--no-wait', 'start it and leave')
    .addOption(duration('--timeout <time>', 'wait no longer than this: 90s, 10m, 2h'))
    .addHelpText(
      'after',
      '\nExamples:\n  agentic pipeline run daily-analytics --param account=tour\n  agentic pipeline run my.yaml --params @params.json --key 2026-w02 --json',
    );
  return command.action((name: string) => runPipeline(name, Options.parse(command.opts())));
}

/** Starts a pipeline, or joins it, and shows how it ends. @throws {Stop} */
export const runPipeline = (name: string, options: Options): Promise<void> =>
  withSession(async (session) => {
    const { readPipeline } = await import('../platform/pipeline-detail.ts');
    const { queuesOf } = await import('../platform/pipeline-run.ts');
    const { startPipeline } = await import('../platform/start-pipeline.ts');
    const { checked, key } = await checkedFrom(name, options, session.config, true);
    for (const queue of queuesOf(checked)) {
      if (await session.isServed(queue)) continue;
      const message = `No worker serves ${queue}: start the system with \`npm start\`, or a worker with \`agentic worker\`.`;
      throw new Stop(ExitCode.unreachable, message);
    }
    const run = await session.ask(() =>
      startPipeline(session.client, checked, { key, requestedBy: session.requester }),
    );
    if (run.started) {
      const { workflowId, runId } = run;
      const detail = { runId, pipeline: checked.definition.name };
      await session.note({ action: 'run.start', target: workflowId, reason: '', detail });
    }
    say(`${run.started ? 'Started' : 'Joined'} ${run.workflowId} (run ${run.runId})`);
    if (!options.wait) {
      if (options.json) printJson(run);
      else print(run.workflowId);
      return;
    }
    const end = await follow<PipelineOutcome>(session, run, {
      onProgress: (line) => say(`  ${line}`),
      timeoutMs: options.timeout === undefined ? undefined : options.timeout * 1_000,
      look: watchSteps(),
    });
    const detail = await readPipeline(session, run.workflowId);
    const { state } = end;
    if (options.json) {
      const failure = state === 'failed' ? { failure: end.failure, message: end.message } : {};
      const outputs = state === 'completed' ? end.outcome.outputs : {};
      printJson({ ...run, state, ...failure, steps: detail?.steps ?? [], outputs });
    } else if (detail) showSteps(detail);
    if (state === 'failed') {
      const code = end.failure === 'InvalidInput' ? ExitCode.wrongInput : ExitCode.failed;
      throw new Stop(code, `${run.workflowId} failed, ${end.failure}: ${end.message}`);
    }
    if (!options.json) print(faint(`\n${endLine(end.outcome)} Run ${run.workflowId}`));
  });

function showCommand(): Command {
  const command = new Command('show')
    .description('show where the steps of a pipeline are, and what they wait for')
    .argument('<id>', 'the run, as lists show it')
    .option('--json', 'print JSON only')
    .addHelpText('after', '\nExample:\n  agentic pipeline show pipeline/daily-analytics/2026-w02');
  return command.action((id: string) =>
    withSession(async (session) => {
      const { readPipeline } = await import('../platform/pipeline-detail.ts');
      const detail = await session.ask(() => readPipeline(session, id));
      if (!detail) {
        const message = `There is no pipeline run ${id}; \`agentic runs\` lists them.`;
        throw new Stop(ExitCode.wrongInput, message);
      }
      if (command.opts().json) printJson(detail);
      else showSteps(detail);
    }),
  );
}

function answerCommand(update: 'approve' | 'reject', description: string): Command {
  const command = new Command(update)
    .description(description)
    .argument('<id>', 'the run, as lists show it')
    .argument('<step>', 'the step that asks')
    .requiredOption('--reason <text>', 'why, for those who look later')
    .option('--json', 'print JSON only')
    .addHelpText(
      'after',
      `\nExample:\n  agentic pipeline ${update} pipeline/outreach/2026-w02 look --reason "seen the list"`,
    );
  return command.action((id: string, step: string) =>
    withSession(async (session) => {
      const { tellPipeline } = await import('../platform/pipeline-run.ts');
      const { reason, json } = Answer.parse(command.opts());
      const word = { step, reason };
      const runId = await session.ask(() =>
        tellPipeline(session.client, id, { update, word }, session.by),
      );
      await session.note({
        action: `pipeline.${update}`,
        ...{ target: id, reason, detail: { step, runId } },
      });
      const done = update === 'approve' ? 'approved' : 'rejected';
      if (json) printJson({ workflowId: id, runId, step, [done]: true });
      else print(`${step} of ${id} was ${done}.`);
    }),
  );
}

const Answer = z.object({ reason: z.string(), json: z.boolean().default(false) });
const Repair = Answer.extend({
  retry: z.boolean().optional(),
  skip: z.boolean().optional(),
  abort: z.boolean().optional(),
  input: z.string().optional(),
  output: z.string().optional(),
});

function repairCommand(): Command {
  const command = new Command('repair')
    .description('say what becomes of a failed step: try again, leave it out, or end all')
    .argument('<id>', 'the run, as lists show it')
    .argument('<step>', 'the step that failed')
    .option('--retry', 'try it again')
    .option('--input <json>', 'with --retry: in place of its input, as JSON or as @file')
    .option('--skip', 'leave it out')
    .option('--output <json>', 'with --skip: what later steps get from it, as JSON or as @file')
    .option('--abort', 'end the whole pipeline')
    .requiredOption('--reason <text>', 'why, for those who look later')
    .option('--json', 'print JSON only')
    .addHelpText(
      'after',
      '\nExamples:\n  agentic pipeline repair pipeline/outreach/2026-w02 scrape --retry --reason "key renewed"\n  agentic pipeline repair pipeline/outreach/2026-w02 scrape --skip --output \'{"items":[]}\' --reason "none this week"',
    );
  return command.action((id: string, step: string) =>
    withSession(async (session) => {
      const { tellPipeline } = await import('../platform/pipeline-run.ts');
      const { reason, json, input, output, ...actions } = Repair.parse(command.opts());
      const [action, another] = Object.keys(actions);
      if (action === undefined || another !== undefined) {
        throw new Stop(ExitCode.wrongInput, 'expected exactly one of --retry, --skip, --abort');
      }
      const word = RepairWord.parse({
        ...{ step, reason, action },
        ...(input === undefined ? {} : { input: await jsonOf(input, '--input') }),
        ...(output === undefined ? {} : { output: await jsonOf(output, '--output') }),
      });
      const runId = await session.ask(() =>
        tellPipeline(session.client, id, { update: 'repair', word }, session.by),
      );
      const { reason: _, ...detail } = word;
      await session.note({
        action: 'pipeline.repair',
        ...{ target: id, reason, detail: { ...detail, runId } },
      });
      if (json) printJson({ workflowId: id, runId, step, action });
      else print(`${step} of ${id}: ${action}.`);
    }),
  );
}

const loginsOf =
  (config: Config) =>
  (agent: { readonly vendor: string }): readonly string[] =>
    accountsOf(config, agent.vendor).map((account) => account.name);

function settings(): Config {
  try {
    return readConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new Stop(ExitCode.wrongInput, error.message, { cause: error });
  }
}

/** Reads, checks and fills in a pipeline. @throws {Stop} naming file, line and place of each fault. */
async function checkedFrom(
  name: string,
  options: Options,
  config: Config,
  isFilled: boolean,
): Promise<{ readonly checked: CheckedPipeline; readonly key: string }> {
  const { readSource, readySource, BadPipeline, wordsOf } =
    await import('../platform/pipeline-source.ts');
  const { checkPipeline } = await import('../platform/check-pipeline.ts');
  const { keyOf } = await import('../platform/start-pipeline.ts');
  const isFile = name === '-' || /[./\\]/.test(name);
  const [place, text] = isFile ? await readText(name, 'pipeline') : [name, undefined];
  try {
    const source: PipelineSource = text === undefined ? readySource(name) : readSource(text);
    const values: Given = await given(source.definition, options);
    const params = isFilled ? values : undefined;
    const checked = checkPipeline(source, { params, accountsOf: loginsOf(config) });
    const key = PipelineCall.shape.key.safeParse(options.key);
    if (!key.success) {
      throw new Stop(ExitCode.wrongInput, `--key: ${key.error.issues[0]?.message ?? ''}`);
    }
    return { checked, key: key.data ?? keyOf(checked) };
  } catch (error) {
    if (!(error instanceof BadPipeline)) throw error;
    if (options.json) printJson({ isValid: false, problems: error.problems });
    const lines = error.problems.map((problem) => `${place}: ${wordsOf(problem)}`);
    throw new Stop(ExitCode.wrongInput, lines.join('\n'), { cause: error });
  }
}
