import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openLog, type LogFile } from './log-file.ts';
import { commandLine, signal, writeRecords } from './process-record.ts';
import { diskAdvice } from './start-error.ts';

/** A process to keep running. */
interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Runs as this user. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  /** An open folder the process gets as descriptor 3. */
  readonly folder?: number | undefined;
  /** `message`: it is one of ours and sends `{ready: true}`. Otherwise resolves once it can be used. */
  readonly ready: 'message' | ((abandoned: AbortSignal) => Promise<void>);
  readonly readyWithinMs?: number;
  readonly stopSignal?: 'SIGTERM' | 'SIGINT';
  /** How long it may take to stop before it is killed. */
  readonly graceMs?: number;
}

/** Keeps processes running and takes all of them down again. */
export interface Supervisor {
  /**
   * Starts a process and keeps it running: one that dies later is started again, with growing pauses.
   *
   * @throws when it dies, or is not ready in time, at this first start; its last lines are in the message.
   */
  start(spec: ProcessSpec): Promise<void>;
  /** The number of a running process. */
  pidOf(name: string): number | undefined;
  /** Whether it runs and has said that it can be used. */
  isReady(name: string): boolean;
  /** Stops all in reverse order, gently and then by force; a second call waits for the first. */
  stop(): Promise<void>;
  /** Kills all at once. */
  readonly kill: () => void;
}

/** Tells the person who watches; trouble as a warning. */
export type Say = (line: string, level?: 'warn') => void;

interface Managed {
  readonly spec: ProcessSpec;
  readonly log: LogFile;
  child: ChildProcess | undefined;
  isReady: boolean;
  ended: Promise<unknown>;
}

const growingPausesMs = [200, 1_000, 3_000, 10_000, 30_000];
const healthyAfterMs = 60_000;
const preload = fileURLToPath(new URL('./child.ts', import.meta.url));

/** A process of our own, started as this one was: Node, unbuilt TypeScript. */
export function nodeProcess(script: string, ...args: readonly string[]) {
  return {
    command: process.execPath,
    args: ['--disable-warning=ExperimentalWarning', '--import', preload, script, ...args],
    ready: 'message' as const,
  };
}

/**
 * Every process gets a group of its own, so that Ctrl-C in the terminal reaches only us and we
 * decide the order in which things stop.
 *
 * @param stateDir holds `logs/<name>.log` and the list of running processes.
 * @param say one line for the person who watches.
 * @param pausesMs before a process that died is started again: after its first death, its second …
 */
export function createSupervisor(
  stateDir: string,
  say: Say,
  pausesMs: readonly number[] = growingPausesMs,
): Supervisor {
  const managed: Managed[] = [];
  const stopping = new AbortController();
  let stopped: Promise<void> | undefined;
  let unnoted = '';
  const isStopping = () => stopping.signal.aborted;

  /** Without the note all goes on; only a start after a crash would not know what to end. */
  function record(): void {
    const records = managed.flatMap(({ spec, child }) => {
      const command = child?.pid && commandLine(child.pid);
      if (!child?.pid || !command) return [];
      return [
        { name: spec.name, pid: child.pid, command, stopSignal: spec.stopSignal ?? 'SIGTERM' },
      ];
    });
    try {
      writeRecords(recordsOf(stateDir), records);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const advice = diskAdvice(why, stateDir) ?? why;
      if (advice !== unnoted) say(`Running processes could not be noted. ${advice}`);
      unnoted = advice;
    }
  }

  /** Runs the process once. Resolves when it has ended; `onReady` is called in between. */
  async function runOnce(entry: Managed, onReady: () => void): Promise<string> {
    const { spec, log } = entry;
    const child = spawn(spec.command, spec.args, {
      detached: true,
      env: { ...process.env, ...spec.env },
      stdio: [
        'ignore',
        'pipe',
        'pipe',
        spec.ready === 'message' ? 'ipc' : (spec.folder ?? 'ignore'),
      ],
      ...spec.user,
    });
    entry.child = child;
    const ended = endOf(child);
    entry.ended = ended;
    child.stdout?.on('data', (chunk: Buffer) => log.write(chunk));
    child.stderr?.on('data', (chunk: Buffer) => log.write(chunk));
    record();

    const abandoned = new AbortController();
    const withinMs = spec.readyWithinMs ?? 60_000;
    const readiness = spec.ready === 'message' ? readyMessage(child) : spec.ready(abandoned.signal);
    const first = await Promise.race([
      readiness.then(() => 'ready' as const),
      ended.then(() => 'ended' as const),
      delay(withinMs, 'late' as const, { signal: abandoned.signal }).catch(() => 'ended' as const),
    ]).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
    abandoned.abort();
    readiness.catch(() => undefined);

    if (first === 'ready') {
      entry.isReady = true;
      onReady();
    }
    if (first !== 'ready' && first !== 'ended' && child.pid) signal(-child.pid, 'SIGKILL');
    const how = await ended;
    if (child.pid) signal(-child.pid, 'SIGKILL'); // whatever it started itself
    entry.child = undefined;
    entry.isReady = false;
    record();
    if (first === 'late') return `was not ready within ${withinMs / 1000} s`;
    return first instanceof Error ? `was not ready: ${first.message}` : how;
  }

  /** Runs the process again and again; resolves with why it ended if it never got ready. */
  async function keep(entry: Managed, onReady: () => void): Promise<string> {
    const { spec } = entry;
    let readyTimes = 0;
    for (let failures = 0; ;) {
      const startedAt = Date.now();
      const reason = await runOnce(entry, () => {
        if (readyTimes++ > 0) say(`${spec.name} runs again`);
        onReady();
      });
      if (isStopping() || readyTimes === 0) return reason;
      if (Date.now() - startedAt > healthyAfterMs) failures = 0;
      const pauseMs = pausesMs[Math.min(failures++, pausesMs.length - 1)] ?? 30_000;
      say(`${spec.name} ${reason}; starting it again (log: ${entry.log.path})`, 'warn');
      await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (isStopping()) return reason;
    }
  }

  async function stopOne({ spec, child, ended, log }: Managed): Promise<void> {
    if (child?.pid) {
      const { pid } = child;
      signal(pid, spec.stopSignal ?? 'SIGTERM');
      const force = setTimeout(() => signal(-pid, 'SIGKILL'), spec.graceMs ?? 15_000);
      await ended;
      clearTimeout(force);
    }
    log.close();
  }

  const supervisor: Supervisor = {
    async start(spec) {
      if (isStopping()) throw new Error(`${spec.name} was not started: we are stopping`);
      const log = openLog(join(stateDir, 'logs', `${spec.name}.log`));
      const entry: Managed = {
        spec,
        log,
        child: undefined,
        isReady: false,
        ended: Promise.resolve(),
      };
      managed.push(entry);
      const failure = await new Promise<string | undefined>((resolve) => {
        void keep(entry, () => resolve(undefined)).then(resolve, (error: unknown) =>
          resolve(String(error)),
        );
      });
      if (failure === undefined) return;
      throw new Error(
        isStopping()
          ? `${spec.name} was stopped before it was ready`
          : `${spec.name} ${failure}. Its last lines (${log.path}):\n${log.tail()}`,
      );
    },
    pidOf: (name) => managed.find(({ spec }) => spec.name === name)?.child?.pid,
    isReady: (name) => managed.find(({ spec }) => spec.name === name)?.isReady === true,
    stop() {
      stopping.abort();
      stopped ??= (async () => {
        for (const entry of managed.toReversed()) await stopOne(entry);
        process.off('exit', supervisor.kill);
      })();
      return stopped;
    },
    kill() {
      stopping.abort();
      for (const { child } of managed.toReversed()) if (child?.pid) signal(-child.pid, 'SIGKILL');
    },
  };
  process.once('exit', supervisor.kill); // our own crash must not leave them running
  return supervisor;
}

/** The list of running processes in a state folder. */
export function recordsOf(stateDir: string): string {
  return join(stateDir, 'processes.json');
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(`could not be started: ${error.message}`));
    child.once('exit', (code, name) =>
      resolve(name === null ? `ended with code ${code ?? 0}` : `was ended by ${name}`),
    );
  });
}

function readyMessage(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.on('message', (message) => {
      if (typeof message === 'object' && 'ready' in message) resolve();
    });
  });
}
