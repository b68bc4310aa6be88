import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { testRunFolder } from './servers.ts';

/** A folder of its own for a test file, which only this user may enter; gone after the test run. */
export function scratchFolder(): string {
  return mkdtempSync(join(testRunFolder(), 'scratch-'));
}

/** Writes a file, with its folders. @returns its path. */
export function write(path: string, content: string, mode = 0o644): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content, { mode });
  return path;
}

/** Waits for a value that is not `undefined` or `false`. @throws after the deadline, with what was waited for. */
export async function eventually<T>(
  what: string,
  look: () => T | Promise<T>,
  withinMs = 20_000,
): Promise<Exclude<T, undefined | false>> {
  const giveUpAt = Date.now() + withinMs;
  for (;;) {
    const value = await look();
    if (isThere(value)) return value;
    if (Date.now() > giveUpAt) throw new Error(`waited ${withinMs} ms for ${what}`);
    await delay(25);
  }
}

function isThere<T>(value: T): value is Exclude<T, undefined | false> {
  return value !== undefined && value !== false;
}
