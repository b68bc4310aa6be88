/** A capability's JSON Schema, as the fields of a form. */
import { z } from 'zod';
import { words } from '../../numbers.ts';

interface Common {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly example: string;
  readonly isRequired: boolean;
  readonly initial: unknown;
}

/** One field of a form; anything the kinds do not cover is edited as JSON. */
export type FormField = Common &
  (
    | { readonly kind: 'text' | 'email' | 'long'; readonly pattern: string | undefined }
    | { readonly kind: 'date' | 'boolean' | 'json' }
    | {
        readonly kind: 'number';
        readonly isWhole: boolean;
        readonly min: number | undefined;
        readonly max: number | undefined;
      }
    | { readonly kind: 'enum'; readonly options: readonly string[] }
    | {
        readonly kind: 'tags';
        readonly isEmail: boolean;
        readonly min: number;
        readonly max: number;
      }
  );

/** What a form holds: texts, numbers, switches and lists by field name; JSON as text. */
export type FormValues = Readonly<Record<string, unknown>>;

const Property = z.object({
  type: z.string().optional(),
  title: z.string().optional(),
  description: z.string().optional(),
  examples: z.array(z.unknown()).optional(),
  default: z.unknown().optional(),
  format: z.string().optional(),
  pattern: z.string().optional(),
  enum: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  maxLength: z.number().optional(),
  minItems: z.number().optional(),
  maxItems: z.number().optional(),
  items: z.object({ type: z.string().optional(), format: z.string().optional() }).optional(),
});
type Property = z.infer<typeof Property>;

const ObjectSchema = z.object({
  properties: z.record(z.string(), z.unknown()).default({}),
  required: z.array(z.string()).default([]),
});

const longText = 120;

/** The fields of an input, in the order of its schema. */
export function fieldsOf(schema: unknown): readonly FormField[] {
  const parsed = ObjectSchema.safeParse(schema);
  if (!parsed.success) return [];
  const { properties, required } = parsed.data;
  return Object.entries(properties).map(([name, raw]) => {
    const known = Property.safeParse(raw);
    const property: Property = known.success ? known.data : {};
    const example = property.examples?.[0];
    const common: Common = {
      name,
      title: property.title ?? words(name),
      description: property.description ?? '',
      example: typeof example === 'string' || typeof example === 'number' ? String(example) : '',
      isRequired: required.includes(name),
      initial: property.default,
    };
    return fieldOf(common, known.success ? property : { type: 'unknown' });
  });
}

function fieldOf(common: Common, property: Property): FormField {
  switch (property.type ?? 'unknown') {
    case 'string':
      if (property.enum) return { ...common, kind: 'enum', options: property.enum };
      if (property.format === 'date') return { ...common, kind: 'date' };
      return {
        ...common,
        kind:
          property.format === 'email'
            ? 'email'
            : (property.maxLength ?? 0) > longText
              ? 'long'
              : 'text',
        pattern: property.pattern,
      };
    case 'number':
    case 'integer':
      return {
        ...common,
        kind: 'number',
        isWhole: property.type === 'integer',
        min: property.minimum,
        max: property.maximum,
      };
    case 'boolean':
      return { ...common, kind: 'boolean' };
    case 'array':
      return property.items?.type === 'string'
        ? {
            ...common,
            kind: 'tags',
            isEmail: property.items.format === 'email',
            min: property.minItems ?? 0,
            max: property.maxItems ?? Infinity,
          }
        : { ...common, kind: 'json' };
    default:
      return { ...common, kind: 'json' };
  }
}

/** What the form shows at first: what is given, else the defaults of the schema. */
export function valuesOf(fields: readonly FormField[], input: FormValues): FormValues {
  return Object.fromEntries(
    fields.map((field) => {
      const given = input[field.name] ?? field.initial;
      switch (field.kind) {
        case 'json':
          return [field.name, given === undefined ? '' : JSON.stringify(given, null, 2)];
        case 'tags':
          return [field.name, given ?? []];
        case 'boolean':
          return [field.name, given ?? false];
        case 'number':
        case 'enum':
        case 'date':
        case 'text':
        case 'email':
        case 'long':
          return [field.name, given ?? ''];
      }
    }),
  );
}

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (typeof value === 'string' && value.trim() === '') ||
  (Array.isArray(value) && value.length === 0);

/** The input as the server takes it; empty fields are left out. */
export function inputOf(
  fields: readonly FormField[],
  values: FormValues,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    fields.flatMap((field): [string, unknown][] => {
      const value = values[field.name];
      if (isEmpty(value)) return [];
      if (field.kind === 'json') return [[field.name, parsed(value)]];
      return [[field.name, typeof value === 'string' ? value.trim() : value]];
    }),
  );
}

/** What is wrong with a value, or undefined. The server checks again. */
export function problemOf(field: FormField, value: unknown): string | undefined {
  if (isEmpty(value)) return field.isRequired ? 'is required' : undefined;
  switch (field.kind) {
    case 'number': {
      const number = Number(value);
      const { min, max } = field;
      if (!Number.isFinite(number)) return 'must be a number';
      if (field.isWhole && !Number.isInteger(number)) return 'must be a whole number';
      if ((min !== undefined && number < min) || (max !== undefined && number > max)) {
        return `must be between ${min ?? 'any'} and ${max ?? 'any'}. You wrote ${number}`;
      }
      return undefined;
    }
    case 'email':
      return z.email().safeParse(value).success ? undefined : 'must be an e-mail address';
    case 'date':
      return z.iso.date().safeParse(value).success ? undefined : 'must be a day, YYYY-MM-DD';
    case 'tags':
      return listProblem(field, value);
    case 'json':
      return parsed(value) === undefined ? 'is not valid JSON' : undefined;
    case 'text':
    case 'long':
      return field.pattern !== undefined && !new RegExp(field.pattern).test(String(value).trim())
        ? 'does not have the form that is asked for'
        : undefined;
    case 'enum':
    case 'boolean':
      return undefined;
  }
}

function listProblem(
  field: FormField & { readonly kind: 'tags' },
  value: unknown,
): string | undefined {
  const list = z.array(z.string()).catch([]).parse(value);
  if (list.length < field.min || list.length > field.max) {
    return `takes ${field.min} to ${field.max} values. You gave ${list.length}`;
  }
  const wrong = field.isEmail ? list.filter((each) => !z.email().safeParse(each).success) : [];
  if (wrong.length === 0) return undefined;
  const shown = wrong.slice(0, 3).map((each) => `“${each}”`);
  return `has ${wrong.length === 1 ? 'an entry' : `${wrong.length} entries`} that ${wrong.length === 1 ? 'is' : 'are'} no e-mail address: ${shown.join(', ')}`;
}

function parsed(value: unknown): unknown {
  try {
    const result: unknown = JSON.parse(String(value));
    return result;
  } catch {
    return undefined;
  }
}
