import { useState } from 'react';
import type { EmailAnalytics } from '../../../../contracts/analytics.ts';
import { count, percent, share } from '../../numbers.ts';
import { Card } from '../../parts/card.tsx';
import { ToLink } from '../../parts/to-link.tsx';
import { Empty } from '../../parts/view.tsx';

const columns = [
  ['sent', 'Sent'],
  ['contacted', 'Contacted'],
  ['opened', 'Opened'],
  ['clicked', 'Clicked'],
  ['replied', 'Replied'],
  ['bounced', 'Bounced'],
] as const;
const fewDays = 10;

/** The stored sums of each day, newest first. */
export const DayTable = ({
  days,
  totals,
  dayLink,
}: {
  days: EmailAnalytics['days'];
  totals: EmailAnalytics['totals'];
  dayLink: (date: string) => string;
}) => {
  const [isWhole, setWhole] = useState(false);
  const newest = days.toReversed();
  const shown = isWhole ? newest : newest.slice(0, fewDays);
  return (
    <Card
      title="Days"
      tag={days.length}
      line
      more={<span className="more hide-m">Every day leads to its runs</span>}
    >
      <div className="scroll">
        <table className="wide">
          <thead>
            <tr>
              <th scope="col" style={{ width: 116 }}>
                Day, UTC
              </th>
              {columns.map(([key, label]) => (
                <th key={key} scope="col" className="r">
                  {label}
                </th>
              ))}
              <th scope="col" className="r" style={{ width: 96 }}>
                Bounce rate
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((day) => (
              <tr key={day.date}>
                <th scope="row">
                  <ToLink to={dayLink(day.date)} className="link num">
                    {day.date}
                  </ToLink>
                </th>
                {columns.map(([key]) => (
                  <td key={key} className="r">
                    {count(day[key])}
                  </td>
                ))}
                <td className="r">{percent(share(day.bounced, day.sent))}</td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">All {days.length} days</th>
              {columns.map(([key]) => (
                <td key={key} className="r strong">
                  {count(totals[key])}
                </td>
              ))}
              <td className="r strong">{percent(share(totals.bounced, totals.sent))}</td>
            </tr>
          </tfoot>
        </table>
      </div>
      {newest.length > fewDays && (
        <button type="button" className="show-all" onClick={() => setWhole(!isWhole)}>
          {isWhole ? `Show the last ${fewDays} days` : `Show all ${newest.length} days`}
        </button>
      )}
    </Card>
  );
};

const attention = 0.2;
const danger = 0.5;
const fewMailboxes = 8;

/** The mailboxes that bounce most, with marks where it needs a hand and where it endangers the domain. */
export const BounceList = ({
  mailboxes,
  total,
}: {
  mailboxes: EmailAnalytics['mailboxes'];
  total: number;
}) => {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? mailboxes : mailboxes.slice(0, fewMailboxes);
  const most = Math.max(0.6, ...mailboxes.map((mailbox) => mailbox.bounceRate));
  const at = (rate: number) => `${(rate / most) * 100}%`;
  return (
    <Card
      title="Bounce rate by mailbox"
      more={
        <span className="more">
          {mailboxes.length < total ? `worst ${mailboxes.length} of ${count(total)} · ` : ''}
          attention 20% · danger 50%
        </span>
      }
    >
      {mailboxes.length === 0 ? (
        <Empty>No mailbox sent anything in these days.</Empty>
      ) : (
        <ul className="bounces">
          {shown.map((mailbox) => {
            const level =
              mailbox.bounceRate > danger
                ? 'failed'
                : mailbox.bounceRate > attention
                  ? 'retrying'
                  : 'queued';
            return (
              <li key={`${mailbox.account} ${mailbox.emailAccount}`} className="mb">
                <span
                  className="cut mono"
                  title={`${mailbox.emailAccount}, account ${mailbox.account}`}
                >
                  {mailbox.emailAccount}
                </span>
                <span className="bars" aria-hidden="true">
                  {mailbox.bounceRate > 0 && (
                    <i className={`f-${level}`} style={{ width: at(mailbox.bounceRate) }} />
                  )}
                  <em style={{ left: at(attention) }} />
                  <em style={{ left: at(danger) }} />
                </span>
                <span
                  className="num nowrap r-text"
                  title={`${count(mailbox.bounced)} of ${count(mailbox.sent)} bounced`}
                >
                  {level !== 'queued' && (
                    <span className={`${level} strong`}>
                      {level === 'failed' ? 'danger' : 'attention'}{' '}
                    </span>
                  )}
                  {percent(mailbox.bounceRate)}
                </span>
              </li>
            );
          })}
        </ul>
      )}
      {mailboxes.length > fewMailboxes && (
        <button type="button" className="show-all" onClick={() => setWhole(!isWhole)}>
          {isWhole ? `Show the worst ${fewMailboxes}` : `Show ${mailboxes.length} mailboxes`}
        </button>
      )}
    </Card>
  );
};
