import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useState, type ReactNode } from 'react';
import type { Suppression, SuppressionList } from '../../../../contracts/effects.ts';
import { removeSuppression, suppressionsCsv, suppressionsResource } from '../../api.ts';
import { useNow, useResource } from '../../live.ts';
import { count, counted } from '../../numbers.ts';
import { Card } from '../../parts/card.tsx';
import { Copy } from '../../parts/copy.tsx';
import { Icon } from '../../parts/icon.tsx';
import { ReasonDialog, type Act } from '../../parts/reason-dialog.tsx';
import { useTitle } from '../../parts/title.ts';
import { say } from '../../parts/toast.tsx';
import { Empty, View } from '../../parts/view.tsx';
import { exact, relative } from '../../time.ts';
import { AddDialog } from './add-dialog.tsx';
import { ActButton } from '../../parts/act-button.tsx';

const route = getRouteApi('/suppressions');
const command = 'npm run -s agentic -- suppress add mara@example.com --reason "asked us to stop"';

/** Who nothing is ever sent to: addresses, and domains with all below them. */
export const SuppressionsPage = (): ReactNode => {
  useTitle('Suppressions');
  const { q } = route.useSearch();
  const [isAdding, setAdding] = useState(false);
  const query = useResource(suppressionsResource(q), true);
  return (
    <>
      <div className="head">
        <h1>Suppressions</h1>
        <span className="t3">Addresses and domains that nothing is ever sent to.</span>
        <span className="grow" />
        <a className="btn" href={suppressionsCsv} download>
          <Icon name="download" size="m" />
          Export CSV
        </a>
        <ActButton className="btn" onClick={() => setAdding(true)}>
          <Icon name="plus" size="m" />
          Add…
        </ActButton>
      </div>
      <Filter q={q} />
      <View query={query} what="The suppression list">
        {(list) => <Content list={list} q={q} add={() => setAdding(true)} />}
      </View>
      <AddDialog isOpen={isAdding} onClose={() => setAdding(false)} />
    </>
  );
};

const Filter = ({ q }: { q: string | undefined }) => {
  const navigate = route.useNavigate();
  const [text, setText] = useState(q ?? '');
  useEffect(() => setText(q ?? ''), [q]);
  return (
    <label className="find field">
      <Icon name="search" size="m" />
      <span className="hidden">Part of an address or domain</span>
      <input
        type="search"
        data-page-filter
        placeholder="Part of an address or domain"
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          void navigate({ search: { q: event.currentTarget.value || undefined }, replace: true });
        }}
      />
    </label>
  );
};

const Content = ({
  list: { suppressions, total },
  q,
  add,
}: {
  list: SuppressionList;
  q: string | undefined;
  add: () => void;
}) => {
  const client = useQueryClient();
  const navigate = route.useNavigate();
  const [act, setAct] = useState<Act>();
  const removal = ({ pattern }: Suppression): Act => ({
    title: `Take ${pattern} off the list?`,
    consequence: pattern.includes('@')
      ? 'Runs may send to this address again, unless its domain is on the list too.'
      : 'Runs may send to all addresses of this domain and the domains below it again, unless they are on the list themselves.',
    verb: 'Take it off the list',
    isDangerous: true,
    isReasonNeeded: true,
    run: async (reason) => {
      await removeSuppression(pattern, reason);
      say(`${pattern} is off the list.`);
      await client.invalidateQueries();
    },
  });
  if (total === 0) {
    return (
      <div className="card">
        <Empty>
          {q === undefined ? (
            <>
              <p>Nobody is on the list yet. Whoever is on it is refused by every run that sends.</p>
              <ActButton className="btn p" onClick={add}>
                Add the first…
              </ActButton>
              <p className="row w hint">
                On the command line: <code>{command}</code>
                <Copy text={command} name="Copy command" isIcon className="btn q xs" />
              </p>
            </>
          ) : (
            <>
              <p>No entries match “{q}”.</p>
              <button type="button" className="btn" onClick={() => void navigate({ search: {} })}>
                Clear filters
              </button>
            </>
          )}
        </Empty>
      </div>
    );
  }
  return (
    <Card title="Nothing is sent to" tag={count(total)} line>
      <table className="cards">
        <thead>
          <tr>
            <th scope="col">Address or domain</th>
            <th scope="col">Why</th>
            <th scope="col" style={{ width: 160 }}>
              By
            </th>
            <th scope="col" className="r" style={{ width: 96 }}>
              Since
            </th>
            <th scope="col" className="r" style={{ width: 96 }}>
              <span className="hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {suppressions.map((each) => (
            <Row key={each.pattern} suppression={each} remove={() => setAct(removal(each))} />
          ))}
        </tbody>
      </table>
      {suppressions.length < total && (
        <p className="hint pad">
          The first {counted(suppressions.length, 'entry', 'entries')} of {count(total)}. Narrow the
          list by a part of the address, or export it.
        </p>
      )}
      <ReasonDialog act={act} onClose={() => setAct(undefined)} />
    </Card>
  );
};

const Row = ({ suppression, remove }: { suppression: Suppression; remove: () => void }) => {
  const now = useNow();
  const { pattern, reason, by, at } = suppression;
  return (
    <tr>
      <th scope="row" className="mono full cut" title={pattern}>
        {pattern}
      </th>
      <td className="full t2 cut" title={reason}>
        {reason}
      </td>
      <td className="t2 cut">{by}</td>
      <td className="r t3 s12 hide-m">
        <time dateTime={at} title={exact(at)}>
          {relative(at, now)}
        </time>
      </td>
      <td className="r">
        <ActButton className="btn xs" aria-label={`Remove ${pattern}…`} onClick={remove}>
          Remove…
        </ActButton>
      </td>
    </tr>
  );
};
