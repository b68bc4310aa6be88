import type { ReactNode } from 'react';
import type { Overdue, TableSize } from '../../../../contracts/database.ts';
import type { DataView } from '../../../../contracts/settings.ts';
import { dataResource } from '../../api-settings.ts';
import { useNow, useResource } from '../../live.ts';
import { bytes, count, counted } from '../../numbers.ts';
import { Card } from '../../parts/card.tsx';
import { Copy } from '../../parts/copy.tsx';
import { useTitle } from '../../parts/title.ts';
import { Empty, View } from '../../parts/view.tsx';
import { exact, relative } from '../../time.ts';
import { SettingsHead } from './settings-head.tsx';

const command = 'npm run -s agentic -- database cleanup';

/** What is stored, how long it stays, and what is past its time. */
export const DataPage = (): ReactNode => {
  useTitle('Data', 'Settings');
  const query = useResource(dataResource);
  return (
    <>
      <SettingsHead about="What is stored, how long it stays, and what is past its time." />
      <View query={query} what="The tables" rows={10}>
        {(data) => <Content data={data} />}
      </View>
    </>
  );
};

const Content = ({ data: { keep, overdue, older, tables } }: { data: DataView }) => {
  const total = tables.reduce((sum, table) => sum + table.bytes, 0);
  return (
    <>
      <div className="cols halves">
        <Card title="How long" line>
          <table>
            <thead>
              <tr>
                <th scope="col">What</th>
                <th scope="col" className="r" style={{ width: 90 }}>
                  Stays
                </th>
              </tr>
            </thead>
            <tbody>
              {keep.map(({ setting, days, what }) => (
                <tr key={setting}>
                  <th scope="row" className="message">
                    {what}
                    <br />
                    <code className="t3">{setting}</code>
                  </th>
                  <td className="r">{counted(days, 'day')}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <p className="hint pad">
            Leads, figures, memory, the suppression list and the ledger stay. Change these settings
            in <code>.env</code>, then restart.
          </p>
        </Card>
        <Card title="Past its time" tag={count(overdue.length)} line>
          {overdue.length === 0 ? (
            <Empty>
              <p>Nothing is past its time. Workers delete what is, once an hour.</p>
            </Empty>
          ) : (
            <Sizes rows={overdue} />
          )}
          {older.length > 0 && (
            <>
              <p className="hint pad">
                Tables of older scripts, set aside; only <code>--older-tables</code> drops them:
              </p>
              <Sizes rows={older} />
            </>
          )}
          <p className="row w hint pad">
            Delete it now: <code>{command}</code>
            <Copy text={command} name="Copy command" isIcon className="btn q xs" />
          </p>
        </Card>
      </div>
      <Card title="Tables" tag={`${count(tables.length)}, ${bytes(total)}`} line>
        <table>
          <thead>
            <tr>
              <th scope="col">Table</th>
              <th scope="col" className="r" style={{ width: 110 }}>
                Rows
              </th>
              <th scope="col" className="r" style={{ width: 90 }}>
                Size
              </th>
              <th scope="col" className="r hide-m" style={{ width: 140 }}>
                Last write
              </th>
            </tr>
          </thead>
          <tbody>
            {tables.map((table) => (
              <Row key={table.name} table={table} />
            ))}
          </tbody>
        </table>
      </Card>
    </>
  );
};

const Sizes = ({ rows }: { rows: readonly Overdue[] }) => (
  <table>
    <tbody>
      {rows.map((row) => (
        <tr key={row.table}>
          <th scope="row" className="mono cut">
            {row.table}
          </th>
          <td className="r" style={{ width: 110 }}>
            {counted(row.rows, 'row')}
          </td>
          <td className="r t3" style={{ width: 90 }}>
            {bytes(row.bytes)}
          </td>
        </tr>
      ))}
    </tbody>
  </table>
);

const notOurs: Record<TableSize['owner'], string | undefined> = {
  ours: undefined,
  older: 'older scripts',
  foreign: 'not ours',
};

const Row = ({ table }: { table: TableSize }) => {
  const now = useNow();
  const { name, owner, rows, isExact, lastWriteAt } = table;
  return (
    <tr>
      <th scope="row" className="mono cut" title={name}>
        {name} {notOurs[owner] && <span className="tag">{notOurs[owner]}</span>}
      </th>
      <td className="r">
        {isExact ? '' : 'about '}
        {count(rows)}
      </td>
      <td className="r">{bytes(table.bytes)}</td>
      <td className="r t3 hide-m">
        {lastWriteAt === null ? (
          '–'
        ) : (
          <time dateTime={lastWriteAt} title={exact(lastWriteAt)}>
            {relative(lastWriteAt, now)}
          </time>
        )}
      </td>
    </tr>
  );
};
