import { Link } from '@tanstack/react-router';
import type { Overview } from '../../../../contracts/api.ts';
import { Card } from '../../parts/card.tsx';
import { Icon } from '../../parts/icon.tsx';
import { needLooks, NeedTime } from './need-row.tsx';

/** The first of what waits for a person, most urgent first; nothing when nothing does. */
export const NeedsCard = ({ overview: { needs, needsTotal } }: { overview: Overview }) =>
  needs.length === 0 ? null : (
    <Card
      title="Needs you"
      tag={needsTotal}
      more={
        <Link to="/needs-you" className="more">
          Open
        </Link>
      }
    >
      <ul className="list">
        {needs.map((need) => (
          <li key={need.id}>
            <span className="needs row">
              <Icon name={needLooks[need.kind].icon} />
            </span>
            <span className="grow">
              <span className="cut block strong" title={need.title}>
                {need.title}
              </span>
              <span className="cut block s11 t3" title={need.text}>
                {needLooks[need.kind].word} · <NeedTime need={need} />
              </span>
            </span>
            <Link
              to="/needs-you"
              search={{ selected: need.id }}
              className="btn xs"
              aria-label={`${needLooks[need.kind].verb}: ${need.title}`}
            >
              {needLooks[need.kind].verb}
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  );
