import type { CreateCampaignInput } from '../../contracts/instantly-campaigns.ts';
import type { PushedLead } from '../../contracts/instantly-writes.ts';
import type { LeadStore } from '../../platform/leads.ts';
import { hasValue, neededTags } from '../../rules/merge-tags.ts';
import { leadsToPush } from './leads-to-push.ts';

const mostNamed = 3;

/** Counts leads that mails would have gaps for. */
interface LackCounter {
  see(lead: PushedLead): void;
  /** How many leads it has seen. */
  leads(): number;
  /** Tags that no lead at all has a value for. */
  nobodys(): readonly string[];
  /** One sentence for each tag that some lack a value for. */
  inWords(): readonly string[];
}

/** @param texts of mails; of their merge tags those count that have no fallback. */
export function createLackCounter(texts: readonly string[]): LackCounter {
  const lacks = [...new Set(texts.flatMap(neededTags))].map((tag) => ({
    tag,
    count: 0,
    first: new Array<string>(),
  }));
  let leads = 0;
  return {
    see({ customVariables = {}, ...fields }) {
      leads += 1;
      const values = { ...customVariables, ...fields };
      for (const lack of lacks) {
        if (hasValue(values, lack.tag)) continue;
        lack.count += 1;
        if (lack.first.length < mostNamed) lack.first.push(fields.email);
      }
    },
    leads: () => leads,
    nobodys: () => lacks.filter(({ count }) => leads > 0 && count === leads).map(({ tag }) => tag),
    inWords: () =>
      lacks
        .filter(({ count }) => count > 0)
        .map(
          ({ tag, count, first }) =>
            `{{${tag}}}: ${count} of ${leads} leads have no value for it and it has no fallback; among them ${first.join(', ')}`,
        ),
  };
}

/** What the leads of a list lack for these mails, as a push would hand them over. */
export async function lacksOf(
  store: Pick<LeadStore, 'each'>,
  account: string,
  list: string,
  texts: readonly string[],
): Promise<LackCounter> {
  const counter = createLackCounter(texts);
  for await (const { pushed } of leadsToPush(store, { account, input: { list } })) {
    if (!('why' in pushed)) counter.see(pushed);
  }
  return counter;
}

/** All texts of the mails of a campaign. */
export const textsIn = (steps: NonNullable<CreateCampaignInput['steps']>): readonly string[] =>
  steps.flatMap(({ variants }) => variants.flatMap(({ subject, body }) => [subject, body]));
