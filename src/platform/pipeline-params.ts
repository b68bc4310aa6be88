import { z } from 'zod';
import type { PipelineDefinition, PipelineParam } from '../contracts/pipeline.ts';
import { asPart } from '../rules/pointer.ts';
import type { Flaw } from '../rules/pipeline-structure.ts';

/** JSON Schema (draft 2020-12) of the parameters, for forms and for the check of what is given. */
export function paramsSchema({ params }: Pick<PipelineDefinition, 'params'>) {
  return {
    type: 'object' as const,
    properties: Object.fromEntries(
      Object.entries(params).map(([name, param]) => [name, schemaOf(param)]),
    ),
    required: Object.keys(params).filter((name) => params[name]?.default === undefined),
    additionalProperties: false,
  };
}

/** Without what is undefined: a schema is also sent as JSON and read as such. */
const schemaOf = (param: PipelineParam): Record<string, unknown> =>
  Object.fromEntries(Object.entries(param).filter(([, value]) => value !== undefined));

const dayMs = 86_400_000;
const daysAgo: Readonly<Record<string, number>> = { today: 0, yesterday: 1 };

/** The words `today` and `yesterday` of a date become the day they mean, in UTC. */
function dayOf({ format }: PipelineParam, value: unknown, now: Date): unknown {
  const ago = format === 'date' && typeof value === 'string' ? daysAgo[value] : undefined;
  return ago === undefined
    ? value
    : new Date(now.getTime() - ago * dayMs).toISOString().slice(0, 10);
}

interface Filled {
  readonly params: Record<string, unknown>;
  readonly wrongGiven: readonly Flaw[];
  readonly wrongDefaults: readonly Flaw[];
}

/**
 * Fills in defaults and checks what was given.
 *
 * @param given `undefined` checks the defaults only, and takes what is missing for given later.
 * @returns the values known now, what is wrong with those given, and with defaults.
 */
export function fillParams(
  { params: declared }: Pick<PipelineDefinition, 'params'>,
  given: Readonly<Record<string, unknown>> | undefined,
  now = new Date(),
): Filled {
  const params: Record<string, unknown> = {};
  const wrongGiven: Flaw[] = [];
  const wrongDefaults: Flaw[] = [];
  for (const name of Object.keys(given ?? {})) {
    if (Object.hasOwn(declared, name)) continue;
    const known = Object.keys(declared).join(', ');
    const message = `is not a parameter; there are: ${known || 'none'}`;
    wrongGiven.push({ path: `/params/${asPart(name)}`, message });
  }
  for (const [name, param] of Object.entries(declared)) {
    const isGiven = given !== undefined && Object.hasOwn(given, name);
    const value = dayOf(param, isGiven ? given[name] : param.default, now);
    const path = `/params/${name}${isGiven || param.default === undefined ? '' : '/default'}`;
    if (value === undefined) {
      const message = `has no default, so it has to be given: ${param.description ?? param.type}`;
      if (given !== undefined) wrongGiven.push({ path, message });
      continue;
    }
    const parsed = z.fromJSONSchema(schemaOf(param)).safeParse(value);
    params[name] = value;
    for (const { path: inner, message } of parsed.error?.issues ?? []) {
      const place = [path, ...inner.map((key) => asPart(String(key)))].join('/');
      (isGiven ? wrongGiven : wrongDefaults).push({ path: place, message });
    }
  }
  return { params, wrongGiven, wrongDefaults };
}
