/** Tasks as people paste them: one JSON object a line. Pure, so that tests can feed it anything. */

/** What a text holds: its tasks, or the first thing that is wrong with it. */
export interface Pasted {
  readonly tasks: readonly Readonly<Record<string, unknown>>[];
  readonly problem: string | undefined;
}

/**
 * Reads one task a line; empty lines do not count.
 *
 * @param capability each line is an input of it; left out, each line is a whole task that names
 *   its own.
 */
export function readPasted(text: string, capability?: string): Pasted {
  const tasks: Readonly<Record<string, unknown>>[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const value = objectOf(line);
    if (value === undefined) {
      return { tasks, problem: `Line ${index + 1} is not a JSON object` };
    }
    if (capability === undefined && typeof value.capability !== 'string') {
      return { tasks, problem: `Line ${index + 1} names no capability` };
    }
    tasks.push(capability === undefined ? value : { capability, input: value });
  }
  return { tasks, problem: undefined };
}

function objectOf(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
