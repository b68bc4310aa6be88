import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';
import { FailureType } from '../../contracts/failures.ts';
import {
  createCampaign as declared,
  type CreateCampaignOutput,
} from '../../contracts/instantly-campaigns.ts';
import type { Account } from '../../platform/config.ts';
import { changesTo, isSending, scheduleInWords, statusInWords } from '../../rules/campaign.ts';
import { CampaignState } from './answers.ts';
import { draftCampaign } from './campaign-draft.ts';
import type { InstantlyDeps } from './deps.ts';
import type { Plan } from '../once.ts';
import { campaignOfName } from './find-campaign.ts';
import { lacksOf, textsIn } from './lacking-values.ts';

const path = '/api/v2/campaigns';
const keyOf = (account: string, name: string): string => `campaign:${account}:${name}`;
/** The ledger can't tell yet whether it was made: it, not the list of campaigns, has the word. */
const open: readonly string[] = ['sending', 'unknown', 'refused'];
const Made = z.object({ campaignId: z.string() });

/**
 * Makes a campaign, once for each name: the second run finds it and changes what differs, which may
 * be repeated. One that sends is left alone unless nothing differs.
 */
export const createCampaign = (deps: InstantlyDeps) =>
  deps.once(declared, {
    async plan({ account: name, input }, account) {
      const draft = await draftCampaign(deps, account, input);
      const lacks =
        input.list === undefined
          ? undefined
          : await lacksOf(deps.leads, name, input.list, textsIn(draft.steps));
      const nobodys = (lacks?.nobodys() ?? []).map(
        (tag) => `{{${tag}}}: none of the leads of the list ${input.list ?? ''} has a value for it`,
      );
      const problems = [...draft.problems, ...nobodys];
      if (problems.length > 0) throw refused(problems.join('; '));
      const remarks = lacks?.inWords() ?? [];
      const inWords = remarks.map((each) => `; ${each}`).join('');
      const wanted = { name: input.name, ...draft.settings };
      const common = { key: keyOf(name, input.name), recipients: [], isStandIn: false, remarks };
      const hours = scheduleInWords([draft.hours], deps.weekStarts);
      const own = await ownCampaign(deps, account, input.name);
      if (own === undefined) {
        return {
          ...{ kind: 'write', ...common },
          summary: `Makes the campaign “${input.name}” as a draft: ${draft.steps.length} steps; ${draft.sendersInWords}; ${hours}${inWords}`,
          request: { method: 'POST', path, body: wanted },
        };
      }
      const { settings, lines } = changesTo(own, wanted);
      if (lines.length === 0) {
        return {
          kind: 'nothing',
          summary: `The campaign “${input.name}” (${own.id}) is as it is wanted: ${statusInWords(own.status)}`,
          result: resultOf(own, 'unchanged', { remarks }),
        };
      }
      if (isSending(own.status)) {
        throw refused(
          `The campaign “${input.name}” (${own.id}) is ${statusInWords(own.status)} and would change: ${lines.join('; ')}. Pause it first, or give the new one another name`,
        );
      }
      return {
        ...{ kind: 'write', ...common, isRepeatable: true },
        summary: `Changes the campaign “${input.name}” (${own.id}): ${lines.join('; ')}${inWords}`,
        request: { method: 'PATCH', path: `${path}/${own.id}`, body: settings },
        details: lines,
      };
    },
    reply: CampaignState,
    result: (reply, { input: { name } }, plan) =>
      plan.isRepeatable === true
        ? resultOf({ id: null, name, status: null, ...reply }, 'changed', plan)
        : resultOf({ id: null, name, status: null, ...reply }, 'created', plan),
    async lookUp({ input: { name } }, account) {
      const found = await campaignOfName(deps.client, account, name);
      return found ? { kind: 'found', result: resultOf(found, 'created') } : { kind: 'absent' };
    },
  });

/** The campaign of a name that is there already; `undefined` when the ledger is to have the word. */
async function ownCampaign(
  { client, ledger }: Pick<InstantlyDeps, 'client' | 'ledger'>,
  account: Account,
  name: string,
): Promise<CampaignState | undefined> {
  const row = await ledger.show(keyOf(account.name, name));
  if (row && open.includes(row.state)) return undefined;
  const made = Made.safeParse(row?.result);
  if (!made.success) return campaignOfName(client, account, name);
  return client.campaign(account, made.data.campaignId).catch((error: unknown) => {
    if (!(error instanceof ApplicationFailure) || error.type !== FailureType.NotFound) throw error;
    throw refused(
      `The campaign “${name}” was made before (${made.data.campaignId}) and is gone at Instantly: give the new one another name`,
    );
  });
}

const resultOf = (
  { id, name, status }: { id: string | null; name: string; status: number | null },
  action: CreateCampaignOutput['action'],
  { details = [], remarks = [] }: Pick<Plan, 'details' | 'remarks'> = {},
): CreateCampaignOutput => ({
  ...{ campaignId: id, name, action, changes: [...details], status },
  lacking: [...remarks],
});

const refused = (why: string): ApplicationFailure =>
  ApplicationFailure.nonRetryable(why, FailureType.InvalidInput);
