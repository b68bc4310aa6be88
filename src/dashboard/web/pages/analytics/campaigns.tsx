import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { campaignsResource } from '../../api.ts';
import { useResource } from '../../live.ts';
import { count, counted, percent, share } from '../../numbers.ts';
import { StandInTag } from '../../parts/card.tsx';
import { Figure, Figures } from '../../parts/figure.tsx';
import { useTitle } from '../../parts/title.ts';
import { Empty, View } from '../../parts/view.tsx';
import { range } from '../../time.ts';
import {
  CampaignTable,
  flagsOf,
  metricOf,
  OverviewTable,
  type Campaign,
} from './campaign-table.tsx';
import { AnalyticsHead, Freshness, hasStandIn, queryOf, useToday } from './filters.tsx';
import { chosenMetrics, type Metric } from './metrics.tsx';

const route = getRouteApi('/analytics/campaigns');

/** Which campaigns work, by the vendor's own figures, and which need a hand. */
export const CampaignsPage = (): ReactNode => {
  useTitle('Campaigns', 'Analytics');
  const navigate = route.useNavigate();
  const search = route.useSearch();
  const wanted = queryOf(search, useToday());
  const query = useResource(campaignsResource(wanted), true);
  const accounts = query.data?.accounts ?? [];
  const isStandIn = hasStandIn(accounts, search.account);
  const metrics = chosenMetrics(search.columns);
  const choose = (columns: string | undefined) =>
    void navigate({ search: { ...search, columns }, replace: true, resetScroll: false });
  return (
    <>
      <AnalyticsHead
        page="campaigns"
        search={search}
        query={wanted}
        accounts={accounts}
        isStandIn={isStandIn}
        change={(next) => void navigate({ search: { ...search, ...next } })}
      />
      <View query={query} what="The campaign figures" rows={8}>
        {(data) => (
          <>
            <Freshness pulledAt={data.pulledAt} nextPullAt={data.nextPullAt} />
            {data.campaigns.length === 0 && data.overviews.length === 0 ? (
              <div className="card">
                <Empty>
                  <p>
                    <b>No campaign figures end between {range(wanted.from, wanted.to)}.</b> They are
                    pulled for a range of days at once.
                  </p>
                  <div className="row w">
                    <Link
                      to="/new/$capability"
                      params={{ capability: 'instantly.campaign-analytics' }}
                      className="btn p"
                    >
                      Pull a range
                    </Link>
                    <Link to="/analytics/campaigns" className="btn">
                      Clear filters
                    </Link>
                  </div>
                </Empty>
              </div>
            ) : (
              <>
                <SixFigures campaigns={data.campaigns} isStandIn={isStandIn} />
                <CampaignTable campaigns={data.campaigns} metrics={metrics} choose={choose} />
                <OverviewTable overviews={data.overviews} metrics={metrics} />
              </>
            )}
          </>
        )}
      </View>
    </>
  );
};

const SixFigures = ({
  campaigns,
  isStandIn,
}: {
  campaigns: readonly Campaign[];
  isStandIn: boolean;
}) => {
  const sum = (name: Metric) => campaigns.reduce((all, each) => all + metricOf(each, name), 0);
  const sent = sum('emails_sent_count');
  const flagged = campaigns.filter((campaign) => flagsOf(campaign).length > 0).length;
  const tag = isStandIn ? <StandInTag /> : undefined;
  const rate = (name: string, of: Metric) => (
    <Figure
      name={name}
      value={percent(share(sum(of), sent))}
      note={`${count(sum(of))} of ${count(sent)}`}
      tag={tag}
    />
  );
  return (
    <Figures label="Figures of the period">
      <Figure
        name="Sent"
        value={count(sent)}
        note={counted(campaigns.length, 'campaign')}
        tag={tag}
      />
      {rate('Open rate', 'open_count_unique')}
      {rate('Reply rate', 'reply_count_unique')}
      {rate('Bounce rate', 'bounced_count')}
      <Figure
        name="Opportunities"
        value={count(sum('total_opportunities'))}
        note={`worth ${count(sum('total_opportunity_value'))}`}
        tag={tag}
      />
      <Figure
        name="Need a hand"
        value={count(flagged)}
        note={`of ${counted(campaigns.length, 'campaign')}`}
        tone={flagged > 0 ? 'failed' : ''}
        tag={tag}
      />
    </Figures>
  );
};
