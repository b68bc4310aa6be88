import { Option } from 'commander';
import { z } from 'zod';
import type { Capability } from '../contracts/capability.ts';

/** What flags need to know of a field; the rest of its JSON Schema is for the check of the input. */
const Field = z.object({
  type: z.string().optional(),
  format: z.string().optional(),
  description: z.string().optional(),
  examples: z.array(z.unknown()).optional(),
  default: z.unknown().optional(),
  enum: z.array(z.string()).optional(),
  items: z.object({ type: z.string().optional() }).optional(),
});
type Field = z.infer<typeof Field>;

/** A field of a capability's input as a flag. */
export interface InputFlag {
  readonly field: string;
  /** `--start-date` */
  readonly name: string;
  readonly option: Option;
}

/**
 * The flags of a capability, one for each field of its input. Values are only given their type
 * here; the capability's own schema judges them, with messages that name the field.
 *
 * @param defaults what is asked for when a flag is left out, for the help.
 */
export function inputFlags(
  capability: Capability,
  defaults: Readonly<Record<string, unknown>> = {},
): readonly InputFlag[] {
  const { properties = {} } = z
    .object({ properties: z.record(z.string(), Field).optional() })
    .parse(z.toJSONSchema(capability.input, { io: 'input' }));
  return Object.entries(properties).map(([field, schema]) => {
    const name = flagName(field);
    const placeholder = placeholderOf(schema);
    const option = new Option(
      placeholder ? `${name} <${placeholder}>` : name,
      helpOf(schema, defaults[field] ?? schema.default),
    );
    if (placeholder) option.argParser((text: string) => valueOf(schema, text));
    return { field, name, option };
  });
}

/** An input made of the examples of all fields it cannot do without. */
export function sampleOf(capability: Capability): Record<string, unknown> {
  const { properties = {}, required = [] } = z
    .object({
      properties: z.record(z.string(), Field).optional(),
      required: z.array(z.string()).optional(),
    })
    .parse(z.toJSONSchema(capability.input, { io: 'input' }));
  return Object.fromEntries(required.map((name) => [name, properties[name]?.examples?.[0] ?? '…']));
}

/** The input that was given by flags, by the names of its fields. */
export function inputFrom(
  flags: readonly InputFlag[],
  options: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    flags.flatMap(({ field, option }) => {
      const value = options[option.attributeName()];
      return value === undefined ? [] : [[field, value]];
    }),
  );
}

/** `startDate` and `start_date` as `--start-date`. */
export const flagName = (field: string): string =>
  `--${field
    .replaceAll(/([a-z])([A-Z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase()}`;

/** Whether a field's value is written as JSON: an object, or a list of them. */
const isJson = ({ type, items }: Field): boolean =>
  type === 'object' || (type === 'array' && items?.type === 'object');

function placeholderOf(field: Field): string | undefined {
  const { type, format, enum: values } = field;
  if (isJson(field)) return 'json';
  if (values) return isShort(values) ? values.join('|') : 'name';
  if (format === 'date') return 'YYYY-MM-DD';
  if (type === 'boolean') return undefined;
  if (type === 'number' || type === 'integer') return 'number';
  if (type === 'array') return 'a,b,…';
  return 'text';
}

/** Whether choices can stand beside their flag; longer ones would push all help to the right. */
const isShort = (values: readonly string[]): boolean => values.join('|').length <= 40;

function helpOf(
  { description = '', examples: [example] = [], enum: values = [] }: Field,
  value: unknown,
): string {
  const text = `${inline(description)}${isShort(values) ? '' : `: ${values.join(', ')}`}`;
  if (value !== undefined) return `${text} (default: ${wordsOf(value)})`;
  return example === undefined ? text : `${text}, such as ${wordsOf(example)}`;
}

/** A sentence as it stands in help: small at the beginning, unless it begins with a name. */
export const inline = (sentence: string): string =>
  sentence.replace(/^[A-Z](?=[a-z ])/, (first) => first.toLowerCase());

const wordsOf = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);

function valueOf(field: Field, text: string): unknown {
  const { type } = field;
  if (type === 'number' || type === 'integer') {
    const value = Number(text);
    return text.trim() === '' || Number.isNaN(value) ? text : value; // the schema says what it wants
  }
  if (isJson(field)) {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }
  if (type === 'array') return text.split(',').map((each) => each.trim());
  return text;
}
