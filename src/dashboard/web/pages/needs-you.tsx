import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Overview } from '../../../contracts/api.ts';
import type { EffectEntry } from '../../../contracts/effects.ts';
import { Ago } from '../parts/ago.tsx';
import { Card } from '../parts/card.tsx';
import { Icon } from '../parts/icon.tsx';
import { SettleDialog } from '../parts/settle-dialog.tsx';

/** What waits for a person's decision, oldest first; nothing when nothing does. */
export const NeedsYou = ({ overview }: { overview: Overview }) => {
  const [effect, setEffect] = useState<EffectEntry>();
  const { unknownEffects, unknownEffectsTotal } = overview;
  return (
    <>
      {unknownEffects.length > 0 && (
        <Card
          title="Needs you"
          tag={unknownEffectsTotal}
          more={
            <Link to="/ledger" search={{ state: 'unknown' }} className="more">
              Open
            </Link>
          }
        >
          <ul className="list">
            {unknownEffects.map((each) => (
              <li key={each.key}>
                <span className="needs row">
                  <Icon name="outcome-unknown" />
                </span>
                <span className="grow">
                  <Link
                    to="/ledger"
                    search={{ state: 'unknown', selected: each.key }}
                    className="cut block strong quiet-link"
                  >
                    Unknown outcome: one {each.effect}
                  </Link>
                  <span className="cut block s11 t3" title={each.key}>
                    <span className="mono">{each.key}</span> · <Ago at={each.updatedAt} />
                  </span>
                </span>
                <button type="button" className="btn xs" onClick={() => setEffect(each)}>
                  Decide…
                </button>
              </li>
            ))}
          </ul>
        </Card>
      )}
      <SettleDialog effect={effect} onClose={() => setEffect(undefined)} />
    </>
  );
};
