import type { LogLevel } from '../../../contracts/logs.ts';
import { Icon, type IconName } from './icon.tsx';

/** How each level looks, the loudest first. */
export const levelLooks: Readonly<
  Record<
    LogLevel,
    {
      readonly word: string;
      readonly text: string;
      readonly fill: string;
      readonly icon?: IconName;
    }
  >
> = {
  error: { word: 'Error', text: 'failed', fill: 'f-failed', icon: 'failed' },
  warn: { word: 'Warning', text: 'retrying', fill: 'f-retrying', icon: 'warning' },
  info: { word: 'Info', text: 't2', fill: 'f-calm' },
  debug: { word: 'Debug', text: 't3', fill: 'f-queued' },
};

/** The level of a line: a word, and for trouble an icon too. */
export const Level = ({ level }: { level: LogLevel }) => {
  const { word, text, icon } = levelLooks[level];
  return (
    <span className={`row level ${text}`}>
      {icon && <Icon name={icon} size="m" />}
      {word}
    </span>
  );
};
