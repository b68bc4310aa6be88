import type { Lesson } from '../../src/contracts/memory.ts';
import type { FaultRuleInput } from '../../src/sandbox/faults.ts';
import { lotsOf } from './chance.ts';

/** Mailboxes of each account: more than one question in chunks may name. */
export const mailboxes = 250;
/** What one question in chunks names at most, while nobody knows better. */
const widest = 200;
/** A day's work, one after the other. */
export const parts = ['swarm', 'first run', 'second run'] as const;
export type Part = (typeof parts)[number];

/** One login's vendor over all days. */
interface Trouble {
  /** What is wrong with the vendor at that time; all is well when nothing is. */
  faults(day: number, part: Part): readonly FaultRuleInput[];
  /** Whether a constraint forbids, at the end of a day, what the vendor takes. */
  isWrong(lesson: Lesson, day: number): boolean;
}

const whole = { aboveAddresses: widest } as const;
const answers = (status: number) => ({ kind: 'status' as const, status });
const forbids = ({ rule }: Lesson): boolean => rule.kind === 'avoid' || rule.kind === 'bound';

/** Three kinds of trouble, with moments and numbers that are drawn by the seed. */
export function troublesOf(seed: number) {
  const lot = lotsOf(seed, 9);
  const limit = Math.round(lot.spread(30, 90));
  const goneOn = 3;
  const goneAfter = Math.floor(lot.between(2, 6));
  const backOn = Math.floor(lot.between(5, 7));
  const disguise = lot.oneOf([400, 409, 422]);
  const awayOn = 2;
  const pathFrom = 4;
  const pathTo = Math.floor(lot.between(5, 7));
  const all = {
    /** Every question about more than so many addresses is refused, always. */
    'limit of addresses': {
      faults: () => [{ fault: { kind: 'too-large' as const, above: limit } }],
      isWrong: ({ rule }: Lesson) =>
        (rule.kind === 'avoid' && rule.method === 'in-chunks') ||
        (rule.kind === 'bound' && 2 * rule.value <= limit),
    },
    /** In the middle of a swarm the whole workspace can no longer be asked for; days later it can. */
    'removed endpoint': {
      faults(day: number, part: Part) {
        const gone = { ...whole, fault: answers(410) };
        if (day < goneOn || day >= backOn) return [];
        if (day > goneOn || part !== 'swarm') return [gone];
        return [{ ...whole, times: goneAfter, fault: { kind: 'slow' as const, delayMs: 1 } }, gone];
      },
      isWrong: (lesson: Lesson, day: number) =>
        forbids(lesson) && (day >= backOn || !isAboutWhole(lesson)),
    },
    /** Outages that look like refusals: of everything for one run, and of one path for days. */
    'outages in disguise': {
      faults(day: number, part: Part) {
        const [isAway, isPathAway] = [day === awayOn, pathFrom <= day && day < pathTo];
        if (isAway && part === 'first run') return [{ fault: answers(disguise) }];
        return isPathAway ? [{ ...whole, fault: answers(disguise) }] : [];
      },
      isWrong: (lesson: Lesson, day: number) =>
        forbids(lesson) && !(pathFrom <= day && day < pathTo && isAboutWhole(lesson)),
    },
  } satisfies Readonly<Record<string, Trouble>>;
  return {
    all,
    backOn,
    drawn: { limit, goneOn, goneAfter, backOn, disguise, awayOn, pathFrom, pathTo },
  };
}

const isAboutWhole = ({ rule }: Lesson): boolean =>
  rule.kind === 'avoid' && rule.method === 'whole-workspace';

/** What the days are full of. */
export type TroubleName = keyof ReturnType<typeof troublesOf>['all'];
