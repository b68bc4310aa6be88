import type { Finding } from '../contracts/doctor.ts';
import {
  lookAtDatabase,
  lookAtStandIns,
  lookAtTemporal,
  type DoctorDeps,
  type Look,
} from './doctor-servers.ts';
import { lookAtDisk, lookAtMemoryFiles, lookAtSchedules, lookAtWorkers } from './doctor-work.ts';
import { within } from './within.ts';

const answersWithinMs = 6_000;

const looks: readonly (readonly [about: string, look: Look])[] = [
  ['disk', lookAtDisk],
  ['database', lookAtDatabase],
  ['temporal', lookAtTemporal],
  ['workers', lookAtWorkers],
  ['schedules', lookAtSchedules],
  ['memory', lookAtMemoryFiles],
  ['stand-ins', lookAtStandIns],
];

/** Looks at everything but settings and logins, all at once. Ends within 6 s and never throws. */
export async function examine(deps: DoctorDeps): Promise<readonly Finding[]> {
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
