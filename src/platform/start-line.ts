import { isDeepStrictEqual } from 'node:util';
import { findCapability } from '../contracts/agents.ts';
import type { RunSummary } from '../contracts/api.ts';
import type { Capability } from '../contracts/capability.ts';

/**
 * The same start as a line for the terminal: `npm run -s agentic -- run instantly.daily-analytics
 * --date 2026-01-05`. What a default fills in is left out; null for what nobody declares.
 */
export function startLine(
  run: Pick<RunSummary, 'capability' | 'account' | 'workflowId'>,
  input: unknown,
): string | null {
  const capability = findCapability(run.capability ?? '')?.capability;
  if (!capability || typeof input !== 'object' || input === null) return null;
  const flags = Object.entries(input)
    .filter(([name, value]) => value !== undefined && !isDefault(capability, input, name))
    .map(([name, value]: [string, unknown]) => `--${kebab(name)} ${quoted(wordsOf(value))}`);
  const account = run.account && run.account !== 'default' ? [`--account ${run.account}`] : [];
  const dryRun = run.workflowId.endsWith('/dry-run') ? ['--dry-run'] : [];
  return ['npm run -s agentic -- run', capability.id, ...flags, ...account, ...dryRun].join(' ');
}

function isDefault({ input: schema }: Capability, input: object, name: string): boolean {
  const given = new Map(Object.entries(input));
  const value: unknown = given.get(name);
  given.delete(name);
  const filled = schema.safeParse(Object.fromEntries(given));
  return filled.success && isDeepStrictEqual(filled.data[name], value);
}

const kebab = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const wordsOf = (value: unknown): string =>
  Array.isArray(value)
    ? value.map(String).join(',')
    : typeof value === 'string'
      ? value
      : JSON.stringify(value);

const quoted = (word: string): string =>
  /^[\w@.,:/+-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
