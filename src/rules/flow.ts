/** What a call at a vendor says about how much more the vendor takes. */
export type CallEnd = 'answered' | 'failed';

const smallestShare = 0.1;
const afterFailure = 0.7;
const afterAnswer = 0.02;
const longestGuessMs = 60_000;

/**
 * The share of the allowed rate to use next, 0.1 to 1: each failure takes away three tenths of it,
 * each answer gives back a fiftieth of the whole.
 */
export const nextShare = (share: number, end: CallEnd): number =>
  end === 'failed'
    ? Math.max(smallestShare, share * afterFailure)
    : Math.min(1, share + afterAnswer);

/**
 * How long to leave a vendor alone that named no time: 1 s, 2 s, 4 s … at most a minute.
 *
 * @param guesses how often that was guessed since a call went well.
 */
export const guessMs = (guesses: number): number =>
  Math.min(1_000 * 2 ** Math.min(guesses, 10), longestGuessMs);

/** The name under which calls of one login at one vendor share their limits. */
export const flowKeyOf = (vendor: string, account: string): string => `${vendor}:${account}`;
