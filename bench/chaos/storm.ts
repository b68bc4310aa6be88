import { setTimeout as delay } from 'node:timers/promises';
import { longestTurnMs } from '../../src/activities/turn.ts';
import { diceOf } from '../../test/support/dice.ts';
import { bounds, workers, type Part, type Stage, type Way } from './stage.ts';
import { badWeather } from './weather.ts';
import type { Work } from './work.ts';

/** What a storm does to the system, and how often among a score of blows. */
const blows = {
  'kill a worker': 4,
  'kill both workers': 1,
  'kill Temporal': 3,
  'kill Postgres': 3,
  'kill the dashboard': 2,
  'freeze a worker': 2,
  'freeze a worker beyond the bound': 1,
  'cut connections': 2,
  'hold connections up': 1,
  'renew a worker': 1,
} as const;
/** One kind of harm. */
export type Blow = keyof typeof blows;
const deck = Object.entries(blows).flatMap(([blow, times]) =>
  Array.from({ length: times }, () => blow),
);

/** One blow, and how things went on. */
export interface Struck {
  readonly blow: string;
  readonly at: Date;
  /** Processes that it killed. */
  readonly killed: readonly number[];
  /** Until a run that was asked for right afterwards had ended and its page said so. */
  readonly tookMs: number;
}

interface StormOptions {
  readonly stage: Stage;
  readonly work: Work;
  readonly seed: number;
  /** It ends after so many killed processes … */
  readonly kills: number;
  /** … or so much time. */
  readonly minutes: number;
  readonly say: (line: string) => void;
}

/** What a storm did. */
export interface Storm {
  readonly struck: readonly Struck[];
  readonly weather: Readonly<Record<string, number>>;
}

/** A worker that stands still for longer may have lost what it was sending to another one. */
export const boundMs = 1_000 * (bounds.vendorTimeout + bounds.freeze) + longestTurnMs;

/** Strikes again and again, each time once things go on. */
export async function storm(options: StormOptions): Promise<Storm> {
  const { stage, work, seed, kills, minutes, say } = options;
  const dice = diceOf(seed);
  const among = <T>(first: T, ...others: readonly T[]): T =>
    [first, ...others][Math.floor(dice() * (others.length + 1))] ?? first;
  const struck: Struck[] = [];
  const endsAt = Date.now() + minutes * 60_000;
  const weather = badWeather(stage.vendorsUrl, diceOf(seed + 1_000));

  const kill = (parts: readonly Part[]): readonly number[] =>
    parts.flatMap((part) => {
      const pid = stage.pidOf(part) ?? [];
      stage.kill(part);
      return pid;
    });
  const freeze = async (forMs: number): Promise<void> => {
    const thaw = stage.freeze(among(...workers));
    await delay(forMs);
    thaw();
  };
  const hinder = async (how: 'cut' | 'block', forMs: number): Promise<void> => {
    const cable = stage.cables[among<Way>('postgres', 'temporal', 'vendors')];
    cable[how]();
    await delay(forMs);
    await cable.mend();
  };

  /** @returns the processes that were killed, and when the blow itself is over. */
  function strike(blow: string): { killed: readonly number[]; over: Promise<void> } {
    const dead = (parts: readonly Part[]) => ({ killed: kill(parts), over: Promise.resolve() });
    const lasting = (over: Promise<void>) => ({ killed: [], over });
    switch (blow) {
      case 'kill a worker':
        return dead([among(...workers)]);
      case 'kill both workers':
        return dead(workers);
      case 'kill Temporal':
        return dead(['temporal']);
      case 'kill Postgres':
        return dead(['postgres']);
      case 'kill the dashboard':
        return dead(['dashboard']);
      case 'freeze a worker':
        return lasting(freeze(2_000 + dice() * (boundMs - 4_000)));
      case 'freeze a worker beyond the bound':
        return lasting(freeze(boundMs + 2_000));
      case 'cut connections':
        return lasting(hinder('cut', 200 + dice() * 2_000));
      case 'hold connections up':
        return lasting(hinder('block', 500 + dice() * 4_000));
      default:
        stage.renew(among(...workers));
        return lasting(Promise.resolve());
    }
  }

  const sum = () => struck.reduce((all, { killed }) => all + killed.length, 0);
  while (sum() < kills && Date.now() < endsAt) {
    const drawn = among('kill a worker', ...deck);
    // when the other one is not back yet, this is another thing
    const isLast = drawn === 'kill a worker' && !workers.every((worker) => stage.isReady(worker));
    const blow = isLast ? 'kill both workers' : drawn;
    const at = new Date();
    const { killed, over } = strike(blow);
    await work.pulse(`after ${struck.length + 1} ${blow}`);
    const tookMs = Date.now() - at.getTime();
    struck.push({ blow, at, killed, tookMs });
    say(`${blow}: on again after ${(tookMs / 1_000).toFixed(1)} s (${sum()} of ${kills} kills)`);
    await over;
    await delay(300 + dice() * 2_200);
  }
  return { struck, weather: await weather.end() };
}
