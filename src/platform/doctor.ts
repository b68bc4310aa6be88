import type { Finding } from '../contracts/doctor.ts';
import {
  lookAtDatabase,
  lookAtStandIns,
  lookAtTemporal,
  type DoctorDeps,
  type Look,
} from './doctor-servers.ts';
import { examineLogins } from './doctor-logins.ts';
import { lookAtSettings } from './doctor-settings.ts';
import {
  lookAtDisk,
  lookAtMedia,
  lookAtMemoryFiles,
  lookAtSchedules,
  lookAtWorkers,
} from './doctor-work.ts';
import { within } from './within.ts';

/** Longer than any look waits for its server, also on a machine that is busy. */
const answersWithinMs = 9_000;

/** What is looked at besides settings and logins: who adds a part adds a line. */
const looks: readonly (readonly [about: string, look: Look])[] = [
  ['disk', lookAtDisk],
  ['media', lookAtMedia],
  ['database', lookAtDatabase],
  ['temporal', lookAtTemporal],
  ['workers', lookAtWorkers],
  ['schedules', lookAtSchedules],
  ['memory', lookAtMemoryFiles],
  ['stand-ins', lookAtStandIns],
];

/**
 * Looks at everything the system needs, all at once; needs no worker, and never throws.
 *
 * @param withinMs how long vendors may take; the rest ends within 9 s.
 */
export async function diagnose(deps: DoctorDeps, withinMs: number): Promise<readonly Finding[]> {
  const [servers, logins] = await Promise.all([
    examine(deps),
    examineLogins(deps.config, withinMs),
  ]);
  return [...lookAtSettings(), ...servers, ...logins];
}

async function examine(deps: DoctorDeps): Promise<readonly Finding[]> {
  const found = await Promise.all(
    looks.map(async ([about, look]): Promise<readonly Finding[]> => {
      try {
        const findings = await within(answersWithinMs, look(deps));
        return findings.map((finding) => ({ about, ...finding }));
      } catch (error) {
        return [{ state: 'wrong', about, message: `Could not be looked at: ${wordsOf(error)}` }];
      }
    }),
  );
  return found.flat();
}

/** What the deepest cause of an error says, which is nearest to what went wrong. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return wordsOf(error.cause);
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : '';
  return `${error.message || error.name}${error.message.includes(code.slice(2, -1)) ? '' : code}`;
}
