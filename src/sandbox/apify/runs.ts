import type { Actor, ActorSize } from './actors.ts';

/** How runs of one account go. */
export interface ApifyOptions extends Partial<ActorSize> {
  /** Milliseconds until a run begins, and how long it then takes. Default 200 and 800. */
  readonly readyMs?: number;
  readonly runMs?: number;
  /** How runs end. Default SUCCEEDED. */
  readonly endsAs?: Ending;
  /** Share of its items that a run has when it ends otherwise than well. Default a half. */
  readonly partialShare?: number;
  /** The longest that `waitForFinish` holds a question. Default 60,000, as the vendor does. */
  readonly longestWaitMs?: number;
  /** The stored input also holds what the actor fills in. Default false. */
  readonly fillsInput?: boolean;
  /** Calls about one thing in any second before 429. Default 60. */
  readonly perSecond?: number;
}

type Ending = 'SUCCEEDED' | 'FAILED' | 'TIMED-OUT' | 'ABORTED';
type Item = Readonly<Record<string, unknown>>;

/** What a run was asked for beside its input. */
export interface RunLimits {
  readonly maxItems?: number | undefined;
  readonly maxTotalChargeUsd?: number | undefined;
  readonly timeoutSecs?: number | undefined;
  readonly memoryMbytes?: number | undefined;
}

/** One run; its state follows from the clock. */
export interface Run {
  readonly id: string;
  readonly datasetId: string;
  readonly storeId: string;
  readonly actor: Actor;
  readonly input: Item;
  readonly limits: RunLimits;
  readonly createdAt: number;
  /** All that it would find. */
  readonly items: readonly Item[];
  abortedAt: number | undefined;
}

/** How far a run is at one moment. */
export interface RunState {
  readonly status: 'READY' | 'RUNNING' | Ending;
  readonly isOver: boolean;
  readonly startedAt: number;
  readonly finishedAt: number | undefined;
  /** The items it has pushed. */
  readonly items: readonly Item[];
  readonly message: string;
  readonly exitCode: number | undefined;
}

const words: Readonly<Record<Ending, string>> = {
  SUCCEEDED: 'Finished',
  FAILED: 'The Actor process failed with exit code 1',
  'TIMED-OUT': 'The Actor run has reached its timeout',
  ABORTED: 'The Actor run was aborted',
};

/** The runs of one account. Nothing moves by itself: a run is looked at by the clock. */
export class Runs {
  readonly workspace: string;
  readonly #options: Required<Pick<ApifyOptions, 'readyMs' | 'runMs' | 'partialShare'>>;
  readonly #endsAs: Ending;
  readonly #size: ActorSize;
  readonly #fillsInput: boolean;
  readonly longestWaitMs: number;
  #runs: readonly Run[] = [];

  /** @param workspace makes the ids of its runs its own. */
  constructor(workspace: string, options: ApifyOptions) {
    this.workspace = workspace;
    const { readyMs = 200, runMs = 800, partialShare = 0.5 } = options;
    this.#options = { readyMs, runMs, partialShare };
    this.#endsAs = options.endsAs ?? 'SUCCEEDED';
    this.#size = {
      places: options.places ?? 40,
      ignoresUnknownInput: options.ignoresUnknownInput ?? false,
    };
    this.#fillsInput = options.fillsInput ?? false;
    this.longestWaitMs = options.longestWaitMs ?? 60_000;
  }

  /** Starts a run. @throws {Refusal} 400 for an input that the actor does not take. */
  start(actor: Actor, input: Item, limits: RunLimits): Run {
    const all = actor.items(input, this.#size);
    const affordable = Math.floor((limits.maxTotalChargeUsd ?? Infinity) / actor.usdPerItem);
    const number = `${this.workspace}-${this.#runs.length + 1}`;
    const run: Run = {
      id: `run-${number}`,
      datasetId: `dataset-${number}`,
      storeId: `store-${number}`,
      actor,
      input: this.#fillsInput ? { ...actor.defaults, ...input } : input,
      limits,
      createdAt: Date.now(),
      items: all.slice(0, Math.min(limits.maxItems ?? Infinity, affordable)),
      abortedAt: undefined,
    };
    this.#runs = [...this.#runs, run];
    return run;
  }

  /** Runs, the latest last; of one actor when one is named. */
  list(actor?: Actor): readonly Run[] {
    return actor ? this.#runs.filter((run) => run.actor === actor) : this.#runs;
  }

  find(by: 'id' | 'datasetId' | 'storeId', id: string): Run | undefined {
    return this.#runs.find((run) => run[by] === id);
  }

  /** Ends a run that is under way; one that is over stays as it ended. */
  abort(run: Run): void {
    if (!this.stateOf(run).isOver) run.abortedAt = Date.now();
  }

  stateOf(run: Run, now = Date.now()): RunState {
    const { readyMs, runMs, partialShare } = this.#options;
    const startedAt = run.createdAt + readyMs;
    const endsAt = startedAt + runMs;
    const isOver = run.abortedAt !== undefined || now >= endsAt;
    const ending: Ending = run.abortedAt === undefined ? this.#endsAs : 'ABORTED';
    const upTo = Math.min(now, run.abortedAt ?? endsAt);
    const done = upTo >= endsAt ? 1 : Math.max(0, (upTo - startedAt) / runMs);
    const share = ending === 'SUCCEEDED' ? done : Math.min(done, partialShare);
    return {
      status: isOver ? ending : now < startedAt ? 'READY' : 'RUNNING',
      isOver,
      startedAt: run.createdAt,
      finishedAt: isOver ? (run.abortedAt ?? endsAt) : undefined,
      items: run.items.slice(0, Math.floor(run.items.length * share)),
      message: isOver ? words[ending] : 'Crawling',
      exitCode: isOver ? (ending === 'SUCCEEDED' ? 0 : 1) : undefined,
    };
  }

  /** Waits for the end of a run, so long at most. */
  async ended(run: Run, forMs: number, gone: AbortSignal): Promise<void> {
    const until = Date.now() + Math.min(forMs, this.longestWaitMs);
    while (!this.stateOf(run).isOver && Date.now() < until && !gone.aborted) {
      await new Promise((resolve) => setTimeout(resolve, 20).unref());
    }
  }
}
