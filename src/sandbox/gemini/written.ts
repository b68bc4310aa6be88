import { createHash } from 'node:crypto';
import { z } from 'zod';

interface Schema {
  readonly type?: string | undefined;
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly items?: Schema | undefined;
  readonly maxLength?: number | undefined;
}

/** A shape to answer in, as far as it is read: JSON Schema, or the vendor's own with capital types. */
export const Schema: z.ZodType<Schema> = z.object({
  type: z
    .string()
    .transform((type) => type.toLowerCase())
    .optional(),
  get properties() {
    return z.record(z.string(), Schema).optional();
  },
  get items() {
    return Schema.optional();
  },
  maxLength: z.coerce.number().optional(),
});

/** What stands in fields of these names; `{n}` is a figure that follows from the request. */
const texts: Readonly<Record<string, string>> = {
  hook: '{n} hours a month went into one spreadsheet. Then it stopped.',
  body: 'The video shows a small team that let software do its list work.\n\nIt saved {n} hours a month, and nobody had to learn a new tool. 🚀',
  steps: 'Write down what you do by hand each week',
  ctaKeyword: 'AGENT',
  ctaText: 'Comment AGENT and you get the checklist by message.',
  hashtags: 'automation',
  text: 'It saved {n} hours a month',
  sourceQuote: 'we saved {n} hours a month, more or less',
};

/** A value of a shape, the same for the same request. */
export function written(schema: Schema, seed: string, name = ''): unknown {
  const digest = createHash('sha256').update(`${seed} ${name}`).digest();
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([field, of]) => [
          field,
          written(of, seed, field),
        ]),
      );
    case 'array':
      return [written(schema.items ?? {}, seed, name)];
    case 'integer':
    case 'number':
      return digest.readUInt8();
    case 'boolean':
      return digest.readUInt8() % 2 === 0;
    case undefined:
    default: {
      const figure = 20 + (createHash('sha256').update(seed).digest().readUInt8() % 70);
      const text = texts[name] ?? `${name} ${digest.toString('hex').slice(0, 8)}`;
      return text.replaceAll('{n}', String(figure)).slice(0, schema.maxLength ?? 1_000);
    }
  }
}
