import type { EffectState } from '../../../contracts/effects.ts';
import { Icon, type IconName } from './icon.tsx';

/** Word, icon and colour family of each state of an effect. */
export const effectLooks: Readonly<
  Record<EffectState, { readonly word: string; readonly icon: IconName; readonly family: string }>
> = {
  intent: { word: 'Not sent yet', icon: 'queued', family: 'queued' },
  sending: { word: 'Sending', icon: 'running', family: 'running' },
  done: { word: 'Done', icon: 'completed', family: 'completed' },
  refused: { word: 'Refused', icon: 'cancelled', family: 'queued' },
  unknown: { word: 'Unknown outcome', icon: 'outcome-unknown', family: 'needs' },
};

/** State of an effect as icon, word and colour. */
export const EffectBadge = ({ state }: { state: EffectState }) => {
  const { word, icon, family } = effectLooks[state];
  return (
    <span className={`badge ${family}`}>
      <Icon name={icon} size="m" />
      {word}
    </span>
  );
};
