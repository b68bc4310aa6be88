import { Icon } from './icon.tsx';
import { Empty } from './view.tsx';

/** A filter that is set, in words, and what takes it away. */
export interface ActiveFilter {
  readonly words: string;
  readonly remove: () => void;
}

/** A list that is empty because of its filters, which can be taken away here. */
export const NoMatch = ({
  what,
  filters,
  clear,
}: {
  /** `No lines match`, with the span of time where one is set. */
  what: string;
  filters: readonly ActiveFilter[];
  clear: () => void;
}) => (
  <Empty>
    <p>
      <b>{what}</b>
    </p>
    <div className="row w">
      {filters.map(({ words, remove }) => (
        <button
          key={words}
          type="button"
          className="chip on"
          aria-label={`Remove the filter ${words}`}
          onClick={remove}
        >
          {words}
          <Icon name="close" size="s" />
        </button>
      ))}
      <button type="button" className="btn xs" onClick={clear}>
        Clear filters
      </button>
    </div>
  </Empty>
);
