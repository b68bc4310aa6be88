import { Icon } from './icon.tsx';
import { Empty } from './view.tsx';

/** Stands where the selected row would be, when there is none with its number. */
export const GonePanel = ({
  label,
  children,
  close,
}: {
  /** What the panel is otherwise: `Selected line`. */
  label: string;
  /** The sentence that says so. */
  children: string;
  close: () => void;
}) => (
  <aside className="card side-sheet" aria-label={label}>
    <header className="b">
      <h2>Not found</h2>
      <span className="grow" />
      <button type="button" className="btn q xs" aria-label="Close" onClick={close}>
        <Icon name="close" size="m" />
      </button>
    </header>
    <Empty>{children}</Empty>
  </aside>
);
