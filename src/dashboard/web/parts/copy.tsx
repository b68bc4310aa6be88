import { useClipboard } from '@mantine/hooks';
import { Icon } from './icon.tsx';

/** Puts a text on the clipboard and says so. */
export const Copy = ({
  text,
  name,
  className = 'btn xs',
  isIcon = false,
}: {
  text: string;
  /** What is copied: `Copy id`. */
  name: string;
  className?: string;
  /** Shows the icon alone; the name stays for screen readers and the tooltip. */
  isIcon?: boolean;
}) => {
  const clipboard = useClipboard({ timeout: 1_500 });
  const said = clipboard.copied ? 'Copied' : name;
  return (
    <button
      type="button"
      className={className}
      onClick={() => clipboard.copy(text)}
      title={name}
      aria-label={isIcon ? said : undefined}
    >
      <Icon name={clipboard.copied ? 'check' : 'copy'} size="m" />
      {!isIcon && said}
    </button>
  );
};
