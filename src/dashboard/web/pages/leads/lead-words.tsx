import type { LeadRow } from '../../../../contracts/lead-views.ts';
import type { FieldSource, LeadFilter, LeadPush } from '../../../../contracts/leads.ts';
import { Icon, type IconName } from '../../parts/icon.tsx';
import { RunLink } from '../../parts/run-link.tsx';
import type { LeadsSearch } from '../../search.ts';

type Pushed = NonNullable<LeadFilter['pushState']>;

/** Word, icon and colour family of what became of a lead in a campaign; the most pressing first. */
export const pushLooks: Readonly<
  Record<Pushed, { readonly word: string; readonly icon: IconName; readonly family: string }>
> = {
  unknown: { word: 'Unknown', icon: 'outcome-unknown', family: 'needs' },
  refused: { word: 'Refused', icon: 'failed', family: 'failed' },
  intent: { word: 'About to be', icon: 'running', family: 'running' },
  pushed: { word: 'Pushed', icon: 'completed', family: 'completed' },
  skipped: { word: 'Skipped', icon: 'skipped', family: 'queued' },
  'not-pushed': { word: 'Not pushed', icon: 'queued', family: 'queued' },
};

/** All states, the most pressing first. */
export const pushStates = Object.keys(pushLooks).flatMap((name): Pushed[] =>
  isPushed(name) ? [name] : [],
);

/** Whether a word is one of the states. */
export function isPushed(word: string): word is Pushed {
  return word in pushLooks;
}

/** The push of a lead that says most about it: what a person must look at, before what went well. */
export const chiefPush = (pushes: readonly LeadPush[]): LeadPush | undefined =>
  pushStates.flatMap((state) => pushes.filter((push) => push.state === state))[0];

/** What became of a lead in a campaign, as icon, word and colour. */
export const PushBadge = ({ state, title }: { state: Pushed; title?: string }) => {
  const { word, icon, family } = pushLooks[state];
  return (
    <span className={`badge ${family}`} title={title}>
      <Icon name={icon} size="m" />
      {word}
    </span>
  );
};

/** How far the search for contacts has come. */
export function enrichmentOf({ emails, website, latest }: LeadRow): string {
  if (emails.length > 0) return 'Has contacts';
  if (website === null) return 'No website to read';
  return latest?.kind === 'contacts' ? 'None on its site' : 'To enrich';
}

const sourceWords: Readonly<Record<FieldSource['kind'], string>> = {
  scrape: 'a search',
  contacts: 'its website',
  import: 'a file',
  sheet: 'a sheet',
  person: 'a person',
};

/** Who said something: a run is a link to it, and all carry the whole reference. */
export const Source = ({ source }: { source: FieldSource }) => {
  const { kind, ref, isStandIn } = source;
  const word = `${sourceWords[kind]}${isStandIn ? ' (made up)' : ''}`;
  return kind === 'scrape' || kind === 'contacts' ? (
    <span title={ref}>
      <RunLink workflowId={ref} className="link">
        {word}
      </RunLink>
    </span>
  ) : (
    <span title={ref}>{word}</span>
  );
};

/** The networks of a lead, by the names people use. */
export const networks = [
  ['linkedIn', 'LinkedIn', 'in'],
  ['twitter', 'X', 'X'],
  ['facebook', 'Facebook', 'fb'],
  ['instagram', 'Instagram', 'ig'],
  ['youTube', 'YouTube', 'yt'],
  ['tikTok', 'TikTok', 'tt'],
] as const;

/** The filter that an address stands for. */
export const filterOf = (search: LeadsSearch): LeadFilter => {
  const { q, list, campaign, from } = search;
  const flag = (word: 'yes' | 'no' | undefined) =>
    word === undefined ? undefined : word === 'yes';
  return {
    ...{ q, list, campaign, from },
    hasEmail: flag(search['has-email']),
    isExcluded: flag(search['left-out']),
    pushState: search['push-state'],
  };
};
