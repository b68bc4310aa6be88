import { setTimeout as sleep } from 'node:timers/promises';
import { styleText } from 'node:util';
import type { StartedRun } from '../contracts/api.ts';
import type { SwarmDetail } from '../contracts/swarm.ts';
import { spanInWords } from '../rules/time-in-words.ts';
import { unreachable } from './exit.ts';
import { leaveEarly, silenceMs, silent } from './follow.ts';
import { number, say } from './output.ts';
import type { Session } from './session.ts';

const lookEveryMs = 500;
/** Without a terminal a line says the same again only so often. */
const sayEveryMs = 5_000;
const barWidth = 24;

/**
 * Waits for the end of a swarm and shows how far it is: a bar on a terminal, lines elsewhere.
 * Leaving early leaves the swarm going.
 *
 * @throws {Stop} when time is up, on Ctrl-C, and when Temporal stays silent for two minutes.
 */
export async function followSwarm(
  session: Session,
  run: StartedRun,
  { timeoutMs }: { readonly timeoutMs?: number | undefined },
): Promise<SwarmDetail> {
  const { createSwarmDetails } = await import('../platform/swarm-detail.ts');
  const details = createSwarmDetails(session);
  const leave = leaveEarly(run, timeoutMs, 'swarm');
  const progress = createProgress();
  let heardAt = Date.now();
  try {
    for (;;) {
      try {
        // a run that goes on as another one is followed by its id
        const detail = await details.read(run.workflowId);
        heardAt = Date.now();
        if (detail?.run.closedAt != null) return detail;
        progress.show(detail ? lineOf(detail) : 'Waits for a worker to load its tasks');
      } catch (error) {
        if (!unreachable(error)) throw error;
        if (Date.now() - heardAt > silenceMs) throw silent(run);
        progress.show('Temporal or the database does not answer; the swarm is safe, trying again');
      }
      await sleep(lookEveryMs, undefined, { signal: leave.signal }).catch(() => undefined);
      leave.signal.throwIfAborted();
    }
  } finally {
    progress.end();
    leave.release();
  }
}

/** `[########----------------] 33,400 of 100,000, 55 failed, 1,204 a second, 55 s left`. */
function lineOf({ counts, phase, paused, rate, secondsLeft, run }: SwarmDetail): string {
  const { total, completed, failed, retrying } = counts;
  if (run.state.kind === 'queued') return run.state.reason;
  if (phase === 'planning') return 'Loads its tasks';
  const share = total === 0 ? 0 : (completed + failed) / total;
  const full = Math.floor(share * barWidth);
  const bar = `[${'#'.repeat(full)}${'-'.repeat(barWidth - full)}]`;
  const parts = [
    `${bar} ${number(completed)} of ${number(total)}`,
    failed > 0 ? `${number(failed)} failed` : '',
    retrying > 0 ? `${number(retrying)} to be tried again` : '',
    paused ? `paused by ${paused.by}: ${paused.reason}` : `${number(rate)} a second`,
    paused || secondsLeft === null ? '' : `${spanInWords(secondsLeft * 1_000)} left`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function createProgress() {
  const stream = process.stderr;
  let said = '';
  let saidAt = 0;
  return {
    show(line: string) {
      if (stream.isTTY) {
        const room = Math.max(20, stream.columns - 1);
        stream.write(`\r\u001B[K${styleText('dim', line.slice(0, room), { stream })}`);
      } else if (line !== said && Date.now() - saidAt >= sayEveryMs) {
        say(`  ${line}`);
        saidAt = Date.now();
      }
      said = line;
    },
    end() {
      if (stream.isTTY && said !== '') stream.write('\r\u001B[K');
    },
  };
}
