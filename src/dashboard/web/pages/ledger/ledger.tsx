import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useState, type ReactNode } from 'react';
import { EffectState, type EffectEntry } from '../../../../contracts/effects.ts';
import { effectsResource } from '../../api.ts';
import { useResource } from '../../live.ts';
import { count, counted } from '../../numbers.ts';
import { Ago } from '../../parts/ago.tsx';
import { Card } from '../../parts/card.tsx';
import { Copy } from '../../parts/copy.tsx';
import { EffectBadge, effectLooks } from '../../parts/effect-state.tsx';
import { effectWords } from '../../parts/effect.ts';
import { FilterChip } from '../../parts/filter-chip.tsx';
import { Icon } from '../../parts/icon.tsx';
import { useRowKeys } from '../../parts/row-keys.ts';
import { useTitle } from '../../parts/title.ts';
import { Empty, View } from '../../parts/view.tsx';
import type { LedgerSearch } from '../../search.ts';
import { EffectPanel } from './effect-panel.tsx';

const route = getRouteApi('/ledger');
const command = 'npm run -s agentic -- ledger list';
const pageSize = 50;
const mostShown = 1_000;

/** What was sent and spent, once each, and what only a person can tell of. */
export const LedgerPage = (): ReactNode => {
  useTitle('Ledger');
  const search = route.useSearch();
  const [limit, setLimit] = useState(pageSize);
  const { state, key } = search;
  const query = useResource(effectsResource({ state, key, limit }), true);
  return (
    <>
      <div className="head">
        <h1>Ledger</h1>
        <span className="t3">What was sent and paid for, once each.</span>
      </div>
      <Filter search={search} />
      <View query={query} what="The ledger">
        {({ effects }) =>
          effects.length === 0 ? (
            <div className="card">
              <Nothing search={search} />
            </div>
          ) : (
            <Content
              effects={effects}
              search={search}
              more={
                effects.length === limit && limit < mostShown
                  ? () => setLimit(Math.min(limit * 4, mostShown))
                  : undefined
              }
            />
          )
        }
      </View>
    </>
  );
};

const Filter = ({ search }: { search: LedgerSearch }) => {
  const navigate = route.useNavigate();
  const [text, setText] = useState(search.key ?? '');
  const set = (change: LedgerSearch) =>
    void navigate({ search: { ...search, selected: undefined, ...change }, replace: true });
  useEffect(() => setText(search.key ?? ''), [search.key]);
  return (
    <div className="row w">
      <label className="find field">
        <Icon name="search" size="m" />
        <span className="hidden">What the keys begin with</span>
        <input
          type="search"
          data-page-filter
          placeholder="Key begins with, such as lead:acme:"
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            set({ key: event.currentTarget.value || undefined });
          }}
        />
      </label>
      <FilterChip
        name="State"
        value={search.state}
        any="Any state"
        options={EffectState.options.map((each) => ({
          value: each,
          label: effectLooks[each].word,
        }))}
        onChange={(value) => set({ state: EffectState.safeParse(value).data })}
      />
    </div>
  );
};

const Nothing = ({ search }: { search: LedgerSearch }) => {
  const navigate = route.useNavigate();
  if (search.state === undefined && search.key === undefined) {
    return (
      <Empty>
        <p>
          Nothing was sent or paid for yet. Each effect will be here with its outcome, from the
          first run on that sends or spends.
        </p>
        <p className="row w hint">
          On the command line: <code>{command}</code>
          <Copy text={command} name="Copy command" isIcon className="btn q xs" />
        </p>
      </Empty>
    );
  }
  return (
    <Empty>
      <p>
        {search.state === 'unknown' && search.key === undefined
          ? 'Nothing needs you: the outcome of every effect is known.'
          : 'No effects match.'}
      </p>
      <button type="button" className="btn" onClick={() => void navigate({ search: {} })}>
        Clear filters
      </button>
    </Empty>
  );
};

const Content = ({
  effects,
  search,
  more,
}: {
  effects: readonly EffectEntry[];
  search: LedgerSearch;
  more: (() => void) | undefined;
}) => {
  const navigate = route.useNavigate();
  const select = (selected: string | undefined) =>
    void navigate({ search: { ...search, selected }, replace: true, resetScroll: false });
  const index = effects.findIndex((effect) => effect.key === search.selected);
  const selected = search.selected ?? effects[0]?.key;
  useRowKeys(effects.length, () => undefined, {
    current: index,
    move: (at) => select(effects[at]?.key),
  });
  return (
    <div className="cols aside">
      <Card title="Effects, newest first" tag={`${count(effects.length)}${more ? '+' : ''}`} line>
        <table className="cards">
          <thead>
            <tr>
              <th scope="col" style={{ width: 168 }}>
                State
              </th>
              <th scope="col">Effect</th>
              <th scope="col" style={{ width: 76 }}>
                Kind
              </th>
              <th scope="col" className="r" style={{ width: 96 }}>
                Since
              </th>
            </tr>
          </thead>
          <tbody>
            {effects.map((effect) => (
              <Row
                key={effect.key}
                effect={effect}
                isSelected={effect.key === selected}
                select={() => select(effect.key)}
              />
            ))}
          </tbody>
        </table>
        {more && (
          <button type="button" className="bulk-new" onClick={more}>
            {counted(effects.length, 'effect')} shown, show more
          </button>
        )}
      </Card>
      {selected !== undefined && <EffectPanel key={selected} effectKey={selected} />}
    </div>
  );
};

const Row = ({
  effect,
  isSelected,
  select,
}: {
  effect: EffectEntry;
  isSelected: boolean;
  select: () => void;
}) => (
  <tr
    className={`two-lines opens ${isSelected ? 'sel' : ''}`}
    aria-current={isSelected ? 'true' : undefined}
    onClick={(event) => {
      if (event.target instanceof Element && event.target.closest('button')) return;
      select();
    }}
  >
    <td>
      <EffectBadge state={effect.state} />
    </td>
    <th scope="row" className="full">
      <button type="button" className="mono strong cut block quiet-link" onClick={select}>
        {effect.key}
      </button>
      <span className="s12 t3 cut block" title={effect.reason}>
        {effect.reason}
      </span>
    </th>
    <td>
      <span className="tag">{effectWords[effect.effect]}</span>
    </td>
    <td className="r t2 s12 aside-m">
      <Ago at={effect.updatedAt} />
    </td>
  </tr>
);
