import { Option } from 'commander';
import { z } from 'zod';
import type { MemoryDiff } from '../contracts/memory-views.ts';
import { World } from '../contracts/memory.ts';
import { ExitCode, Stop } from './exit.ts';
import { faint } from './output.ts';

/** `--world`, for all that speak of one memory. */
export const worldOption = (): Option =>
  new Option('--world <world>', 'what vendors taught, or what stand-ins did').choices(
    World.options,
  );

const Entry = z.coerce.number().int().min(0);

/** The number of an entry, as somebody typed it. @throws {Stop} */
export function entryOf(name: string, text: string): number {
  const number = Entry.safeParse(text.trim() === '' ? undefined : text);
  if (number.success) return number.data;
  const message = `${name}: expected the number of an entry, such as 12; came “${text}”`;
  throw new Stop(ExitCode.wrongInput, message);
}

/** A diff as people read it. */
export const linesOf = (lines: MemoryDiff['lines']): string =>
  lines.map(({ sign, text }) => (sign === ' ' ? faint(`  ${text}`) : `${sign} ${text}`)).join('\n');
