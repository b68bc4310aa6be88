/** What a call at a vendor says about how much more the vendor takes. */
export type CallEnd = 'answered' | 'failed';

/** How a share of the rate changes: it is multiplied, then added to, then kept within its bounds. */
export interface ShareStep {
  readonly times: number;
  readonly plus: number;
}

/** The bounds of the share of the allowed rate that is used. */
export const shareBounds = { least: 0.1, most: 1 } as const;
const afterFailure = 0.7;
const afterAnswer = 0.02;
const longestGuessMs = 60_000;

/**
 * What ends that are told together say: any failure among them takes away three tenths, once;
 * without one each answer gives back a fiftieth of the whole.
 */
export const shareStep = (ends: readonly CallEnd[]): ShareStep =>
  ends.includes('failed')
    ? { times: afterFailure, plus: 0 }
    : { times: 1, plus: ends.length * afterAnswer };

/** The share of the allowed rate to use next, 0.1 to 1. */
export const nextShare = (share: number, { times, plus }: ShareStep): number =>
  Math.min(shareBounds.most, Math.max(shareBounds.least, share * times + plus));

/**
 * How long to leave a vendor alone that named no time: 1 s, 2 s, 4 s … at most a minute.
 *
 * @param guesses how often that was guessed since a call went well.
 */
export const guessMs = (guesses: number): number =>
  Math.min(1_000 * 2 ** Math.min(guesses, 10), longestGuessMs);

/** The name under which calls of one login at one vendor share their limits. */
export const flowKeyOf = (vendor: string, account: string): string => `${vendor}:${account}`;

/** Who gets an equal share of a flow key: a run, or a swarm with all its squads. */
export const partyOf = (workflowId: string): string => workflowId.split(':squad')[0] ?? workflowId;

/** The slots that one statement gave: none before `firstMs`, and in each lane so far apart. */
export interface Slots {
  readonly firstMs: number;
  readonly lanes: readonly { readonly fromMs: number; readonly everyMs: number }[];
}

/** When slot `index`, counted from 0, is due. */
export const dueMs = ({ firstMs, lanes }: Slots, index: number): number =>
  Math.max(firstMs, ...lanes.map(({ fromMs, everyMs }) => fromMs + index * everyMs));

/**
 * Whose turn each of several slots is: one for each in turn, as long as it has some left.
 *
 * @param counts how many slots each got. @returns their indexes, slot by slot.
 */
export function takeTurns(counts: readonly number[]): number[] {
  const rounds = Array.from({ length: Math.max(0, ...counts) }, (_, round) => round);
  return rounds.flatMap((round) =>
    counts.flatMap((count, index) => (count > round ? [index] : [])),
  );
}
