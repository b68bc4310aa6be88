import { z } from 'zod';
import { findCapability } from '../contracts/agents.ts';

/** What typing a cell needs to know of a field; the capability's own schema judges the value. */
const Field = z.object({
  type: z.string().optional(),
  items: z.object({ type: z.string().optional() }).optional(),
});
type Field = z.infer<typeof Field>;

/** The fields of a capability's input, by name. */
export type InputFields = Readonly<Record<string, Field>>;

const known = new Map<string, InputFields>();

/** The fields of a capability's input; `undefined` for one that nobody declares. */
export function inputFields(capability: string): InputFields | undefined {
  const kept = known.get(capability);
  const declared = findCapability(capability)?.capability;
  if (kept || !declared) return kept;
  const { properties = {} } = z
    .object({ properties: z.record(z.string(), Field).optional() })
    .parse(z.toJSONSchema(declared.input, { io: 'input' }));
  known.set(capability, properties);
  return properties;
}

/** A cell as a value of its field's type; what does not read as one stays text, for the schema to refuse. */
export function typedCell(field: Field | undefined, text: string): unknown {
  switch (field?.type) {
    case 'number':
    case 'integer':
      return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
    case 'boolean':
      return booleans[text.trim().toLowerCase()] ?? text;
    case 'array':
      return text.split(';').map((each) => typedCell(field.items, each.trim()));
    case 'object':
      try {
        return JSON.parse(text);
      } catch {
        return text;
      }
    case undefined:
    default:
      return text;
  }
}

const booleans: Readonly<Record<string, boolean>> = {
  ...{ true: true, yes: true, '1': true },
  ...{ false: false, no: false, '0': false },
};
