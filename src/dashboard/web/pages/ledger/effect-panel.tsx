import { useState } from 'react';
import type { EffectDetail } from '../../../../contracts/effects.ts';
import { effectResource } from '../../api.ts';
import { useNow, useResource } from '../../live.ts';
import { Copy } from '../../parts/copy.tsx';
import { EffectBadge, effectLooks } from '../../parts/effect-state.tsx';
import { effectWords } from '../../parts/effect.ts';
import { Icon } from '../../parts/icon.tsx';
import { SettleDialog } from '../../parts/settle-dialog.tsx';
import { View } from '../../parts/view.tsx';
import { clockZone, exact, when } from '../../time.ts';
import { ActButton } from '../../parts/act-button.tsx';

/** One effect: where it stands, how it got there, and a person's word for it. */
export const EffectPanel = ({ effectKey }: { effectKey: string }) => {
  const query = useResource(effectResource(effectKey));
  return (
    <View query={query} what="The effect">
      {(effect) => <Panel effect={effect} />}
    </View>
  );
};

const Panel = ({ effect }: { effect: EffectDetail }) => {
  const now = useNow();
  const [isOpen, setOpen] = useState(false);
  const { key, state, reason, owner, history, result } = effect;
  const time = (at: string) => (
    <time dateTime={at} title={exact(at)} className="num">
      {when(at, now)} {clockZone()}
    </time>
  );
  const isHeld = Date.parse(effect.leaseUntil) > now;
  return (
    <aside className="card" aria-label="Selected effect">
      <header className="b">
        <h2 className="cut mono">{key}</h2>
        <Copy text={key} name="Copy key" isIcon className="btn q xs" />
      </header>
      <div className="pad stackv">
        <div className="row w">
          <EffectBadge state={state} />
          <span className="tag">{effectWords[effect.effect]}</span>
        </div>
        <p className="t2 wrap">{meaning[state]}</p>
        <p className="s12 t2 wrap">{reason}</p>
        {state !== 'done' && (
          <div className="row w">
            <ActButton
              className={state === 'unknown' ? 'btn p' : 'btn'}
              onClick={() => setOpen(true)}
            >
              Decide…
            </ActButton>
          </div>
        )}
        <dl className="kv">
          <dt>Began</dt>
          <dd>{time(effect.createdAt)}</dd>
          <dt>Changed</dt>
          <dd>{time(effect.updatedAt)}</dd>
          {owner !== null && (
            <>
              <dt>{isHeld ? 'Held by' : 'Held last by'}</dt>
              <dd className="mono wrap">{owner}</dd>
            </>
          )}
          {isHeld && (
            <>
              <dt>Held until</dt>
              <dd>{time(effect.leaseUntil)}</dd>
            </>
          )}
          {Date.parse(effect.quarantinedUntil) > now && (
            <>
              <dt>May arrive until</dt>
              <dd>{time(effect.quarantinedUntil)}</dd>
            </>
          )}
        </dl>
        <div>
          <h3 className="gap-below">How it got there, newest first</h3>
          <ol className="steps">
            {history.toReversed().map((step, index) => (
              <li key={index}>
                <span className={`${effectLooks[step.state].family} row`}>
                  <Icon name={effectLooks[step.state].icon} size="m" />
                </span>
                <span className="grow">
                  <b>{effectLooks[step.state].word}</b>
                  <span className="block s12 t2 wrap">{step.why}</span>
                </span>
                <time className="s12 t3 nowrap num" dateTime={step.at} title={exact(step.at)}>
                  {when(new Date(step.at).toISOString(), now)}
                </time>
              </li>
            ))}
          </ol>
        </div>
        {result !== null && result !== undefined && (
          <div>
            <h3 className="gap-below">The vendor’s answer</h3>
            <pre className="wrap" tabIndex={0} aria-label="The vendor’s answer">
              {JSON.stringify(result, null, 2)}
            </pre>
          </div>
        )}
      </div>
      <SettleDialog effect={isOpen ? effect : undefined} onClose={() => setOpen(false)} />
    </aside>
  );
};

const meaning: Readonly<Record<EffectDetail['state'], string>> = {
  intent:
    'The vendor was not asked, or has definitely not done it. The next run that wants it does it.',
  sending: 'The vendor may have it. The next run that wants it finds out.',
  done: 'It happened, and nobody does it again.',
  refused: 'It did not happen, and nobody tries again.',
  unknown:
    'It may or may not have happened, and nobody else can tell. Nothing is repeated until you decide.',
};
