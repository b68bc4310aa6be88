import { z } from 'zod';
import { fieldsOf, type FormField } from '../new-run/schema.ts';

const isDay = (value: unknown): boolean => z.iso.date().safeParse(value).success;

/** The fields of a pipeline's parameters. A day such as `yesterday` stays a word until it starts. */
export const paramFields = (schema: unknown): readonly FormField[] =>
  fieldsOf(schema).map((field) =>
    field.kind === 'date' && typeof field.initial === 'string' && !isDay(field.initial)
      ? {
          ...field,
          initial: undefined,
          description: `${field.description.replace(/\.$/, '')}; ${field.initial} when left empty`,
        }
      : field,
  );

/** The names of the parameters, as lists show them. */
export const namesOfParams = (schema: unknown): string =>
  fieldsOf(schema)
    .map(({ title }) => title)
    .join(', ') || 'none';
