import { Modal } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { choice } from '../choices.ts';
import { pages } from './navigation.ts';

/** Whether a key belongs to a field or an open dialog and not to the page; all do where single keys are switched off. */
export function isTaken(event: KeyboardEvent): boolean {
  if (choice('keys') === 'off') return true;
  if (event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented) return true;
  const target = event.target;
  const isField =
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.closest('input, textarea, select, [role="textbox"]') !== null);
  return isField || document.querySelector('[role="dialog"], [role="menu"]') !== null;
}

/** The keys of the frame: `g` and a letter, `n`, `t`, `/` and `?`. */
export function useFrameKeys(doing: {
  readonly theme: () => void;
  readonly help: () => void;
}): void {
  const navigate = useNavigate();
  const goPressedAt = useRef(0);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (isTaken(event)) return;
      if (Date.now() - goPressedAt.current < 1_500) {
        goPressedAt.current = 0;
        const page = pages.find((each) => each.key === event.key);
        if (page) void navigate({ to: page.to });
        if (page) event.preventDefault();
        return;
      }
      switch (event.key) {
        case 'g':
          goPressedAt.current = Date.now();
          break;
        case 'n':
          void navigate({ to: '/new' });
          break;
        case 't':
          doing.theme();
          break;
        case '?':
          doing.help();
          break;
        case '/':
          event.preventDefault();
          document.querySelector<HTMLElement>('[data-page-filter]')?.focus();
          break;
      }
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  });
}

const others: readonly (readonly [string, string])[] = [
  ['⌘ K / Ctrl K', 'Find or do anything'],
  ['n', 'New run'],
  ['/', 'Filter of the page'],
  ['j  k', 'Next, previous row or attempt'],
  ['Enter', 'Open the row'],
  ['⌘ Enter', 'Start, in a form'],
  ['t', 'Dark or light'],
  ['?', 'All keys'],
];

/** All keys in one place. */
export const KeysDialog = ({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) => (
  <Modal
    opened={isOpen}
    onClose={onClose}
    title="Keys"
    size={420}
    closeButtonProps={{ 'aria-label': 'Close' }}
  >
    <dl className="keys">
      {pages.map((page) => (
        <KeyRow key={page.to} keys={`g ${page.key}`} does={page.label} />
      ))}
      {others.map(([keys, does]) => (
        <KeyRow key={keys} keys={keys} does={does} />
      ))}
    </dl>
  </Modal>
);

const KeyRow = ({ keys, does }: { keys: string; does: string }) => (
  <>
    <dt>
      <kbd>{keys}</kbd>
    </dt>
    <dd>{does}</dd>
  </>
);
