import { Menu } from '@mantine/core';
import { useLive, useLiveState, useNow, type LiveMode, type LiveState } from '../live.ts';
import { Icon } from '../parts/icon.tsx';

const modes: readonly { readonly mode: LiveMode; readonly label: string }[] = [
  { mode: 'live', label: 'Live' },
  { mode: 'every-10s', label: 'Every 10 s' },
  { mode: 'paused', label: 'Paused' },
];
const oldAfterMs = 6_000;
const lostAfterMs = 30_000;

/** What the live state says: fresh, old since, or lost. `now` is this machine's clock. */
function lookOfLive(state: LiveState, now: number): { className: string; words: string } {
  if (state.mode === 'paused') return { className: 'off', words: 'Paused' };
  if (state.mode === 'every-10s') return { className: '', words: 'Every 10 s' };
  const age = now - state.beatAt;
  if (age >= lostAfterMs) return { className: 'off', words: 'Offline, trying again' };
  if (age >= oldAfterMs) {
    return { className: 'old', words: `${Math.floor(age / 1000)} s old` };
  }
  return state.hasBeaten
    ? { className: '', words: 'Live' }
    : { className: 'off', words: 'Connecting' };
}

/** Shows how fresh the screen is, and lets people slow or stop it. */
export const LiveMenu = () => {
  const live = useLive();
  const state = useLiveState();
  const { className, words } = lookOfLive(state, useNow() - state.skewMs);
  return (
    <Menu position="bottom-end" width={180}>
      <Menu.Target>
        <button type="button" className={`live ${className}`} aria-label={`Live updates: ${words}`}>
          <i />
          <span>{words}</span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Changes appear</Menu.Label>
        {modes.map(({ mode, label }) => (
          <Menu.Item
            key={mode}
            onClick={() => live.setMode(mode)}
            rightSection={mode === state.mode ? <Icon name="check" size="m" /> : null}
          >
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
};
