import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { AnalyticsQuery, EmailAnalytics, EmailSums } from '../../../../contracts/analytics.ts';
import { emailResource } from '../../api.ts';
import { useResource } from '../../live.ts';
import { changeOfCount, changeOfShare, count, counted, percent, share } from '../../numbers.ts';
import { StandInTag } from '../../parts/card.tsx';
import { Figure, Figures } from '../../parts/figure.tsx';
import { useTitle } from '../../parts/title.ts';
import { Empty, View } from '../../parts/view.tsx';
import { addDays, daysBetween, range } from '../../time.ts';
import { BounceList, DayTable } from './email-tables.tsx';
import { AnalyticsHead, Freshness, hasStandIn, queryOf, useToday } from './filters.tsx';
import { DayChart } from './line-chart.tsx';
import type { DayPoint } from './point-table.tsx';

const route = getRouteApi('/analytics/email');

/** The runs that pulled a day. */
const runsOf = (date: string): string =>
  `/runs?capability=instantly.daily-analytics&q=${date}&last=all`;

/** Is the outreach working: what was sent, opened, answered, and what bounced. */
export const EmailPage = (): ReactNode => {
  useTitle('E-mail', 'Analytics');
  const navigate = route.useNavigate();
  const search = route.useSearch();
  const today = useToday();
  const wanted = queryOf(search, today);
  const query = useResource(emailResource(wanted), true);
  const accounts = query.data?.accounts ?? [];
  return (
    <>
      <AnalyticsHead
        page="email"
        search={search}
        query={wanted}
        accounts={accounts}
        isStandIn={hasStandIn(accounts, search.account)}
        change={(next) => void navigate({ search: { ...search, ...next } })}
      />
      <View query={query} what="The e-mail figures" rows={8}>
        {(data) => (
          <>
            <Freshness pulledAt={data.pulledAt} nextPullAt={data.nextPullAt} />
            {data.days.length === 0 ? (
              <Nothing wanted={wanted} />
            ) : (
              <Content data={data} today={today} account={search.account} />
            )}
          </>
        )}
      </View>
    </>
  );
};

const Nothing = ({ wanted }: { wanted: AnalyticsQuery }) => (
  <div className="card">
    <Empty>
      <p>
        <b>No rows between {range(wanted.from, wanted.to)}</b>
        {wanted.account === undefined ? '' : ` for account ${wanted.account}`}. These days were not
        pulled yet, or nothing was sent.
      </p>
      <div className="row w">
        <Link to="/schedules" className="btn p">
          Backfill the days
        </Link>
        <Link
          to="/new/$capability"
          params={{ capability: 'instantly.daily-analytics' }}
          className="btn"
        >
          Pull one day
        </Link>
        <Link to="/analytics/email" className="btn">
          Clear filters
        </Link>
      </div>
    </Empty>
  </div>
);

const rates = {
  open: (sums: EmailSums) => share(sums.opened, sums.sent),
  reply: (sums: EmailSums) => share(sums.replied, sums.sent),
  bounce: (sums: EmailSums) => share(sums.bounced, sums.sent),
  click: (sums: EmailSums) => share(sums.clicked, sums.sent),
};

const Content = ({
  data,
  today,
  account,
}: {
  data: EmailAnalytics;
  today: string;
  account: string | undefined;
}) => {
  const days = daysBetween(data.from, data.to);
  const byDay = new Map(data.days.map((day) => [day.date, day]));
  const beforeByDay = new Map(data.daysBefore.map((day) => [addDays(day.date, days.length), day]));
  const missing = days.filter((day) => day < today && !byDay.has(day));
  const before = `${days.length} days before`;
  const sentPoints = days.map((date): DayPoint => {
    const sent = byDay.get(date)?.sent ?? null;
    const isTail = date === today || (addDays(date, 1) === today && byDay.has(today));
    return {
      date,
      values: {
        sent: date === today ? null : sent,
        today: isTail ? sent : null,
        before: beforeByDay.get(date)?.sent ?? null,
      },
    };
  });
  const ratePoints = days.map((date): DayPoint => {
    const sums = byDay.get(date);
    return {
      date,
      values: {
        reply: (sums && rates.reply(sums)) ?? null,
        bounce: (sums && rates.bounce(sums)) ?? null,
      },
    };
  });
  const sentence = `E-mails sent by day, ${range(data.from, data.to)}: ${count(data.totals.sent)} in all, ${changeOfCount(data.totals.sent, comparable(data).sent).words} against the ${before}`;

  return (
    <>
      <SixFigures data={data} isStandIn={hasStandIn(data.accounts, account)} />
      <div className="cols two">
        <DayChart
          title="Sent by day"
          sentence={sentence}
          points={sentPoints}
          series={[
            { key: 'sent', label: 'This period', colour: 'var(--chart-1)' },
            { key: 'before', label: before, colour: 'var(--chart-ghost)', dash: '2 3', width: 1.2 },
            ...(byDay.has(today)
              ? [
                  {
                    key: 'today',
                    label: 'Today so far',
                    colour: 'var(--chart-1)',
                    dash: '3 4',
                    isOpenEnded: true,
                  },
                ]
              : []),
          ]}
          format={count}
          dayLink={runsOf}
          today={today}
        />
        <DayChart
          title="Replies and bounces"
          sentence={`Reply rate and bounce rate by day, ${range(data.from, data.to)}`}
          points={ratePoints}
          series={[
            { key: 'reply', label: 'Reply rate', colour: 'var(--chart-2)' },
            { key: 'bounce', label: 'Bounce rate', colour: 'var(--chart-3)', dash: '5 3' },
          ]}
          format={percent}
          axisFormat={(value) => `${Math.round(value * 1000) / 10}%`}
          dayLink={runsOf}
          today={today}
        />
      </div>
      {missing.length > 0 && <Missing days={missing} />}
      <div className="cols two top-aligned">
        <DayTable days={data.days} totals={data.totals} dayLink={runsOf} />
        <BounceList mailboxes={data.mailboxes} total={data.mailboxCount} />
      </div>
    </>
  );
};

const Missing = ({ days }: { days: readonly string[] }) => (
  <section className="card" aria-label="Missing days">
    <div className="why">
      <p>
        <b>{counted(days.length, 'day has', 'days have')} no rows:</b>{' '}
        {groups(days)
          .map(([from, to]) => range(from, to))
          .join(', ')}
        . The charts leave them out; they do not count as zero.
      </p>
      <Link to="/schedules" className="btn xs">
        Backfill…
      </Link>
    </div>
  </section>
);

/** Days that follow each other, as stretches. */
function groups(days: readonly string[]): readonly (readonly [string, string])[] {
  const stretches: [string, string][] = [];
  for (const day of days) {
    const last = stretches.at(-1);
    if (last && addDays(last[1], 1) === day) last[1] = day;
    else stretches.push([day, day]);
  }
  return stretches;
}

/** Share of the days that must have figures before too: a change against a few days misleads. */
const enoughBefore = 0.8;
const nothing: EmailSums = {
  sent: 0,
  bounced: 0,
  contacted: 0,
  opened: 0,
  replied: 0,
  clicked: 0,
};
/** The sums of the period before, or nothing where too few of its days are known. */
const comparable = ({ before, days, daysBefore }: EmailAnalytics): EmailSums =>
  daysBefore.length >= days.length * enoughBefore ? before : nothing;

const SixFigures = ({ data, isStandIn }: { data: EmailAnalytics; isStandIn: boolean }) => {
  const { totals, days } = data;
  const before = comparable(data);
  const tag = isStandIn ? <StandInTag /> : undefined;
  const rate = (
    name: string,
    of: (sums: EmailSums) => number | undefined,
    isHigherBetter: boolean,
    colour: string,
  ) => {
    const change = changeOfShare(of(totals), of(before), isHigherBetter);
    return (
      <Figure
        name={name}
        value={percent(of(totals))}
        note={change.words}
        tone={change.tone}
        spark={days.flatMap((day) => of(day) ?? [])}
        colour={colour}
        tag={tag}
      />
    );
  };
  const amount = (name: string, key: 'sent' | 'contacted') => {
    const change = changeOfCount(totals[key], before[key]);
    return (
      <Figure
        name={name}
        value={count(totals[key])}
        note={change.words}
        tone={change.tone}
        spark={days.map((day) => day[key])}
        tag={tag}
      />
    );
  };
  return (
    <Figures label="Figures of the period">
      {amount('Sent', 'sent')}
      {amount('Contacted', 'contacted')}
      {rate('Open rate', rates.open, true, 'var(--chart-5)')}
      {rate('Reply rate', rates.reply, true, 'var(--chart-2)')}
      {rate('Bounce rate', rates.bounce, false, 'var(--chart-3)')}
      {rate('Click rate', rates.click, true, 'var(--chart-ghost)')}
    </Figures>
  );
};
