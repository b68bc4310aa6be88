import type { LogEntry } from '../../../../contracts/logs.ts';
import { Copy } from '../../parts/copy.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Level } from '../../parts/log-level.tsx';
import { RunLink } from '../../parts/run-link.tsx';
import type { LogsSearch } from '../../search.ts';
import { exact } from '../../time.ts';

/** One line with all its fields, each of which narrows the list when clicked. */
export const LogPanel = ({
  line,
  narrow,
  close,
}: {
  line: LogEntry;
  narrow: (change: LogsSearch) => void;
  close: () => void;
}) => {
  const { level, message, at, agent, workflowId, runId, fields } = line;
  return (
    <aside className="card side-sheet" aria-label="Selected line">
      <header className="b">
        <h2>Line</h2>
        <Level level={level} />
        <span className="grow" />
        <button type="button" className="btn q xs" aria-label="Close" onClick={close}>
          <Icon name="close" size="m" />
        </button>
      </header>
      <div className="pad stackv">
        <p className="wrap">{message}</p>
        <p className="s12 t3 num">{exact(at)}</p>
        <div className="row w">
          {workflowId !== null && (
            <RunLink workflowId={workflowId} runId={runId ?? undefined} className="btn">
              Open the run
            </RunLink>
          )}
          <Copy text={JSON.stringify(line, null, 2)} name="Copy as JSON" className="btn" />
        </div>
        <dl className="kv">
          {agent !== null && <Field name="agent" value={agent} onClick={() => narrow({ agent })} />}
          {workflowId !== null && (
            <Field
              name="run"
              value={workflowId}
              onClick={() => narrow({ run: workflowId, last: 'all' })}
            />
          )}
          {runId !== null && (
            <Field
              name="execution"
              value={runId}
              onClick={() => narrow({ run: runId, last: 'all' })}
            />
          )}
          {Object.entries(fields).map(([name, value]) => {
            const text = typeof value === 'string' ? value : JSON.stringify(value);
            const field = `${name}:${text}`;
            // longer ones, and what has fields itself, are shown as they are
            const isPlain = typeof value !== 'object' && text !== '' && field.length <= 300;
            return (
              <Field
                key={name}
                name={name}
                value={text}
                onClick={isPlain ? () => narrow({ field }) : undefined}
              />
            );
          })}
        </dl>
      </div>
    </aside>
  );
};

const Field = ({
  name,
  value,
  onClick,
}: {
  name: string;
  value: string;
  onClick: (() => void) | undefined;
}) => (
  <>
    <dt>{name}</dt>
    <dd className="mono s12 wrap">
      {onClick ? (
        <button
          type="button"
          className="quiet-link wrap"
          title={`Show only lines with this ${name}`}
          onClick={onClick}
        >
          {value}
        </button>
      ) : (
        value
      )}
    </dd>
  </>
);
