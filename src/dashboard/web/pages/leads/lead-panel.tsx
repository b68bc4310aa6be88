import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { LeadView } from '../../../../contracts/lead-views.ts';
import type { LeadFields } from '../../../../contracts/leads.ts';
import { leadResource } from '../../api-leads.ts';
import { useResource } from '../../live.ts';
import { count, words } from '../../numbers.ts';
import { Ago } from '../../parts/ago.tsx';
import { StandInTag } from '../../parts/card.tsx';
import { Copy } from '../../parts/copy.tsx';
import { EffectBadge } from '../../parts/effect-state.tsx';
import { Icon } from '../../parts/icon.tsx';
import { RunLink } from '../../parts/run-link.tsx';
import { Skeleton, Trouble } from '../../parts/view.tsx';
import { OneLeadActs } from './one-lead-acts.tsx';
import { nameOf, Website } from './lead-table.tsx';
import { networks, PushBadge, Source } from './lead-words.tsx';

/** One lead: all that is known of it and who said so, its campaigns, and what the ledger says. */
export const LeadPanel = ({
  account,
  isStandInAccount,
  id,
  campaign,
  campaignName,
  close,
}: {
  account: string;
  /** Whether the account's vendors are stand-ins, to which anything may be sent. */
  isStandInAccount: boolean;
  id: string;
  /** The campaign of the filter, if any. */
  campaign: string | undefined;
  campaignName: (id: string) => string;
  close: () => void;
}) => {
  const query = useResource(leadResource(account, id));
  const lead = query.data;
  return (
    <aside className="card side-sheet" aria-label="Selected lead">
      <header className="b">
        <h2 className="cut">{lead ? nameOf(lead) : `Lead ${id}`}</h2>
        {lead?.isStandIn && <StandInTag />}
        <span className="grow" />
        <button type="button" className="btn q xs" aria-label="Close" onClick={close}>
          <Icon name="close" size="m" />
        </button>
      </header>
      {query.error && (
        <Trouble
          what="The lead"
          error={query.error}
          at={query.errorUpdatedAt}
          shownAt={lead ? query.dataUpdatedAt : 0}
          retry={() => void query.refetch()}
        />
      )}
      {lead ? (
        <div className="pad stackv">
          <OneLeadActs lead={lead} isStandInAccount={isStandInAccount} campaign={campaign} />
          <Fields lead={lead} />
          <Campaigns lead={lead} campaignName={campaignName} />
          <History lead={lead} />
        </div>
      ) : (
        !query.error && <Skeleton rows={8} />
      )}
    </aside>
  );
};

const fieldNames = [
  ...(['businessName', 'category', 'website', 'emails', 'phones', 'rating', 'reviews'] as const),
  ...(['address', 'street', 'postalCode', 'city', 'state', 'countryCode'] as const),
  ...(['firstName', 'lastName', 'jobTitle', 'linkedIn', 'twitter', 'facebook'] as const),
  ...(['instagram', 'youTube', 'tikTok', 'placeId', 'site'] as const),
] satisfies readonly (keyof LeadFields)[];

const labels: ReadonlyMap<string, string> = new Map([
  ['emails', 'E-mails'],
  ...networks.map(([field, word]) => [field, word] as const),
]);

const Fields = ({ lead }: { lead: LeadView }) => {
  const own = Object.entries(lead.custom);
  const latest = Object.values(lead.sources)
    .flat()
    .filter(({ kind }) => kind === 'scrape' || kind === 'contacts')
    .toSorted((a, b) => b.at.localeCompare(a.at))[0];
  return (
    <div>
      <h3 className="gap-below">What is known, and who said so</h3>
      <dl className="kv sourced">
        {fieldNames.map((name) => {
          const value = valueOf(lead, name);
          return (
            value !== null && (
              <Sourced
                key={name}
                name={labels.get(name) ?? words(name)}
                sources={lead.sources[name]}
              >
                {value}
              </Sourced>
            )
          );
        })}
        {own.map(([name, value]) => (
          <Sourced key={name} name={name} sources={lead.sources[`custom.${name}`]}>
            {value}
          </Sourced>
        ))}
        <dt>Last run</dt>
        <dd>
          {latest === undefined ? (
            'none'
          ) : (
            <RunLink workflowId={latest.ref} className="link mono wrap">
              {latest.ref}
            </RunLink>
          )}
        </dd>
        <dt>Lists</dt>
        <dd>{lead.lists.join(', ') || 'none'}</dd>
        <dt>Came</dt>
        <dd>
          <Ago at={lead.createdAt} />, changed <Ago at={lead.updatedAt} />
        </dd>
      </dl>
    </div>
  );
};

const Sourced = ({
  name,
  sources = [],
  children,
}: {
  name: string;
  sources: LeadView['sources'][string] | undefined;
  children: ReactNode;
}) => (
  <>
    <dt>{name}</dt>
    <dd>
      {children}
      {sources.length > 0 && (
        <span className="block s11 t3">
          from{' '}
          {sources.map((source, index) => (
            <span key={index}>
              {index > 0 && ', then '}
              <Source source={source} /> <Ago at={source.at} />
            </span>
          ))}
        </span>
      )}
    </dd>
  </>
);

function valueOf(lead: LeadView, name: (typeof fieldNames)[number]): ReactNode {
  const value = lead[name];
  if (value === null) return null;
  if (typeof value === 'number') return count(value);
  if (name === 'website' && typeof value === 'string') {
    return <Website address={value} site={null} />;
  }
  const texts = typeof value === 'string' ? [value] : value;
  if (texts.length === 0) return null;
  return texts.map((text) =>
    /^https?:\/\//.test(text) ? (
      <a key={text} href={text} target="_blank" rel="noopener noreferrer" className="link block">
        {text.replace(/^https?:\/\/(www\.)?/, '')}
      </a>
    ) : (
      <span key={text} className="block">
        {text}
      </span>
    ),
  );
}

const Campaigns = ({
  lead: { pushes },
  campaignName,
}: {
  lead: LeadView;
  campaignName: (id: string) => string;
}) => (
  <div>
    <h3 className="gap-below">Campaigns</h3>
    {pushes.length === 0 ? (
      <p className="t2 s12">It is in no campaign.</p>
    ) : (
      <ol className="steps">
        {pushes.toReversed().map((push) => (
          <li key={`${push.campaignId} ${push.email}`}>
            <PushBadge state={push.state} />
            <span className="grow">
              <b>{campaignName(push.campaignId)}</b>
              <span className="block s12 t2 wrap">
                {push.email}
                {push.reason && `: ${push.reason}`}
              </span>
            </span>
            <span className="s12 t3 nowrap">
              <Ago at={push.at} />
            </span>
          </li>
        ))}
      </ol>
    )}
  </div>
);

const History = ({ lead: { effects } }: { lead: LeadView }) => (
  <div>
    <h3 className="gap-below">Ledger, newest first</h3>
    {effects.length === 0 && <p className="t2 s12">Nothing was sent to it.</p>}
    <ol className="steps">
      {effects.map((effect) => (
        <li key={effect.key}>
          <EffectBadge state={effect.state} />
          <span className="grow">
            <span className="row">
              <Link to="/ledger" search={{ selected: effect.key }} className="link mono wrap">
                {effect.key}
              </Link>
              <Copy text={effect.key} name="Copy key" isIcon className="btn q xs" />
            </span>
            {effect.history.toReversed().map((step, index) => (
              <span key={index} className="block s12 t2 wrap">
                {step.state}: {step.why}
              </span>
            ))}
          </span>
          <span className="s12 t3 nowrap">
            <Ago at={effect.updatedAt} />
          </span>
        </li>
      ))}
    </ol>
  </div>
);
