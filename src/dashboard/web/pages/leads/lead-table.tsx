import { Link } from '@tanstack/react-router';
import type { LeadRow } from '../../../../contracts/lead-views.ts';
import { count, counted } from '../../numbers.ts';
import { Ago } from '../../parts/ago.tsx';
import { StandInTag } from '../../parts/card.tsx';
import { useRowKeys } from '../../parts/row-keys.ts';
import { SpaceRow } from '../../parts/space-row.tsx';
import { useVirtualRows } from '../../parts/virtual-rows.ts';
import type { LeadsSearch } from '../../search.ts';
import { chiefPush, enrichmentOf, networks, PushBadge } from './lead-words.tsx';

/** Which leads are ticked. */
export interface Ticks {
  readonly has: (id: number) => boolean;
  readonly isAll: boolean;
  readonly toggle: (...ids: readonly number[]) => void;
  readonly toggleAll: () => void;
}

/** The leads that match, as many rows as are on screen. */
export const LeadTable = ({
  leads,
  search,
  selected,
  ticks,
  campaignName,
  open,
  isMore,
  more,
}: {
  leads: readonly LeadRow[];
  search: LeadsSearch;
  selected: number | undefined;
  ticks: Ticks;
  campaignName: (id: string) => string;
  open: (id: number) => void;
  isMore: boolean;
  more: () => void;
}) => {
  const openAt = (index: number) => {
    const lead = leads[index];
    if (lead) open(lead.id);
  };
  const current = useRowKeys(leads.length, openAt, undefined, (from, to) => {
    const ids = leads.slice(from, to + 1).map(({ id }) => id);
    ticks.toggle(...(from === to ? ids : ids.filter((id) => !ticks.has(id))));
  });
  const { body, items, measure, before, after } = useVirtualRows({
    count: leads.length,
    rowHeight: 48,
    keyOf: (index) => leads[index]?.id ?? index,
    current,
    isMore,
    more,
  });
  const isNarrowed = selected !== undefined;
  const columns = isNarrowed ? 4 : 8;
  return (
    <>
      <table className="cards leads" aria-rowcount={isMore ? -1 : leads.length}>
        <thead>
          <tr>
            <th scope="col" style={{ width: 44 }}>
              <input
                type="checkbox"
                aria-label="Select all that match"
                checked={ticks.isAll}
                onChange={ticks.toggleAll}
              />
            </th>
            <th scope="col">Business</th>
            {!isNarrowed && (
              <>
                <th scope="col" style={{ width: '15%' }}>
                  Website
                </th>
                <th scope="col" className="r" style={{ width: 84 }}>
                  Rating
                </th>
              </>
            )}
            <th scope="col" style={{ width: isNarrowed ? '32%' : '20%' }}>
              E-mails
            </th>
            {!isNarrowed && (
              <th scope="col" style={{ width: 92 }}>
                Socials
              </th>
            )}
            <th scope="col" style={{ width: isNarrowed ? 148 : '16%' }}>
              Campaign
            </th>
            {!isNarrowed && (
              <th scope="col" className="r" style={{ width: 128 }}>
                Last run
              </th>
            )}
          </tr>
        </thead>
        <tbody ref={body}>
          <SpaceRow height={before} columns={columns} />
          {items.map((item) => {
            const lead = leads[item.index];
            return lead ? (
              <tr
                key={item.key}
                ref={measure}
                data-index={item.index}
                aria-rowindex={item.index + 1}
                aria-current={lead.id === selected ? 'true' : undefined}
                className={`two-lines opens ${item.index === current ? 'cur' : ''} ${lead.id === selected ? 'sel' : ''}`}
                onClick={(event) => {
                  if (!(event.target instanceof Element) || !event.target.closest('a, input')) {
                    open(lead.id);
                  }
                }}
              >
                <Cells
                  lead={lead}
                  search={search}
                  ticks={ticks}
                  isNarrowed={isNarrowed}
                  campaignName={campaignName}
                />
              </tr>
            ) : null;
          })}
          <SpaceRow height={after} columns={columns} />
        </tbody>
      </table>
      {isMore && (
        <button type="button" className="bulk-new" onClick={more}>
          Show more than {counted(leads.length, 'lead')}
        </button>
      )}
    </>
  );
};

const Cells = ({
  lead,
  search,
  ticks,
  isNarrowed,
  campaignName,
}: {
  lead: LeadRow;
  search: LeadsSearch;
  ticks: Ticks;
  isNarrowed: boolean;
  campaignName: (id: string) => string;
}) => {
  const name = nameOf(lead);
  const push = chiefPush(lead.pushes);
  const social = networks.filter(([field]) => lead[field].length > 0);
  return (
    <>
      <td className="tick">
        <input
          type="checkbox"
          aria-label={`Select ${name}`}
          checked={ticks.has(lead.id)}
          onChange={() => ticks.toggle(lead.id)}
        />
      </td>
      <th scope="row" style={{ fontWeight: 400 }}>
        <span className="row">
          <Link
            to="/leads/$lead"
            params={{ lead: String(lead.id) }}
            search={search}
            className="cut strong quiet-link"
            title={name}
          >
            {name}
          </Link>
          {lead.isStandIn && <StandInTag />}
          {lead.excluded && (
            <span className="tag danger" title={`${lead.excluded.by}: ${lead.excluded.why}`}>
              left out
            </span>
          )}
        </span>
        <span className="s12 t3 cut block">{placeOf(lead)}</span>
      </th>
      {!isNarrowed && (
        <>
          <td className="cut t2 s12 hide-m">
            {lead.website === null ? '–' : <Website address={lead.website} site={lead.site} />}
          </td>
          <td className="r t2 num hide-m">{lead.rating === null ? '–' : ratingOf(lead)}</td>
        </>
      )}
      <td className="full">
        <span className="cut block">
          {lead.emails[0] ?? <span className="t3">none</span>}
          {lead.emails.length > 1 && <span className="t3"> +{count(lead.emails.length - 1)}</span>}
        </span>
        <span className="s12 t3 cut block">{enrichmentOf(lead)}</span>
      </td>
      {!isNarrowed && (
        <td className="t2 s12 cut hide-m" title={social.map(([, word]) => word).join(', ')}>
          {social.map(([, , short]) => short).join(' ') || '–'}
        </td>
      )}
      <td className="push">
        <PushBadge state={push?.state ?? 'not-pushed'} />
        {push && (
          <span className="s12 t3 cut block hide-m" title={campaignName(push.campaignId)}>
            {campaignName(push.campaignId)}
            {lead.pushes.length > 1 && `, and ${count(lead.pushes.length - 1)} more`}
          </span>
        )}
      </td>
      {!isNarrowed && (
        <td className="r t3 s12 hide-m" title={lead.latest?.ref}>
          <Ago at={lead.latest?.at ?? lead.updatedAt} />
        </td>
      )}
    </>
  );
};

/** A website as people know it; opens in another tab, which learns nothing of this one. */
export const Website = ({ address, site }: { address: string; site: string | null }) => (
  <a href={address} target="_blank" rel="noopener noreferrer" className="link" title={address}>
    {site ?? address.replace(/^https?:\/\/(www\.)?/, '').replace(/\/$/, '')}
  </a>
);

/** What a lead is called: the business, the person, or else where it is found. */
export const nameOf = (
  lead: Pick<LeadRow, 'businessName' | 'firstName' | 'lastName' | 'site' | 'emails' | 'id'>,
): string => {
  const person = [lead.firstName, lead.lastName].filter((part) => part !== null).join(' ');
  const found = [lead.businessName, person, lead.site, lead.emails[0]].find(Boolean);
  return found ?? `Lead ${lead.id}`;
};

const placeOf = ({ category, city, state, address }: LeadRow): string =>
  [category, city ?? address, city === null ? null : state]
    .filter((part) => part !== null)
    .join(' · ') || 'place unknown';

const ratingOf = ({ rating, reviews }: LeadRow): string =>
  `${(rating ?? 0).toFixed(1)}${reviews === null ? '' : ` (${count(reviews)})`}`;
