import { z } from 'zod';
import { findCapability } from '../contracts/agents.ts';
import type { Agent } from '../contracts/capability.ts';
import { BadRequest, checkTask } from '../contracts/check.ts';
import { mostPipelineBytes, PipelineDefinition, type PipelineTask } from '../contracts/pipeline.ts';
import { SwarmOutcome } from '../contracts/swarm.ts';
import { refsOf } from '../rules/condition.ts';
import { flawsOf, pathOf, type Flaw } from '../rules/pipeline-structure.ts';
import { inputOf, plannedSteps, stepOf, type PlannedStep } from '../rules/pipeline.ts';
import { asPart, isRef, largestIn, partsOf, refsIn, resolve, sizeOf } from '../rules/pointer.ts';
import { fillParams } from './pipeline-params.ts';
import { BadPipeline, type PipelineSource } from './pipeline-source.ts';

/** A pipeline that may start. */
export interface CheckedPipeline {
  readonly definition: PipelineDefinition;
  /** With defaults filled in. */
  readonly params: Record<string, unknown>;
  readonly steps: readonly PlannedStep[];
}

/** What a check needs to know. */
export interface CheckOptions {
  /** The logins of an agent, as the settings name them. */
  readonly accountsOf: (agent: Agent) => readonly string[];
  /** What was given for the parameters; left out, those without default are taken as given later. */
  readonly params?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Checks a pipeline whole, before anything is started: its shape and size, order and references,
 * parameters, and each step's input against its capability, as far as it is known by now.
 *
 * @throws {BadPipeline} with everything that is wrong.
 */
export function checkPipeline(source: PipelineSource, options: CheckOptions): CheckedPipeline {
  const refuseIf = (flaws: readonly Flaw[]): void => {
    if (flaws.length === 0) return;
    throw new BadPipeline(flaws.map((flaw) => ({ ...flaw, line: source.lineOf(flaw.path) })));
  };
  const given = { definition: source.definition, params: options.params ?? {} };
  refuseIf(tooLarge(given));
  const parsed = PipelineDefinition.safeParse(source.definition);
  if (!parsed.success) refuseIf(shapeFlaws(parsed.error));
  const definition = parsed.data ?? PipelineDefinition.parse(source.definition);
  refuseIf(flawsOf(definition));
  const steps = plannedSteps(definition);
  const { params, wrongGiven, wrongDefaults } = fillParams(definition, options.params);
  if (wrongGiven.length > 0)
    throw new BadPipeline(wrongGiven.map((flaw) => ({ ...flaw, line: null })));
  refuseIf(wrongDefaults);
  const wrong = steps.flatMap((step, at) => [
    ...taskFlaws(step, pathOf(step, at), params, options),
    ...outputFlaws(step, at, steps),
  ]);
  refuseIf(wrong);
  return { definition, params, steps };
}

function tooLarge(given: { readonly definition: unknown }): readonly Flaw[] {
  const size = sizeOf(given);
  if (size <= mostPipelineBytes) return [];
  const largest = largestIn(given);
  const path = largest.at.replace(/^\/definition/, '');
  const message = `is ${count(largest.size)} characters long; a pipeline and its parameters may have ${count(mostPipelineBytes)} together. Put large data into a file or a table and name that`;
  return [{ path, message }];
}

const count = (value: number): string => value.toLocaleString('en-US');

const shapeFlaws = (error: z.ZodError): readonly Flaw[] =>
  error.issues.flatMap((issue) => {
    const path = issue.path.map((key) => `/${asPart(String(key))}`).join('');
    return issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({
          path: `${path}/${asPart(key)}`,
          message: 'is not a field here',
        }))
      : [{ path, message: issue.message }];
  });

/** What is wrong with the task of a step, or of each of its items. */
function taskFlaws(
  { work }: PlannedStep,
  path: string,
  params: Readonly<Record<string, unknown>>,
  { accountsOf }: CheckOptions,
): readonly Flaw[] {
  switch (work.kind) {
    case 'approval':
      return [];
    case 'task':
      return flawsOfTask(work.task, path, params, accountsOf);
    case 'for-each':
      return flawsOfTask(work.forEach.task, `${path}/task`, params, accountsOf);
  }
}

function flawsOfTask(
  task: PipelineTask,
  path: string,
  params: Readonly<Record<string, unknown>>,
  accountsOf: CheckOptions['accountsOf'],
): readonly Flaw[] {
  const found = findCapability(task.capability);
  const { value: account } = resolve(task.account, { params });
  const { value: input } = resolve(task.input, { params });
  const later = refsIn(input, '/input').map((ref) => ref.at);
  const isLater = (field: string): boolean =>
    later.some((at) => at === field || at.startsWith(`${field}/`) || field.startsWith(`${at}/`));
  try {
    checkTask({
      capability: task.capability,
      input,
      ...(isRef(account) ? {} : { account }),
    });
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error;
    const message = error.failure === 'NotServed' ? error.message : undefined;
    return error.fields
      .filter((field) => !isLater(field.path))
      .map((field) => ({ path: `${path}${field.path}`, message: message ?? field.message }));
  }
  if (!found || typeof account !== 'string') return [];
  const known = accountsOf(found.agent);
  if (known.includes(account)) return [];
  const message = `${found.agent.id} has no account “${account}”; settings name: ${known.join(', ')}`;
  return [{ path: `${path}/account`, message }];
}

const Shape = z.object({
  properties: z.record(z.string(), z.unknown()),
  additionalProperties: z.literal(false),
});
const answerFields = ['approved', 'by', 'reason'];

/** The fields of what a step hands on; `undefined` where they are not known. */
function outputFields({ work }: PlannedStep): readonly string[] | undefined {
  switch (work.kind) {
    case 'approval':
      return answerFields;
    case 'for-each':
      return Object.keys(SwarmOutcome.shape);
    case 'task': {
      const output = findCapability(work.task.capability)?.capability.output;
      const shape = output && Shape.safeParse(z.toJSONSchema(output, { io: 'output' }));
      return shape?.success ? Object.keys(shape.data.properties) : undefined;
    }
  }
}

/** References to fields that an earlier step does not hand on. */
function outputFlaws(step: PlannedStep, at: number, steps: readonly PlannedStep[]): Flaw[] {
  const own = refsIn(inputOf(step), pathOf(step, at));
  const asked = (step.when ? refsOf(step.when) : []).map((pointer) => ({
    pointer,
    at: `/steps/${at}/when`,
  }));
  return [...own, ...asked].flatMap(({ pointer, at: path }) => {
    const id = stepOf(pointer);
    const [, , part, field] = partsOf(pointer);
    const source = steps.find((each) => each.id === id);
    if (!source || part !== 'output' || field === undefined) return [];
    const known = outputFields(source);
    if (!known || known.includes(field)) return [];
    const message = `${pointer}: the output of ${source.id} has no field “${field}”; there are: ${known.join(', ')}`;
    return [{ path, message }];
  });
}
