import type { NeedItem } from '../../../../contracts/needs.ts';
import { useNow } from '../../live.ts';
import { Ago } from '../../parts/ago.tsx';
import type { IconName } from '../../parts/icon.tsx';
import { exact, relative } from '../../time.ts';

/** What each kind is called, how it looks, and the verb that leads to it. */
export const needLooks: Readonly<
  Record<
    NeedItem['kind'],
    { readonly word: string; readonly icon: IconName; readonly verb: string }
  >
> = {
  approval: { word: 'Approval', icon: 'needs-you', verb: 'Review' },
  repair: { word: 'Repair', icon: 'needs-you', verb: 'Repair' },
  method: { word: 'Refused by memory', icon: 'needs-you', verb: 'Decide' },
  'unknown-outcome': { word: 'Unknown outcome', icon: 'outcome-unknown', verb: 'Decide' },
  'halted-swarm': { word: 'Swarm stopped', icon: 'paused', verb: 'Look' },
  'refused-login': { word: 'Login refused', icon: 'flow-keys', verb: 'Look' },
};

/** Until when, or since when it waits. */
export const NeedTime = ({ need }: { need: NeedItem }) => {
  const now = useNow();
  if (need.deadline !== null) {
    const isSoon = Date.parse(need.deadline) - now < soonMs;
    return (
      <time className={isSoon ? 'needs' : ''} dateTime={need.deadline} title={exact(need.deadline)}>
        {Date.parse(need.deadline) <= now ? 'time is up' : `due ${relative(need.deadline, now)}`}
      </time>
    );
  }
  return need.since === null ? 'waits for good' : <Ago at={need.since} />;
};

const soonMs = 3_600_000;
