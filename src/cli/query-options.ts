import type { z } from 'zod';
import { ExitCode, Stop } from './exit.ts';

/** A day or a time, as given behind a flag, as the queries take it. @throws {Stop} naming the flag. */
export function timeOf(flag: string, given: unknown): string {
  const text = String(given);
  const time = new Date(text);
  if (/^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(time.getTime())) return time.toISOString();
  throw new Stop(
    ExitCode.wrongInput,
    `${flag}: expected a day such as 2026-01-05, or a time such as 2026-01-05T14:00:00Z`,
  );
}

/** The flags `--since` and `--until` as the start and end of a query. @throws {Stop} naming the flag. */
export const spanOf = ({
  since,
  until,
}: {
  readonly since?: unknown;
  readonly until?: unknown;
}) => ({
  ...(since === undefined ? {} : { from: agoOrTime('--since', since) }),
  ...(until === undefined ? {} : { to: agoOrTime('--until', until) }),
});

const unitMs: Readonly<Record<string, number>> = {
  ...{ s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 },
};

/** `90s`, `10m`, `2h` or `7d` ago, or a day or a time. */
function agoOrTime(flag: string, given: unknown): string {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(String(given)) ?? [];
  return count === undefined
    ? timeOf(flag, given)
    : new Date(Date.now() - Number(count) * (unitMs[unit] ?? 0)).toISOString();
}

/** Options as a query. @throws {Stop} with a line for each that is wrong. */
export function queryFrom<T extends z.ZodType>(schema: T, options: unknown): z.output<T> {
  const query = schema.safeParse(options);
  if (query.success) return query.data;
  const lines = query.error.issues.map((issue) => `--${issue.path.join('.')}: ${issue.message}`);
  throw new Stop(ExitCode.wrongInput, lines.join('\n'));
}
