import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { digestOf } from '../../contracts/digest.ts';
import { FailureType } from '../../contracts/failures.ts';
import type { NoticeInput, NoticeOutput } from '../../contracts/notify.ts';
import { channelOf } from '../../platform/channels.ts';
import type { Account } from '../../platform/config.ts';
import type { Suppressions } from '../../platform/suppressions.ts';
import type { CapabilityActivity } from '../activities.ts';
import type { NotifyClient } from './client.ts';

/** What the agent's activity needs from outside. */
export interface NotifyDeps {
  readonly client: Pick<NotifyClient, 'send'>;
  readonly suppressions: Pick<Suppressions, 'refuse'>;
  /** The channel of that name. */
  readonly account: (name: string) => Account;
}

/**
 * Sends one message to one channel. No channel can be asked what it has, so a try after a lost answer
 * says it again, under the same id.
 */
export const sendNotice =
  ({
    client,
    suppressions,
    account: find,
  }: NotifyDeps): CapabilityActivity<NoticeInput, NoticeOutput> =>
  async ({ account: name, input, provenance }) => {
    const account = find(name);
    const channel = channelOf(account.apiKey);
    const id = input.id ?? digestOf([activityInfo().workflowExecution?.runId, name, input]);
    const wanted = channel.kind === 'email' ? channel.to : [];
    const refusals = await suppressions.refuse(wanted);
    const to = wanted.filter((each) => refusals.every(({ address }) => address !== each));
    const leftOut = refusals.map(({ address, reason }) => `${address}: ${reason}`);
    if (channel.kind === 'email' && to.length === 0) {
      throw ApplicationFailure.nonRetryable(
        `All addresses of channel ${name} are on the suppression list: ${leftOut.join('; ')}`,
        FailureType.Suppressed,
      );
    }
    const isMadeUp = provenance === 'stand-in' && !account.isStandIn;
    const { isCut, refused } = await client.send(
      account,
      { ...input, id, text: isMadeUp ? `(Made-up data) ${input.text}` : input.text },
      to,
    );
    return { channel: name, kind: channel.kind, id, isCut, leftOut: [...leftOut, ...refused] };
  };
