/** How often to ask for a job that takes a while. */

const soonestSeconds = 1;
const share = 10;
const fewestPolls = 5;
const mostPolls = 20;

/**
 * When to ask again: after as long as the job has taken up to now, so that short ones are seen at
 * once, and at the latest after the interval given.
 */
export const askAgainInMs = (elapsedMs: number, pollSeconds: number): number =>
  1_000 * Math.min(Math.max(elapsedMs / 1_000, soonestSeconds), pollSeconds);

/**
 * The interval that would have been right for a job: a tenth of what it took. One that came near
 * is kept; `undefined` where the job was over before the interval came into play.
 */
export function rightPollSeconds(tookSeconds: number, pollSeconds: number): number | undefined {
  const polls = tookSeconds / pollSeconds;
  if (polls < 1) return undefined;
  const isRight = polls >= fewestPolls && polls <= mostPolls;
  return isRight ? pollSeconds : Math.max(Math.round(tookSeconds / share), soonestSeconds);
}
