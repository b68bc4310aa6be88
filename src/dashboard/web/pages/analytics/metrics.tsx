import { Checkbox, Popover } from '@mantine/core';
import { overviewMetrics, type OverviewMetric } from '../../../../contracts/instantly.ts';
import { Icon } from '../../parts/icon.tsx';

/** One of the vendor's 24 metrics. */
export type Metric = OverviewMetric;

const usual: readonly Metric[] = [
  'emails_sent_count',
  'contacted_count',
  'reply_count_unique',
  'total_opportunities',
];

/** What each metric is called; the vendor's own name is in the CSV. */
const labels: Readonly<Record<Metric, string>> = {
  open_count: 'Opens',
  open_count_unique: 'Opened',
  open_count_unique_by_step: 'Opened, by step',
  link_click_count: 'Clicks',
  link_click_count_unique: 'Clicked',
  link_click_count_unique_by_step: 'Clicked, by step',
  reply_count: 'Replies',
  reply_count_unique: 'Replied',
  reply_count_unique_by_step: 'Replied, by step',
  reply_count_automatic: 'Automatic replies',
  reply_count_automatic_unique: 'Replied automatically',
  reply_count_automatic_unique_by_step: 'Replied automatically, by step',
  bounced_count: 'Bounced',
  unsubscribed_count: 'Unsubscribed',
  completed_count: 'Completed',
  emails_sent_count: 'Sent',
  contacted_count: 'Contacted',
  new_leads_contacted_count: 'New leads contacted',
  total_opportunities: 'Opportunities',
  total_opportunity_value: 'Opportunity value',
  total_interested: 'Interested',
  total_meeting_booked: 'Meetings booked',
  total_meeting_completed: 'Meetings held',
  total_closed: 'Closed',
};

/** The name of a metric on screen. */
export const metricLabel = (metric: Metric): string => labels[metric];

/** The columns an address asks for; a few usual ones when it names none. */
export function chosenMetrics(columns: string | undefined): readonly Metric[] {
  if (columns === undefined) return usual;
  const wanted = new Set(columns.split(','));
  return overviewMetrics.filter((metric) => wanted.has(metric));
}

/** Chooses which of the 24 metrics are columns. */
export const MetricPicker = ({
  chosen,
  choose,
}: {
  chosen: readonly Metric[];
  choose: (columns: string | undefined) => void;
}) => (
  <Popover position="bottom-end" trapFocus shadow="md" width={440}>
    <Popover.Target>
      <button type="button" className="chip end">
        Columns {chosen.length} of {overviewMetrics.length}
        <Icon name="down" size="s" />
      </button>
    </Popover.Target>
    <Popover.Dropdown>
      <div className="stackv" role="group" aria-label="Columns">
        <div className="metric-choices">
          {overviewMetrics.map((metric) => (
            <Checkbox
              key={metric}
              size="xs"
              label={metricLabel(metric)}
              checked={chosen.includes(metric)}
              onChange={() => {
                const next = overviewMetrics.filter((each) =>
                  each === metric ? !chosen.includes(each) : chosen.includes(each),
                );
                choose(next.length === 0 ? 'none' : next.join(','));
              }}
            />
          ))}
        </div>
        <div className="row">
          <button type="button" className="btn xs" onClick={() => choose(undefined)}>
            Usual columns
          </button>
          <button
            type="button"
            className="btn xs"
            onClick={() => choose(overviewMetrics.join(','))}
          >
            All columns
          </button>
        </div>
      </div>
    </Popover.Dropdown>
  </Popover>
);
