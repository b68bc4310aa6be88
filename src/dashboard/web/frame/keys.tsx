import { Modal } from '@mantine/core';
import { useNavigate, useRouter } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { choice } from '../choices.ts';
import { pages } from './navigation.ts';
import { addressAbove, openRowInTab, stepTab } from './page-keys.ts';

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

const pageFilter = '[data-page-filter]';

/** From the filter the keys belong to the list again. */
function leaveFilter(target: EventTarget | null): void {
  if (target instanceof HTMLElement && target.matches(pageFilter)) target.blur();
}

/** The keys of the frame, which are the same on every page: `g` and a letter, `n`, `Esc` and so on. */
export function useFrameKeys(doing: {
  readonly theme: () => void;
  readonly help: () => void;
}): void {
  const navigate = useNavigate();
  const { history } = useRouter();
  const goPressedAt = useRef(0);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape') leaveFilter(event.target);
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
          document.querySelector<HTMLElement>(pageFilter)?.focus();
          break;
        case '[':
          stepTab(-1);
          break;
        case ']':
          stepTab(1);
          break;
        case 'o':
          openRowInTab();
          break;
        case 'Escape': {
          const above = addressAbove(location);
          if (above !== undefined) history.push(above);
          break;
        }
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
  ['o', 'Open the row in a new tab'],
  ['x', 'Select the row, where rows have boxes'],
  ['Shift x', 'Select up to the row'],
  ['Esc', 'Close what is open, or up one level'],
  ['[  ]', 'Previous, next tab'],
  ['+  -  0  f', 'Longer, shorter, whole run, its work: the timeline of a run'],
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
