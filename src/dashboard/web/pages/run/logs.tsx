import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { LogLine, RunDetail } from '../../../../contracts/api.ts';
import { readLogs } from '../../api.ts';
import { useLiveState } from '../../live.ts';
import { Copy } from '../../parts/copy.tsx';
import { isOpen } from '../../parts/state-badge.tsx';
import { Empty, View } from '../../parts/view.tsx';
import { clock, clockZone, exact } from '../../time.ts';
import { RecordList } from './record-list.tsx';

const pageSize = 500;
const keptLines = 10_000;
const colours = { debug: 't3', info: 't2', warn: 'retrying', error: 'failed' } as const;

/** This run's lines, oldest first; while it follows, new ones appear at the end. */
export const Logs = ({ detail }: { detail: RunDetail }) => {
  const { workflowId, runId, state } = detail.run;
  const { mode } = useLiveState();
  const client = useQueryClient();
  const [isFollowing, setFollowing] = useState(isOpen(state));
  const [isQuiet, setQuiet] = useState(false);
  const [selected, setSelected] = useState<number>();
  const key = ['logs', workflowId, runId];
  const query = useQuery({
    queryKey: key,
    queryFn: async ({ signal }) => {
      let lines = client.getQueryData<readonly LogLine[]>(key) ?? [];
      for (;;) {
        const page = await readLogs(workflowId, runId, lines.at(-1)?.id, signal);
        lines = [...lines, ...page.lines].slice(-keptLines);
        if (page.lines.length < pageSize) return lines;
      }
    },
    refetchInterval: isFollowing && mode !== 'paused' ? 2_000 : false,
  });

  return (
    <View query={query} what="The log of this run">
      {(all) => {
        const lines = isQuiet
          ? all.filter((line) => line.level === 'warn' || line.level === 'error')
          : all;
        const line = lines.find((each) => each.id === selected) ?? lines.at(-1);
        return (
          <div className="cols aside">
            <section className="card" aria-label="Log">
              <header className="b">
                <div className="seg" role="group" aria-label="Lines shown">
                  <button type="button" aria-pressed={!isQuiet} onClick={() => setQuiet(false)}>
                    All lines
                  </button>
                  <button type="button" aria-pressed={isQuiet} onClick={() => setQuiet(true)}>
                    Warnings and errors
                  </button>
                </div>
                <button
                  type="button"
                  className="chip"
                  aria-pressed={isFollowing}
                  onClick={() => setFollowing(!isFollowing)}
                >
                  Follow
                </button>
                <span className="more">
                  {lines.length} lines, {clockZone()}
                </span>
                <Link to="/logs" search={{ run: runId, last: 'all' }} className="link s12">
                  Search them in Logs
                </Link>
              </header>
              {lines.length === 0 ? (
                <Empty>
                  {all.length > 0
                    ? 'No warning and no error.'
                    : 'No line yet. Lines are kept as long as the setting LOG_RETENTION_DAYS says.'}
                </Empty>
              ) : (
                <RecordList
                  label="Log lines"
                  records={lines}
                  keyOf={(each) => each.id}
                  selected={line?.id}
                  select={(id) => {
                    setSelected(id);
                    setFollowing(false);
                  }}
                  follow={isFollowing}
                  onLeaveEnd={() => setFollowing(false)}
                  line={(each) => (
                    <>
                      <time className="mono t3">{clock(each.at)}</time>
                      <span className={`mono level ${colours[each.level]}`}>{each.level}</span>
                      <span className="cut grow">{each.message}</span>
                      <span className="mono t3 cut s11 fields hide-m">{fieldsOf(each)}</span>
                    </>
                  )}
                />
              )}
            </section>
            {line && <LinePanel line={line} />}
          </div>
        );
      }}
    </View>
  );
};

const fieldsOf = (line: LogLine): string =>
  Object.entries(line.fields)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');

const LinePanel = ({ line }: { line: LogLine }) => (
  <aside className="card" aria-label="Selected line">
    <header className="b">
      <h2>Line</h2>
      <span className={`more mono ${colours[line.level]}`}>{line.level}</span>
    </header>
    <div className="pad stackv">
      <p className="wrap">{line.message}</p>
      <p className="s12 t3 num">{exact(line.at)}</p>
      <pre className="wrap" tabIndex={0} aria-label="Fields">
        {JSON.stringify(line.fields, null, 2)}
      </pre>
      <div className="row">
        <Copy text={JSON.stringify(line, null, 2)} name="Copy as JSON" />
      </div>
    </div>
  </aside>
);
