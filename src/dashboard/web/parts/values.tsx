import { useState, type ReactNode } from 'react';
import { count, words } from '../numbers.ts';
import { Card } from './card.tsx';
import { Copy } from './copy.tsx';

/** Names of fields as people know them; what is missing is made from the field's own name. */
export type FieldTitles = Readonly<Record<string, string>>;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const longList = 20;

/** Any JSON value in a form people read: fields with names, lists of objects as tables. */
const Value = ({ value, titles }: { value: unknown; titles: FieldTitles }): ReactNode => {
  if (value === null || value === undefined) return <span className="t3">none</span>;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return <span className="num">{count(value)}</span>;
  if (typeof value === 'string') return value === '' ? <span className="t3">empty</span> : value;
  if (Array.isArray(value)) return <List values={value} titles={titles} />;
  if (isRecord(value)) return <Fields value={value} titles={titles} />;
  return null;
};

const Fields = ({
  value,
  titles,
}: {
  value: Readonly<Record<string, unknown>>;
  titles: FieldTitles;
}) => (
  <dl className="kv">
    {Object.entries(value).map(([name, each]) => (
      <Field key={name} name={titles[name] ?? words(name)}>
        <Value value={each} titles={titles} />
      </Field>
    ))}
  </dl>
);

const Field = ({ name, children }: { name: string; children: ReactNode }) => (
  <>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </>
);

const List = ({ values, titles }: { values: readonly unknown[]; titles: FieldTitles }) => {
  const [isWhole, setWhole] = useState(false);
  if (values.length === 0) return <span className="t3">none</span>;
  const shown = isWhole ? values : values.slice(0, longList);
  const records = shown.filter(isRecord);
  const columns = [...new Set(records.flatMap((record) => Object.keys(record)))];
  return (
    <>
      {records.length === shown.length ? (
        <div className="scroll" tabIndex={0} role="group" aria-label="Table">
          <table className="small">
            <thead>
              <tr>
                {columns.map((column) => (
                  <th key={column} scope="col">
                    {titles[column] ?? words(column)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {records.map((record, index) => (
                <tr key={index}>
                  {columns.map((column) => (
                    <td key={column}>
                      <Value value={record[column]} titles={titles} />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : (
        <ul>
          {shown.map((each, index) => (
            <li key={index}>
              <Value value={each} titles={titles} />
            </li>
          ))}
        </ul>
      )}
      {!isWhole && values.length > longList && (
        <button type="button" className="link" onClick={() => setWhole(true)}>
          Show all {count(values.length)}
        </button>
      )}
    </>
  );
};

/** A JSON value in a form people read. */
export const Values = ({ value }: { value: unknown }) => <Value value={value} titles={{}} />;

/** A card with one JSON value: as a form, or as it is. */
export const ValueCard = ({
  title,
  value,
  titles = {},
  none,
}: {
  title: string;
  value: unknown;
  titles?: FieldTitles;
  /** What a missing value means. */
  none: string;
}) => {
  const [isJson, setJson] = useState(false);
  const json = JSON.stringify(value, null, 2);
  const isMissing = value === null || value === undefined;
  return (
    <Card
      title={title}
      line
      more={
        isMissing ? null : (
          <>
            <div className="seg end" role="group" aria-label={`${title} shown as`}>
              <button type="button" aria-pressed={!isJson} onClick={() => setJson(false)}>
                Form
              </button>
              <button type="button" aria-pressed={isJson} onClick={() => setJson(true)}>
                JSON
              </button>
            </div>
            <Copy text={json} name={`Copy ${title.toLowerCase()}`} isIcon className="btn q xs" />
          </>
        )
      }
    >
      <div className="pad">
        {isMissing ? (
          <p className="t2">{none}</p>
        ) : isJson ? (
          <pre tabIndex={0} aria-label={`${title} as JSON`}>
            {json}
          </pre>
        ) : (
          <Value value={value} titles={titles} />
        )}
      </div>
    </Card>
  );
};
