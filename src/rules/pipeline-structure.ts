import type { PipelineDefinition } from '../contracts/pipeline.ts';
import { refsOf } from './condition.ts';
import { inputOf, plannedSteps, stepOf, type PlannedStep } from './pipeline.ts';
import { asPart, partsOf, refsIn } from './pointer.ts';

/** Something wrong with a definition; `path` is a JSON pointer into it. */
export interface Flaw {
  readonly path: string;
  readonly message: string;
}

/**
 * What is wrong with the order and the references of a definition: ids used twice, unknown steps
 * and parameters, circles, references to what is not before. Nothing about capabilities.
 */
export function flawsOf(definition: PipelineDefinition): readonly Flaw[] {
  const steps = plannedSteps(definition);
  const ids = steps.map((step) => step.id);
  const twice = doubles(ids);
  if (twice.length > 0) return twice;
  const order = [...unknownOrder(steps), ...circles(steps)];
  return order.length > 0 ? order : steps.flatMap((step, at) => wrongRefs(step, at, definition));
}

/** The pointer at which a step's kind stands in the definition. */
export const pathOf = ({ work }: PlannedStep, at: number): string => `/steps/${at}/${work.kind}`;

const doubles = (ids: readonly string[]): readonly Flaw[] =>
  ids.flatMap((id, at) => {
    const first = ids.indexOf(id);
    if (first === at) return [];
    const message = `“${id}” is the id of step ${first + 1} already; expected another one`;
    return [{ path: `/steps/${at}/id`, message }];
  });

const unknownOrder = (steps: readonly PlannedStep[]): readonly Flaw[] =>
  steps.flatMap(({ id, after }, at) =>
    after.flatMap((before, position) => {
      const path = `/steps/${at}/after/${position}`;
      if (before === id) return [{ path, message: `${id} → ${id}: a step can't wait for itself` }];
      if (steps.some((step) => step.id === before)) return [];
      return [{ path, message: `no step has the id “${before}”; there are: ${listOf(steps)}` }];
    }),
  );

const listOf = (steps: readonly PlannedStep[]): string => steps.map((step) => step.id).join(', ');

/** One flaw for each circle, which names it: `a → b → a`. */
function circles(steps: readonly PlannedStep[]): readonly Flaw[] {
  const orders = new Map(steps.map((step) => [step.id, step.after]));
  const done = new Set<string>();
  const flaws: Flaw[] = [];
  const visit = (id: string, path: readonly string[]): void => {
    if (path.includes(id)) {
      const circle = [...path.slice(path.indexOf(id)), id].reverse();
      if (circle.length === 2) return; // a step that waits for itself is told of already
      const message = `the order is a circle: ${circle.join(' → ')}`;
      flaws.push({ path: `/steps/${steps.findIndex((step) => step.id === id)}/after`, message });
    } else if (!done.has(id)) {
      for (const before of orders.get(id) ?? []) visit(before, [...path, id]);
      done.add(id);
    }
  };
  for (const { id } of steps) visit(id, []);
  return flaws;
}

/** All steps that are over when this one begins. */
function ancestorsOf(step: PlannedStep, steps: readonly PlannedStep[]): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [...step.after];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    open.push(...(steps.find((each) => each.id === id)?.after ?? []));
  }
  return found;
}

function wrongRefs(step: PlannedStep, at: number, definition: PipelineDefinition): readonly Flaw[] {
  const steps = plannedSteps(definition);
  const before = ancestorsOf(step, steps);
  const own = refsIn(inputOf(step)).map((ref) => ({
    path: `${pathOf(step, at)}${ref.at}`,
    pointer: ref.pointer,
    mayUseItem: step.work.kind === 'for-each' && ref.at.startsWith('/task'),
  }));
  const asked = (step.when ? refsOf(step.when) : []).map((pointer) => ({
    path: `/steps/${at}/when`,
    pointer,
    mayUseItem: false,
  }));
  const odd = badRefs(inputOf(step), pathOf(step, at));
  const wrong = [...own, ...asked].flatMap(({ path, pointer, mayUseItem }) => {
    const message = objectionTo(pointer, { definition, steps, before, mayUseItem, id: step.id });
    return message === undefined ? [] : [{ path, message: `${pointer}: ${message}` }];
  });
  return odd.length > 0 ? odd : wrong;
}

interface Surroundings {
  readonly id: string;
  readonly definition: PipelineDefinition;
  readonly steps: readonly PlannedStep[];
  readonly before: ReadonlySet<string>;
  readonly mayUseItem: boolean;
}

function objectionTo(
  pointer: string,
  { definition, steps, before, mayUseItem, id: own }: Surroundings,
): string | undefined {
  const [root, name, part] = partsOf(pointer);
  if (root === 'item') {
    return mayUseItem ? undefined : 'only the task of a for-each has an item';
  }
  if (root === 'params') {
    if (name === undefined) return undefined;
    const known = Object.keys(definition.params);
    const list = known.length > 0 ? `there are: ${known.join(', ')}` : 'there are none';
    return known.includes(name) ? undefined : `no parameter has the name “${name}”; ${list}`;
  }
  const id = stepOf(pointer);
  if (id === undefined) return 'expected it to begin with /params/, /steps/ or /item';
  if (!steps.some((step) => step.id === id)) {
    return `no step has the id “${id}”; there are: ${listOf(steps)}`;
  }
  if (!before.has(id)) return `${id} is not before ${own}; put it into “after” of ${own}`;
  return part === 'output' || part === 'state'
    ? undefined
    : `expected /steps/${id}/output or /steps/${id}/state`;
}

/** Objects that were meant as references but are none. */
function badRefs(value: unknown, at: string): readonly Flaw[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('$ref' in value) {
    const isGood =
      Object.keys(value).length === 1 &&
      typeof value.$ref === 'string' &&
      /^(\/([^~/]|~[01])*)+$/.test(value.$ref);
    const message = 'expected only a JSON pointer, such as { "$ref": "/params/day" }';
    return isGood ? [] : [{ path: at, message }];
  }
  return Object.entries(value).flatMap(([key, each]) => badRefs(each, `${at}/${asPart(key)}`));
}
