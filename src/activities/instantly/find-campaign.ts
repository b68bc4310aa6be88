import { ApplicationFailure } from '@temporalio/common';
import { FailureType } from '../../contracts/failures.ts';
import type { Account } from '../../platform/config.ts';
import type { CampaignState } from './answers.ts';
import type { InstantlyClient } from './client.ts';

const uuid = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;

/** The one campaign of exactly this name; `undefined` when there is none. @throws `InvalidInput` for several. */
export async function campaignOfName(
  client: InstantlyClient,
  account: Account,
  name: string,
): Promise<CampaignState | undefined> {
  const [found, ...more] = await client.campaignsNamed(account, name);
  if (more.length === 0) return found;
  throw ApplicationFailure.nonRetryable(
    `${more.length + 1} campaigns have the name “${name}”: rename all but one at Instantly, or use an id`,
    FailureType.InvalidInput,
  );
}

/** A campaign by its id or exact name. @throws `NotFound`, and `InvalidInput` for a name that several have. */
export async function findCampaign(
  client: InstantlyClient,
  account: Account,
  idOrName: string,
): Promise<CampaignState> {
  if (uuid.test(idOrName)) return client.campaign(account, idOrName);
  const found = await campaignOfName(client, account, idOrName);
  if (found) return found;
  throw ApplicationFailure.nonRetryable(
    `No campaign has exactly the name “${idOrName}”: names are compared letter by letter`,
    FailureType.NotFound,
  );
}
