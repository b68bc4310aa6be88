import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Totals } from './contender.ts';

const Reply = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('totals'), results: z.number(), indexSum: z.number() }),
  z.object({ kind: z.literal('failed'), message: z.string() }),
]);
type Reply = z.infer<typeof Reply>;

const Call = z.object({ tasks: z.number(), ms: z.number() });

/** A run the worker is asked for, where it is the worker that submits or counts. */
export type Call = z.infer<typeof Call>;

/** The worker of a contender, a process of its own. */
export interface WorkerProcess {
  /** Asks it for a run, or to say when it has carried out that many tasks. */
  call(call: Call): Promise<Totals>;
  /** Ends it gently; it is killed when that takes longer than 15 s. */
  stop(): Promise<void>;
}

/** What a worker's script makes of its settings. */
export interface Worker {
  readonly call?: (call: Call) => Promise<Totals>;
  stop(): Promise<void>;
}

/**
 * Starts a worker's script and waits until it takes work.
 *
 * @param script name of a file beside this one, which calls `serve`.
 * @param settings the argument of its `serve`.
 */
export async function startWorker(script: string, settings: object): Promise<WorkerProcess> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = fork(path, [JSON.stringify(settings)], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  /** The next message; a worker has one call under way at a time. */
  const reply = async (): Promise<Reply> => {
    const left = new AbortController();
    try {
      const [message] = z
        .tuple([z.unknown()])
        .rest(z.unknown())
        .parse(
          await Promise.race([
            once(child, 'message', { signal: left.signal }),
            ended.then(([code]) => {
              throw new Error(`${script} ended by itself with code ${String(code)}`);
            }),
          ]),
        );
      const parsed = Reply.parse(message);
      if (parsed.kind === 'failed') throw new Error(`${script} failed: ${parsed.message}`);
      return parsed;
    } finally {
      left.abort();
    }
  };
  await reply();
  return {
    async call(call) {
      child.send(call);
      const answer = await reply();
      if (answer.kind !== 'totals') throw new Error(`${script} answered ${answer.kind}`);
      return answer;
    },
    async stop() {
      const force = setTimeout(() => child.kill('SIGKILL'), 15_000);
      if (child.connected) child.disconnect();
      await ended;
      clearTimeout(force);
    },
  };
}

/** The worker's side: starts it, answers calls, and ends when the bench goes away. */
export async function serve<S extends z.ZodType>(
  schema: S,
  start: (settings: z.infer<S>) => Promise<Worker>,
): Promise<void> {
  const say = (reply: Reply) => process.send?.(reply);
  const worker = await start(schema.parse(JSON.parse(process.argv[2] ?? '{}')));
  process.on('message', (message) => {
    void Promise.resolve(worker.call?.(Call.parse(message))).then(
      (totals) => totals && say({ kind: 'totals', ...totals }),
      (error: unknown) => say({ kind: 'failed', message: String(error) }),
    );
  });
  process.once('disconnect', () => {
    setTimeout(() => process.exit(1), 10_000).unref(); // some wait for what is still under way
    void worker.stop().finally(() => process.exit());
  });
  say({ kind: 'ready' });
}
