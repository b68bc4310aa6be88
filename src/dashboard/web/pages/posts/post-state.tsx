import type { PostState } from '../../../../contracts/posts.ts';
import { Icon, type IconName } from '../../parts/icon.tsx';

/** Word, icon and colour family of each state of a post. */
export const postLooks: Readonly<
  Record<PostState, { readonly word: string; readonly icon: IconName; readonly family: string }>
> = {
  writing: { word: 'Being written', icon: 'running', family: 'running' },
  draft: { word: 'Needs you', icon: 'needs-you', family: 'needs' },
  approved: { word: 'Approved', icon: 'completed', family: 'completed' },
  refused: { word: 'Refused', icon: 'cancelled', family: 'queued' },
  blocked: { word: 'Withheld', icon: 'failed', family: 'failed' },
  unusable: { word: 'No post', icon: 'failed', family: 'failed' },
};

/** State of a post as icon, word and colour. */
export const PostBadge = ({ state }: { state: PostState }) => {
  const { word, icon, family } = postLooks[state];
  return (
    <span className={`badge ${family}`}>
      <Icon name={icon} size="m" />
      {word}
    </span>
  );
};
