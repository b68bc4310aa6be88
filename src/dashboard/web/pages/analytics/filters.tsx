import '@mantine/dates/styles.layer.css';
import { DatePickerInput } from '@mantine/dates';
import { Link } from '@tanstack/react-router';
import dayjs from 'dayjs';
import { useEffect, useState } from 'react';
import type { AnalyticsQuery } from '../../../../contracts/analytics.ts';
import type { AccountInfo } from '../../../../contracts/api.ts';
import { csvAddress } from '../../api.ts';
import { useNow } from '../../live.ts';
import { FilterChip } from '../../parts/filter-chip.tsx';
import { Icon } from '../../parts/icon.tsx';
import type { AnalyticsSearch } from '../../search.ts';
import { addDays, clockZone, dayOf, exact, relative, when } from '../../time.ts';

const defaultDays = 28;

/** The days and account a page asks for: the last 28 days, today included, when none are named. */
export function queryOf(search: AnalyticsSearch, today: string): AnalyticsQuery {
  const to = search.to ?? today;
  const from = search.from ?? addDays(to, 1 - defaultDays);
  return from <= to
    ? { account: search.account, from, to }
    : { account: search.account, from: to, to: from };
}

/** Today as UTC counts it, changing at midnight only. */
export const useToday = (): string => dayOf(useNow());

/** Heading, the other page, account, days and export. */
export const AnalyticsHead = ({
  page,
  search,
  query,
  accounts,
  isStandIn,
  change,
}: {
  page: 'email' | 'campaigns';
  search: AnalyticsSearch;
  query: AnalyticsQuery;
  accounts: readonly AccountInfo[];
  isStandIn: boolean;
  change: (search: AnalyticsSearch) => void;
}) => (
  <div className="head">
    <h1>{page === 'email' ? 'E-mail' : 'Campaigns'}</h1>
    <nav className="seg" aria-label="Analytics">
      <Link
        to="/analytics/email"
        search={only(search)}
        aria-current={page === 'email' ? 'page' : undefined}
      >
        E-mail
      </Link>
      <Link
        to="/analytics/campaigns"
        search={only(search)}
        aria-current={page === 'campaigns' ? 'page' : undefined}
      >
        Campaigns
      </Link>
    </nav>
    {isStandIn && (
      <span className="tag" title="A stand-in answers for this vendor: the numbers are made up">
        stand-in
      </span>
    )}
    <span className="grow" />
    <FilterChip
      name="Account"
      any="All accounts"
      value={search.account}
      options={accounts.map((account) => ({
        value: account.name,
        label: account.isStandIn ? `${account.name} (stand-in)` : account.name,
      }))}
      onChange={(account) => change({ account })}
    />
    <Days query={query} change={change} />
    <a className="btn" href={csvAddress(page, query)} download>
      <Icon name="download" size="m" />
      Export CSV
    </a>
  </div>
);

const only = ({ account, from, to }: AnalyticsSearch): AnalyticsSearch => ({ account, from, to });

/** As the field shows a day; its name says the same, for people who call it by what they see. */
const fieldFormat = 'D MMM YYYY';
const inField = (day: string): string => dayjs(day).format(fieldFormat);

const Days = ({
  query,
  change,
}: {
  query: AnalyticsQuery;
  change: (search: AnalyticsSearch) => void;
}) => {
  const today = useToday();
  const [days, setDays] = useState<[string | null, string | null]>([query.from, query.to]);
  useEffect(() => setDays([query.from, query.to]), [query.from, query.to]);
  const back = (count: number, value: string) => ({
    label: `Last ${count} days`,
    value: [addDays(today, 1 - count), value] satisfies [string, string],
  });
  return (
    <DatePickerInput
      type="range"
      size="xs"
      className="days"
      aria-label={`Days: ${inField(query.from)} – ${inField(query.to)}`}
      labelSeparator="–"
      valueFormat={fieldFormat}
      allowSingleDateInRange
      maxDate={today}
      presets={[7, 28, 90, 365].map((count) => back(count, today))}
      value={days}
      onChange={([from, to]) => {
        setDays([from, to]);
        if (from !== null && to !== null) change({ from, to });
      }}
    />
  );
};

/** When the figures came, and when the next ones do. */
export const Freshness = ({
  pulledAt,
  nextPullAt,
}: {
  pulledAt: string | null;
  nextPullAt: string | null;
}) => {
  const now = useNow();
  return (
    <p className="s12 t3 freshness">
      {pulledAt === null ? (
        'Never pulled'
      ) : (
        <time dateTime={pulledAt} title={exact(pulledAt)}>
          Pulled {when(pulledAt, now)} {clockZone()}, {relative(pulledAt, now)}
        </time>
      )}
      {nextPullAt !== null && (
        <>
          {' · '}
          <time dateTime={nextPullAt} title={exact(nextPullAt)}>
            next {relative(nextPullAt, now)}
          </time>
        </>
      )}
    </p>
  );
};

/** Whether a made-up number is among those shown. */
export const hasStandIn = (
  accounts: readonly AccountInfo[],
  account: string | undefined,
): boolean =>
  accounts.some((each) => each.isStandIn && (account === undefined || account === each.name));
