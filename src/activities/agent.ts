import { ApplicationFailure } from '@temporalio/common';
import type { Agent } from '../contracts/capability.ts';
import { FailureType } from '../contracts/failures.ts';
import type { Account } from '../platform/config.ts';
import type { AnyCapabilityActivity } from './activities.ts';

/** What a look at a login found. */
export interface LoginCheck {
  readonly state: 'working' | 'refused' | 'unknown';
  /** For people: what is wrong and what to do, or what works. */
  readonly message: string;
}

/** A question that shows whether one of a vendor's endpoints still answers as we expect. */
export interface EndpointCheck {
  /** The endpoint, for people: `GET /api/v2/campaigns`. */
  readonly name: string;
  /** Reads only, through the door. @throws as the door does. */
  readonly ask: () => Promise<unknown>;
}

/** An agent as a worker hosts it: the declaration, one activity a capability, and its health. */
export interface AgentBundle {
  readonly agent: Agent;
  readonly accounts: readonly Account[];
  /** By capability id. */
  readonly activities: Readonly<Record<string, AnyCapabilityActivity>>;
  /** Asks the vendor whether the login works; never throws. */
  readonly checkLogin: (account: Account) => Promise<LoginCheck>;
  /** One for each endpoint the capabilities read from, where the login works. */
  readonly endpoints?: (account: Account) => readonly EndpointCheck[];
}

/**
 * Finds a login by its name. The finder throws `CredentialRejected` (not retried) for one that this
 * worker's settings do not have.
 *
 * @param vendor as people call it.
 */
export const accountFinder =
  (vendor: string, accounts: readonly Account[]) =>
  (name: string): Account => {
    const found = accounts.find((each) => each.name === name);
    if (found) return found;
    throw ApplicationFailure.nonRetryable(
      `This worker's settings have no ${vendor} account “${name}”`,
      FailureType.CredentialRejected,
    );
  };

/** What a question to the vendor tells of a login; `ask` gives the sentence for one that works. */
export async function checkedLogin(ask: () => Promise<string>): Promise<LoginCheck> {
  try {
    return { state: 'working', message: await ask() };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const isRefused = error instanceof ApplicationFailure && error.nonRetryable === true;
    return { state: isRefused ? 'refused' : 'unknown', message };
  }
}
