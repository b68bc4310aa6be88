import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';
import type { VendorRequest } from '../../contracts/dry-run.ts';
import { FailureType } from '../../contracts/failures.ts';
import { pollSeconds } from '../../contracts/vendor-job.ts';
import type { Account } from '../../platform/config.ts';
import type { Found } from '../../platform/ledger.ts';
import { askAgainInMs } from '../../rules/poll.ts';
import type { CapabilityCall } from '../activities.ts';
import { stillAtWork, type Plan } from '../once.ts';
import { pollSecondsAfter } from '../poll.ts';
import { isOver, Started, type ActorRun } from './answers.ts';
import type { LeadsDeps } from './deps.ts';

/** What an actor is to do, and what that may cost. */
interface Work {
  readonly actor: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly maxItems: number;
  readonly maxCostUsd: number;
}

/** The one request that starts an actor, with the guards of its cost. */
export function startRequest({ actor, input, maxItems, maxCostUsd }: Work): VendorRequest {
  const limits = new URLSearchParams({
    maxItems: String(maxItems),
    maxTotalChargeUsd: String(maxCostUsd),
  });
  const path = `/v2/actors/${actor.replace('/', '~')}/runs?${limits.toString()}`;
  return { method: 'POST', path, body: input };
}

/** A request's own part of its key in the ledger: another request is another effect. */
export const digestOf = (request: VendorRequest): string =>
  createHash('sha256').update(JSON.stringify(request)).digest('hex').slice(0, 16);

/** The clocks of the vendor and of our database may differ by so much. */
const clocksDifferMs = 600_000;
/** How soon a start may show whose answer was lost. */
const startsWithinMs = 5_000;
const Body = z.record(z.string(), z.unknown());

/**
 * Looks for the run behind a start whose answer was lost: one of the actor that is no older than
 * the intention, and was given the same input. What the actor filled in beside it does not count.
 */
export async function findRun(
  { client, ledger }: Pick<LeadsDeps, 'client' | 'ledger'>,
  account: Account,
  actor: string,
  { key, request }: Pick<Plan, 'key' | 'request'>,
): Promise<Found<Started>> {
  const intent = await ledger.show(key);
  const since = new Date(Date.parse(intent?.createdAt ?? '') - clocksDifferMs);
  const wanted = Object.entries(Body.parse(request.body));
  for await (const run of client.runsSince(account, actor, since)) {
    const given = Body.safeParse(await client.inputOf(account, run));
    const isSame =
      given.success && wanted.every(([name, value]) => isDeepStrictEqual(given.data[name], value));
    if (isSame) return { kind: 'found', result: { runId: run.id } };
  }
  return { kind: 'absent' };
}

/**
 * A run that is over, however it ended.
 *
 * @param share how much of the right time to wait before it is asked again: of several runs each try
 * asks for one.
 * @throws `NotReady` while it is at work (tried again when it is time), `NotFound` when nobody knows
 * which run it is.
 */
export async function endedRun(
  { client }: Pick<LeadsDeps, 'client'>,
  { runId }: Started,
  { tunables }: Pick<CapabilityCall, 'tunables'>,
  account: Account,
  share = 1,
): Promise<ActorRun> {
  if (runId === null) {
    throw ApplicationFailure.nonRetryable(
      'A person said that this run was started, but nobody knows its id: start the work again with another edition',
      FailureType.NotFound,
    );
  }
  const run = await client.run(account, runId);
  if (isOver(run)) return run;
  const elapsedMs = Date.now() - run.startedAt.getTime();
  throw stillAtWork(
    `Apify's run ${run.id} (${run.status})`,
    share * askAgainInMs(elapsedMs, tunables.pollSeconds ?? pollSeconds.default),
  );
}

/**
 * Ends the run behind a start, once it is known which one it is; one that is over stays as it ended.
 *
 * @throws `NotReady` (tried again) while an answer that was lost leaves open whether there is one.
 */
export async function abortRun(
  deps: Pick<LeadsDeps, 'client' | 'ledger'>,
  account: Account,
  actor: string,
  plan: Pick<Plan, 'key' | 'request'>,
): Promise<void> {
  const { client, ledger } = deps;
  const row = await ledger.show(plan.key);
  if (!row || row.state === 'intent' || row.state === 'refused') return;
  const kept = Started.safeParse(row.result).data;
  const found = kept ? undefined : await findRun(deps, account, actor, plan);
  const runId = kept?.runId ?? (found?.kind === 'found' ? found.result.runId : null);
  if (runId === null) {
    if (row.state === 'sending') throw stillAtWork(`The start of ${plan.key}`, startsWithinMs);
    return;
  }
  if (!isOver(await client.run(account, runId))) await client.abort(account, runId);
}

/** The interval that would have been right for a run, for the result. */
export const pollSecondsFor = (
  { startedAt, finishedAt }: ActorRun,
  call: Pick<CapabilityCall, 'tunables'>,
): { readonly pollSeconds?: number } =>
  pollSecondsAfter((finishedAt ?? startedAt).getTime() - startedAt.getTime(), call);

/** What is thrown of a run that ended before its time and left nothing. */
export const leftNothing = ({ id, status, statusMessage }: ActorRun): ApplicationFailure =>
  ApplicationFailure.nonRetryable(
    `Apify's run ${id} ended as ${status} without a result: “${statusMessage ?? ''}”. Look at it there, then start the work again with another edition`,
    FailureType.JobFailed,
  );
