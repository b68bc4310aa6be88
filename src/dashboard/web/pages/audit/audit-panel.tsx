import { getRouteApi } from '@tanstack/react-router';
import type { AuditRow } from '../../../../contracts/audit.ts';
import { Copy } from '../../parts/copy.tsx';
import { Icon } from '../../parts/icon.tsx';
import { RunLink } from '../../parts/run-link.tsx';
import { Values } from '../../parts/values.tsx';
import type { AuditSearch } from '../../search.ts';
import { exact } from '../../time.ts';
import { isOfRun, Way } from './audit-words.tsx';

const route = getRouteApi('/audit');

/** One thing that somebody did: in whose name, why, and what was otherwise before. */
export const AuditPanel = ({
  row,
  search,
  close,
}: {
  row: AuditRow;
  search: AuditSearch;
  close: () => void;
}) => {
  const navigate = route.useNavigate();
  const narrow = (change: AuditSearch) =>
    void navigate({ search: { ...search, selected: undefined, ...change } });
  const { action, target, by, from, at, reason, detail } = row;
  const { before, after, runId, ...rest } = detail;
  const type = action.startsWith('swarm.') ? 'swarm' : 'task';
  return (
    <aside className="card side-sheet" aria-label="Selected entry">
      <header className="b">
        <h2 className="cut">{action}</h2>
        <Way from={from} />
        <span className="grow" />
        <button type="button" className="btn q xs" aria-label="Close" onClick={close}>
          <Icon name="close" size="m" />
        </button>
      </header>
      <div className="pad stackv">
        <p className="wrap">
          {reason === '' ? <span className="t3">No reason given.</span> : reason}
        </p>
        <dl className="kv">
          <dt>By</dt>
          <dd>
            <button
              type="button"
              className="link wrap"
              title="Show only what they did"
              onClick={() => narrow({ by })}
            >
              {by}
            </button>
          </dd>
          <dt>To</dt>
          <dd>
            <button
              type="button"
              className="link wrap"
              title="Show only what was done to it"
              onClick={() => narrow({ target })}
            >
              {target}
            </button>
          </dd>
          <dt>At</dt>
          <dd className="num">{exact(at)}</dd>
        </dl>
        <div className="row w">
          {isOfRun(action) && (
            <RunLink
              workflowId={target}
              runId={typeof runId === 'string' ? runId : undefined}
              type={type}
              className="btn"
            >
              Open the run
            </RunLink>
          )}
          <Copy text={JSON.stringify(row, null, 2)} name="Copy as JSON" className="btn" />
        </div>
        {(before !== undefined || after !== undefined) && (
          <div className="before-after">
            <div>
              <h3 className="gap-below">Before</h3>
              <Values value={before} />
            </div>
            <div>
              <h3 className="gap-below">After</h3>
              <Values value={after} />
            </div>
          </div>
        )}
        {Object.keys(rest).length > 0 && (
          <div>
            <h3 className="gap-below">What else was noted</h3>
            <Values value={rest} />
          </div>
        )}
      </div>
    </aside>
  );
};
