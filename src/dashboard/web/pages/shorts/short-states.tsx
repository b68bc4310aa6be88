import type { ClipState, ShortsState } from '../../../../contracts/shorts.ts';
import { Icon, type IconName } from '../../parts/icon.tsx';

interface Look {
  readonly word: string;
  readonly icon: IconName;
  readonly family: string;
}

/** Word, icon and colour family of each state of a video. */
export const videoLooks: Readonly<Record<ShortsState, Look>> = {
  pending: { word: 'Not begun', icon: 'queued', family: 'queued' },
  processing: { word: 'Being cut', icon: 'running', family: 'running' },
  generated: { word: 'Cut', icon: 'completed', family: 'completed' },
  exporting: { word: 'Exporting', icon: 'running', family: 'running' },
  downloaded: { word: 'Downloaded', icon: 'completed', family: 'completed' },
  partial: { word: 'In part', icon: 'completed-with-failures', family: 'retrying' },
  failed: { word: 'Failed', icon: 'failed', family: 'failed' },
  unknown: { word: 'Unknown outcome', icon: 'outcome-unknown', family: 'needs' },
};

/** The same of a clip. */
export const clipLooks: Readonly<Record<ClipState, Look>> = {
  generated: { word: 'Not exported', icon: 'queued', family: 'queued' },
  exporting: { word: 'Exporting', icon: 'running', family: 'running' },
  exported: { word: 'Downloading', icon: 'download', family: 'running' },
  downloaded: { word: 'Downloaded', icon: 'completed', family: 'completed' },
  failed: { word: 'Failed', icon: 'failed', family: 'failed' },
  unknown: { word: 'Unknown outcome', icon: 'outcome-unknown', family: 'needs' },
};

/** A state as icon, word and colour. */
export const LookBadge = ({ look: { word, icon, family } }: { look: Look }) => (
  <span className={`badge ${family}`}>
    <Icon name={icon} size="m" />
    {word}
  </span>
);
