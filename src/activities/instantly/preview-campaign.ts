import type {
  PreviewCampaignInput,
  PreviewCampaignOutput,
} from '../../contracts/instantly-campaigns.ts';
import {
  changesTo,
  isSending,
  mappingInWords,
  scheduleInWords,
  statusInWords,
} from '../../rules/campaign.ts';
import { fillTags } from '../../rules/merge-tags.ts';
import type { CapabilityActivity } from '../activities.ts';
import type { CampaignState } from './answers.ts';
import { draftCampaign, htmlOf, type CampaignDraft } from './campaign-draft.ts';
import type { InstantlyDeps } from './deps.ts';
import { campaignOfName } from './find-campaign.ts';
import { lacksOf, textsIn } from './lacking-values.ts';
import { sendingWindows } from './sending-windows.ts';

const mostNamed = 20;
const mostWindows = 3;

/** Shows what `create` would make, mail by mail for one lead, and when it would be sent. Reads only. */
export const previewCampaign =
  (deps: InstantlyDeps): CapabilityActivity<PreviewCampaignInput, PreviewCampaignOutput> =>
  async ({ account: name, input }) => {
    const { lead, ...planned } = input;
    const account = deps.account(name);
    const draft = await draftCampaign(deps, account, planned);
    const { customVariables = {}, ...fields } = lead;
    const values = { ...customVariables, ...fields };
    const mails = draft.steps.flatMap(({ variants }, at) =>
      variants.map(({ subject, body }, variant) => {
        const [head, text] = [fillTags(subject, values), fillTags(htmlOf(body), values)];
        return {
          mail: {
            ...{ step: at + 1, variant: variant + 1 },
            day: draft.steps.slice(1, at + 1).reduce((sum, { waitDays }) => sum + waitDays, 0),
            subject: head.text,
            body: text.text,
          },
          missing: [...head.missing, ...text.missing],
        };
      }),
    );
    const lacks =
      input.list === undefined
        ? undefined
        : await lacksOf(deps.leads, name, input.list, textsIn(draft.steps));
    const there = await campaignOfName(deps.client, account, input.name);
    return {
      name: input.name,
      next: nextInWords(there, { name: input.name, ...draft.settings }),
      problems: [...draft.problems],
      senders: draft.sendersInWords,
      firstSenders: draft.senders.slice(0, mostNamed),
      schedule: scheduleInWords([draft.hours], deps.weekStarts),
      dayMapping: mappingInWords(draft.hours.days, deps.weekStarts),
      windows: sendingWindows(input, new Date().toISOString(), mostWindows),
      leads: lacks?.leads() ?? null,
      lacking: [...(lacks?.inWords() ?? [])],
      missing: [...new Set(mails.flatMap(({ missing }) => missing))],
      mails: mails.map(({ mail }) => mail),
    };
  };

function nextInWords(there: CampaignState | undefined, wanted: CampaignDraft['settings']): string {
  if (!there) return 'it is made as a draft';
  const { lines } = changesTo(there, wanted);
  if (lines.length === 0) return `nothing: ${there.id} is as it is wanted`;
  return isSending(there.status)
    ? `it is refused: ${there.id} is ${statusInWords(there.status)} and would change: ${lines.join('; ')}`
    : `${there.id} is changed: ${lines.join('; ')}`;
}
