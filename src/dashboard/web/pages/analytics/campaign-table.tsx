import type { CampaignAnalytics } from '../../../../contracts/analytics.ts';
import { count, counted, percent, share } from '../../numbers.ts';
import { Card } from '../../parts/card.tsx';
import { Icon, type IconName } from '../../parts/icon.tsx';
import { Empty } from '../../parts/view.tsx';
import { range } from '../../time.ts';
import { metricLabel, MetricPicker, type Metric } from './metrics.tsx';

/** One campaign with its figures. */
export type Campaign = CampaignAnalytics['campaigns'][number];

/** A metric of a campaign; 0 where the vendor gave none. */
export const metricOf = (campaign: Campaign, name: Metric): number => campaign.metrics[name] ?? 0;
const rateOf = (campaign: Campaign, name: Metric): number | undefined =>
  share(metricOf(campaign, name), metricOf(campaign, 'emails_sent_count'));

const leastOpened = 0.2;
const leastAnswered = 0.02;

/** What a person should look at in a campaign; one that sent nothing has nothing to flag. */
export function flagsOf(campaign: Campaign): readonly string[] {
  if (metricOf(campaign, 'emails_sent_count') === 0) return [];
  return [
    ...(isBelow(rateOf(campaign, 'open_count_unique'), leastOpened) ? ['few opens'] : []),
    ...(isBelow(rateOf(campaign, 'reply_count_unique'), leastAnswered) ? ['few replies'] : []),
    ...(metricOf(campaign, 'total_opportunities') === 0 ? ['no opportunity'] : []),
  ];
}
const isBelow = (rate: number | undefined, least: number): boolean =>
  rate !== undefined && rate < least;

interface StatusLook {
  readonly word: string;
  readonly family: string;
  readonly icon: IconName;
}
const statusLooks: Readonly<Record<number, StatusLook>> = {
  0: { word: 'Draft', family: 'queued', icon: 'queued' },
  1: { word: 'Active', family: 'running', icon: 'running' },
  2: { word: 'Paused', family: 'queued', icon: 'paused' },
  3: { word: 'Completed', family: 'completed', icon: 'completed' },
  4: { word: 'Subsequences', family: 'running', icon: 'running' },
};
const trouble: StatusLook = { word: 'In trouble', family: 'failed', icon: 'failed' };

const Status = ({ status }: { status: number }) => {
  const look = statusLooks[status] ?? trouble;
  return (
    <span className={`badge still ${look.family}`} title={`The vendor’s status ${status}`}>
      <Icon name={look.icon} size="m" />
      {look.word}
    </span>
  );
};

const Rate = ({ rate, least }: { rate: number | undefined; least?: number }) => {
  const isLow = least !== undefined && isBelow(rate, least);
  return (
    <td className="r">
      {isLow ? (
        <span className="retrying strong low">
          <Icon name="warning" size="s" />
          <span className="hidden">low: </span>
          {percent(rate)}
        </span>
      ) : (
        percent(rate)
      )}
    </td>
  );
};

/** The header cells of the chosen metrics. */
const MetricHeads = ({ metrics }: { metrics: readonly Metric[] }) =>
  metrics.map((name) => (
    <th key={name} scope="col" className="r" title={metricLabel(name)}>
      {metricLabel(name)}
    </th>
  ));

/** The campaigns with their rates, what to look at, and the chosen metrics. */
export const CampaignTable = ({
  campaigns,
  metrics,
  choose,
}: {
  campaigns: readonly Campaign[];
  metrics: readonly Metric[];
  choose: (columns: string | undefined) => void;
}) => {
  const sorted = [...campaigns].sort(
    (a, b) => metricOf(b, 'emails_sent_count') - metricOf(a, 'emails_sent_count'),
  );
  return (
    <Card
      title="Campaigns"
      tag={campaigns.length}
      line
      more={<MetricPicker chosen={metrics} choose={choose} />}
    >
      {campaigns.length === 0 ? (
        <Empty>No campaign has figures in these days.</Empty>
      ) : (
        <div className="scroll">
          <table className="metrics">
            <thead>
              <tr>
                <th scope="col" className="name">
                  Campaign
                </th>
                <th scope="col" style={{ width: 120 }}>
                  State
                </th>
                <th
                  scope="col"
                  style={{ width: sorted.some((each) => flagsOf(each).length > 0) ? 170 : 100 }}
                >
                  Look at
                </th>
                <th scope="col" className="r">
                  Open rate
                </th>
                <th scope="col" className="r">
                  Reply rate
                </th>
                <th scope="col" className="r">
                  Bounce rate
                </th>
                <MetricHeads metrics={metrics} />
              </tr>
            </thead>
            <tbody>
              {sorted.map((campaign) => (
                <tr key={`${campaign.account} ${campaign.campaignId}`} className="two-lines">
                  <th scope="row" className="name">
                    <span className="cut block strong" title={campaign.campaignId}>
                      {campaign.name}
                    </span>
                    <span className="cut block t3 s11">
                      {campaign.account} · {range(campaign.startDate, campaign.endDate)}
                      {campaign.leads === null ? '' : ` · ${counted(campaign.leads, 'lead')}`}
                    </span>
                  </th>
                  <td>
                    <Status status={campaign.status} />
                  </td>
                  <td
                    className="s12 retrying flags"
                    title="Opens below 20%, replies below 2%, no opportunity"
                  >
                    {flagsOf(campaign).join(', ')}
                  </td>
                  <Rate rate={rateOf(campaign, 'open_count_unique')} least={leastOpened} />
                  <Rate rate={rateOf(campaign, 'reply_count_unique')} least={leastAnswered} />
                  <Rate rate={rateOf(campaign, 'bounced_count')} />
                  {metrics.map((name) => {
                    const value = campaign.metrics[name];
                    return (
                      <td key={name} className="r">
                        {value === undefined ? '–' : count(value)}
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
};

/** The vendor's figures of the whole workspace, by stored range, newest first. */
export const OverviewTable = ({
  overviews,
  metrics,
}: {
  overviews: CampaignAnalytics['overviews'];
  metrics: readonly Metric[];
}) =>
  overviews.length === 0 ? null : (
    <Card title="Whole workspace" tag={counted(overviews.length, 'stored range')} line>
      <div className="scroll tall">
        <table className="metrics">
          <thead>
            <tr>
              <th scope="col" className="name">
                Days
              </th>
              <th scope="col" style={{ width: 120 }}>
                Account
              </th>
              <MetricHeads metrics={metrics} />
            </tr>
          </thead>
          <tbody>
            {overviews.toReversed().map((overview) => (
              <tr key={`${overview.account} ${overview.startDate} ${overview.endDate}`}>
                <th scope="row" className="name">
                  {range(overview.startDate, overview.endDate)}
                </th>
                <td className="t2">{overview.account}</td>
                {metrics.map((name) => (
                  <td key={name} className="r">
                    {count(overview.metrics[name])}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
