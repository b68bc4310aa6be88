import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { FlowKeyInUse } from '../../../contracts/flow-keys.ts';
import { useNow } from '../live.ts';
import { count } from '../numbers.ts';
import { duration, exact, hourMinute, when } from '../time.ts';
import { Icon, type IconName } from './icon.tsx';

type State = 'open' | 'slowed' | 'closed' | 'paused';

const looks: Readonly<
  Record<
    State,
    {
      readonly word: string;
      readonly icon: IconName;
      readonly family: string;
      readonly fill: string;
    }
  >
> = {
  open: { word: 'Open', icon: 'completed', family: 'completed', fill: 'f-running' },
  slowed: { word: 'Slowed', icon: 'retrying', family: 'retrying', fill: 'f-retrying' },
  closed: { word: 'Closed', icon: 'waiting', family: 'waiting', fill: 'f-waiting' },
  paused: { word: 'Paused', icon: 'paused', family: 'queued', fill: 'f-queued' },
};

/** What holds a flow key back, a person before the vendor before trouble. */
export function flowStateOf({ paused, closed, share }: FlowKeyInUse): State {
  if (paused) return 'paused';
  if (closed) return 'closed';
  return share < 1 ? 'slowed' : 'open';
}

/** The state of a flow key as icon, word and colour. */
export const FlowBadge = ({ flowKey }: { flowKey: FlowKeyInUse }) => {
  const { word, icon, family } = looks[flowStateOf(flowKey)];
  return (
    <span className={`badge ${family}`}>
      <Icon name={icon} size="m" />
      {word}
    </span>
  );
};

/** The same without the word, for a sentence that says it. */
export const FlowIcon = ({ flowKey }: { flowKey: FlowKeyInUse }) => {
  const { word, icon, family } = looks[flowStateOf(flowKey)];
  return (
    <span className={`${family} row`} title={word}>
      <Icon name={icon} />
      <span className="hidden">{word}</span>
    </span>
  );
};

/** How much of its rate a key may use now; full and violet while it is closed. */
export const FlowMeter = ({ flowKey }: { flowKey: FlowKeyInUse }) => {
  const state = flowStateOf(flowKey);
  const isHeld = state === 'closed' || state === 'paused';
  return (
    <span className="meter block" aria-hidden="true">
      <i
        className={looks[state].fill}
        style={{ width: `${isHeld ? 100 : flowKey.share * 100}%` }}
      />
    </span>
  );
};

/** `90 of 90 /s`: the rate in use now, of the limit; none of it while the key is held. */
export function rateWords({ share, limits, closed, paused }: FlowKeyInUse): string {
  const inUse = closed || paused ? 0 : Math.round(limits.perSecond * share * 10) / 10;
  return `${count(inUse)} of ${count(limits.perSecond)} /s`;
}

/** `until 14:41:00, 12 min 40 s`; counts down by the server's clock. */
export const Until = ({ at }: { at: string }) => {
  const now = useNow();
  const leftMs = Date.parse(at) - now;
  return (
    <time dateTime={at} title={exact(at)} className="num">
      until <b>{when(at, now)}</b>
      {leftMs > 0 && `, ${duration(leftMs < 10_000 ? Math.ceil(leftMs / 1000) * 1000 : leftMs)}`}
    </time>
  );
};

/** The few keys that matter most, as rows of a card. */
export const FlowRows = ({ flowKeys }: { flowKeys: readonly FlowKeyInUse[] }) => (
  <ul className="list flow-rows">
    {flowKeys.map((flowKey) => (
      <li key={flowKey.key}>
        <span className="row">
          <FlowKeyLink flowKey={flowKey.key}>{flowKey.key}</FlowKeyLink>
          <span className="grow" />
          <span className="s12 t2 nowrap num">
            {flowKey.paused ? (
              'paused'
            ) : flowKey.closed ? (
              <span className="waiting" title={exact(flowKey.closed.until)}>
                closed until {hourMinute(flowKey.closed.until)}
              </span>
            ) : (
              rateWords(flowKey)
            )}
          </span>
          <span className="s12 t3 nowrap num">
            {flowKey.waiting === 0
              ? '–'
              : `${count(flowKey.waiting)} ${flowKey.waiting === 1 ? 'waits' : 'wait'}`}
          </span>
        </span>
        <FlowMeter flowKey={flowKey} />
      </li>
    ))}
  </ul>
);

/** A link to a key's page, in the letters of names. */
export const FlowKeyLink = ({ flowKey, children }: { flowKey: string; children: ReactNode }) => (
  <Link to="/flow-keys/$flowKey" params={{ flowKey }} className="mono strong cut quiet-link">
    {children}
  </Link>
);
