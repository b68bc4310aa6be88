import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { FailureType } from '../../contracts/failures.ts';
import { klap as declared } from '../../contracts/klap.ts';
import type { Account } from '../../platform/config.ts';
import type { Database } from '../../platform/database.ts';
import type { Media } from '../../platform/media.ts';
import { createShortReader } from '../../platform/shorts-reader.ts';
import { createShortStore } from '../../platform/shorts.ts';
import { partyOf } from '../../rules/flow.ts';
import type { Activities } from '../activities.ts';
import { accountFinder, checkedLogin, type AgentBundle } from '../agent.ts';
import type { Door } from '../door.ts';
import { createStartOnce, type OnceDeps } from '../once.ts';
import { answerIn } from '../vendor-answer.ts';
import { createKlapClient, klapCall, title, type KlapClient } from './client.ts';
import { listClips } from './clips.ts';
import type { KlapDeps } from './deps.ts';
import { createDownload } from './download.ts';
import { exportClip } from './export.ts';
import { listJobs } from './jobs.ts';
import { cutShorts } from './shorts.ts';

interface BundleDeps extends Omit<OnceDeps, 'account' | 'callOf' | 'door'> {
  readonly database: Database;
  readonly door: Door;
  readonly media: Media;
  /** How long one try of a download may take. */
  readonly timeoutMs: number;
  /** The same client outside of activities, for the check of logins. */
  readonly probe: Pick<KlapClient, 'task'>;
  readonly accounts: readonly Account[];
}

/** Binds the declared capabilities to their activities. */
export function createKlapAgent({
  database,
  media,
  timeoutMs,
  probe,
  accounts,
  ...effects
}: BundleDeps): AgentBundle {
  const { door } = effects;
  const account = accountFinder(title, accounts);
  const deps: KlapDeps = {
    client: createKlapClient(door),
    shorts: createShortStore(database),
    reader: createShortReader(database),
    media,
    download: createDownload({ door, media, timeoutMs }),
    startOnce: createStartOnce({ ...effects, account, callOf: klapCall }),
    account,
    here() {
      const { workflowId = '', runId = '' } = activityInfo().workflowExecution ?? {};
      return { workflowId: partyOf(workflowId), runId };
    },
  };
  return {
    agent: declared,
    accounts,
    activities: {
      'klap.shorts': cutShorts(deps),
      'klap.clips': listClips(deps),
      'klap.export': exportClip(deps),
      'klap.jobs': listJobs(deps),
    } satisfies Activities<typeof declared>,
    checkLogin: (login) =>
      checkedLogin(async () => {
        // nothing tells whose key it is; that it opens the door shows in what lies behind it
        await probe.task(login, 'none').catch((error: unknown) => {
          const isInside =
            error instanceof ApplicationFailure && error.type === FailureType.NotFound;
          if (!isInside) throw error;
          if (isJson(answerIn(error)?.body ?? '')) return;
          throw new Error(`${title} answered 404 with something unexpected: it is not JSON`);
        });
        return 'The key works';
      }),
  };
}

/** Any server says 404; one of the vendor's says it in JSON. */
function isJson(body: string): boolean {
  try {
    JSON.parse(body);
    return true;
  } catch {
    return false;
  }
}
