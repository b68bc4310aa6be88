import type { LogEntry } from '../../../../contracts/logs.ts';
import { useNow } from '../../live.ts';
import { Level } from '../../parts/log-level.tsx';
import { useRowKeys } from '../../parts/row-keys.ts';
import { SpaceRow } from '../../parts/space-row.tsx';
import { useVirtualRows } from '../../parts/virtual-rows.ts';
import type { LogsSearch } from '../../search.ts';
import { clockZone, exact, when } from '../../time.ts';
import { rowHeightNow } from '../../choices.ts';

/** The lines that match, as many rows as are on screen. A click on a value shows only lines with it. */
export const LogTable = ({
  lines,
  selected,
  open,
  narrow,
  isMore,
  more,
}: {
  lines: readonly LogEntry[];
  selected: number | undefined;
  open: (id: number) => void;
  narrow: (change: LogsSearch) => void;
  isMore: boolean;
  more: () => void;
}) => {
  const now = useNow();
  const current = useRowKeys(lines.length, (index) => {
    const line = lines[index];
    if (line) open(line.id);
  });
  const { body, items, measure, before, after } = useVirtualRows({
    count: lines.length,
    rowHeight: rowHeightNow(),
    keyOf: (index) => lines[index]?.id ?? index,
    current,
    isMore,
    more,
  });
  return (
    <table className="cards log" aria-rowcount={isMore ? -1 : lines.length}>
      <thead>
        <tr>
          <th scope="col" style={{ width: 112 }}>
            Time, {clockZone()}
          </th>
          <th scope="col" style={{ width: 96 }}>
            Level
          </th>
          <th scope="col" style={{ width: 104 }}>
            Agent
          </th>
          <th scope="col">Message</th>
          <th scope="col" style={{ width: '24%' }}>
            Run
          </th>
        </tr>
      </thead>
      <tbody ref={body}>
        <SpaceRow height={before} columns={5} />
        {items.map((item) => {
          const line = lines[item.index];
          return line ? (
            <tr
              key={item.key}
              ref={measure}
              data-index={item.index}
              aria-rowindex={item.index + 1}
              aria-current={line.id === selected ? 'true' : undefined}
              className={`opens ${item.index === current ? 'cur' : ''} ${line.id === selected ? 'sel' : ''}`}
              onClick={(event) => {
                if (event.target instanceof Element && event.target.closest('button')) return;
                open(line.id);
              }}
            >
              <Cells line={line} now={now} open={open} narrow={narrow} />
            </tr>
          ) : null;
        })}
        <SpaceRow height={after} columns={5} />
      </tbody>
    </table>
  );
};

const Cells = ({
  line,
  now,
  open,
  narrow,
}: {
  line: LogEntry;
  now: number;
  open: (id: number) => void;
  narrow: (change: LogsSearch) => void;
}) => {
  const { id, at, level, agent, message, workflowId } = line;
  const from = processOf(line);
  return (
    <>
      <td className="t3 s12 num nowrap">
        <time dateTime={at} title={exact(at)}>
          {when(at, now)}
        </time>
      </td>
      <td className="s12">
        <button
          type="button"
          className="quiet-link"
          title="Show only these and louder"
          onClick={() => narrow({ level })}
        >
          <Level level={level} />
        </button>
      </td>
      <td className="s12 t2 cut who">
        <Narrowing
          text={agent ?? from}
          to={agent === null ? { field: `process:${from}` } : { agent }}
          narrow={narrow}
        />
      </td>
      <th scope="row" className="full" style={{ fontWeight: 400 }}>
        <button
          type="button"
          className="quiet-link cut block"
          title={message}
          onClick={() => open(id)}
        >
          {message || 'No words'}
        </button>
      </th>
      <td className={`s12 t3 cut full ${workflowId === null ? 'hide-m' : ''}`}>
        {workflowId === null ? (
          '–'
        ) : (
          <Narrowing text={workflowId} to={{ run: workflowId }} narrow={narrow} />
        )}
      </td>
    </>
  );
};

const Narrowing = ({
  text,
  to,
  narrow,
}: {
  text: string;
  to: LogsSearch;
  narrow: (change: LogsSearch) => void;
}) => (
  <button
    type="button"
    className="quiet-link cut block"
    title={`Show only lines of ${text}`}
    onClick={() => narrow(to)}
  >
    {text}
  </button>
);

/** The process that said it: `worker`, `dashboard`, `start`. */
const processOf = ({ fields }: LogEntry): string =>
  typeof fields.process === 'string' ? fields.process : 'unknown';
