import { randomInt } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { readLocalAddresses } from '../platform/config.ts';
import { freeBytesOf, neededBytes } from '../platform/disk.ts';
import { takeLock } from './lock.ts';
import { StartError } from './start-error.ts';

/** A port one of our servers wants. 0 asks for any free one. */
export interface WantedPort {
  readonly of: string;
  readonly setting:
    'DASHBOARD_PORT' | 'POSTGRES_PORT' | 'TEMPORAL_PORT' | 'TEMPORAL_UI_PORT' | 'SANDBOX_PORT';
  readonly host: string;
  readonly port: number;
}

/**
 * Makes the state folder ours until `release`.
 *
 * @throws {StartError} when another start uses it, with its address.
 */
export function claimFolder(stateDir: string): { readonly release: () => void } {
  mkdirSync(stateDir, { recursive: true });
  const lock = takeLock(join(stateDir, 'lock'));
  if (lock.kind === 'held') return lock;
  const url = readLocalAddresses(stateDir)?.DASHBOARD_URL;
  throw new StartError(
    `Agentic OS already runs in this folder (pid ${lock.pid}${url ? `, dashboard ${url}` : ''}). ` +
      'Use that one, or stop it first: Ctrl-C in its terminal, or ' +
      `\`kill ${lock.pid}\`.`,
  );
}

/** @throws {StartError} when the disk has less than 1 GiB left. */
export function checkDisk(folder: string, freeBytes = freeBytesOf(folder)): void {
  if (freeBytes >= neededBytes) return;
  const megabytes = Math.floor(freeBytes / 1024 ** 2);
  throw new StartError(
    `Only ${megabytes} MB are free on the disk of ${folder}; we need 1 GB. ` +
      'Free some space, or set AGENTIC_STATE_DIR to a folder on another disk.',
  );
}

/**
 * Finds out whether the ports are free, all before anything is started.
 *
 * @returns the ports by setting, with a free number in place of each 0.
 * @throws {StartError} one line for each port in use, with the setting that changes it.
 */
export async function claimPorts(
  wanted: readonly WantedPort[],
): Promise<ReadonlyMap<WantedPort['setting'], number>> {
  const claimed = new Map<WantedPort['setting'], number>();
  const inUse: string[] = [];
  for (const { of, setting, host, port } of wanted) {
    const free = [...claimed.values()].includes(port) ? undefined : await freePort(host, port);
    if (free !== undefined) claimed.set(setting, free);
    else {
      inUse.push(
        `Port ${port}, which the ${of} needs, is in use. ` +
          `Stop the program that has it, or set ${setting} in .env to a free port.`,
      );
    }
  }
  if (inUse.length > 0) throw new StartError(inUse.join('\n'));
  return claimed;
}

/**
 * The port itself, a free one for 0, or `undefined` when it is in use. Free ones lie below those
 * the system gives to outgoing connections, so that none of them takes it in the meantime.
 */
export async function freePort(host: string, port: number): Promise<number | undefined> {
  if (port !== 0) return (await isFree(host, port)) ? port : undefined;
  for (let tries = 0; tries < 100; tries += 1) {
    const candidate = randomInt(20_000, 32_000);
    if (await isFree(host, candidate)) return candidate;
  }
  return undefined;
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => {
      if ('code' in error && error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
