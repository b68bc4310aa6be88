import { notify as declared } from '../../contracts/notify.ts';
import type { Account } from '../../platform/config.ts';
import type { Activities } from '../activities.ts';
import { accountFinder, checkedLogin, type AgentBundle } from '../agent.ts';
import type { NotifyClient } from './client.ts';
import { sendNotice, type NotifyDeps } from './send.ts';

interface BundleDeps extends Omit<NotifyDeps, 'account'> {
  /** The same client outside of activities, for the look at channels. */
  readonly probe: Pick<NotifyClient, 'look'>;
  /** The channels. */
  readonly accounts: readonly Account[];
}

/** Binds the declared capability to its activity. */
export function createNotifyAgent({ accounts, probe, ...deps }: BundleDeps): AgentBundle {
  return {
    agent: declared,
    accounts,
    activities: {
      'notify.send': sendNotice({ ...deps, account: accountFinder('notice', accounts) }),
    } satisfies Activities<typeof declared>,
    checkLogin: (channel) => checkedLogin(() => probe.look(channel)),
  };
}
