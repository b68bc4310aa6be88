import { useSyncExternalStore, type ReactNode } from 'react';
import { Icon } from './icon.tsx';

interface Toast {
  readonly id: number;
  readonly text: ReactNode;
  readonly tone: 'completed' | 'failed';
}

let toasts: readonly Toast[] = [];
let last = 0;
const listeners = new Set<() => void>();
const set = (next: readonly Toast[]) => {
  toasts = next;
  for (const listener of listeners) listener();
};
const dismiss = (id: number) => set(toasts.filter((toast) => toast.id !== id));

/** Says what was done, at the lower edge. What failed stays until someone dismisses it. */
export function say(text: ReactNode, tone: Toast['tone'] = 'completed'): void {
  last += 1;
  const id = last;
  set([...toasts.slice(-2), { id, text, tone }]);
  if (tone === 'completed') setTimeout(() => dismiss(id), 8_000);
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** The place where `say` speaks; once, in the frame. */
export const Toasts = () => {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map((toast) => (
        <div key={toast.id} className="toast">
          <span className={`${toast.tone} row`} style={{ height: 20 }}>
            <Icon name={toast.tone} />
          </span>
          <p>{toast.text}</p>
          <button type="button" aria-label="Dismiss" onClick={() => dismiss(toast.id)}>
            <Icon name="close" size="m" />
          </button>
        </div>
      ))}
    </div>
  );
};
