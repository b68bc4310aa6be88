import { getRouteApi, Link } from '@tanstack/react-router';
import { Fragment, type ReactNode } from 'react';
import type { NeedItem, NeedList } from '../../../../contracts/needs.ts';
import { needsResource } from '../../api-pipelines.ts';
import { useResource } from '../../live.ts';
import { count } from '../../numbers.ts';
import { Icon } from '../../parts/icon.tsx';
import { useIsNarrow } from '../../parts/narrow.ts';
import { useRowKeys } from '../../parts/row-keys.ts';
import { useTitle } from '../../parts/title.ts';
import { Empty, View } from '../../parts/view.tsx';
import type { NeedsSearch } from '../../search.ts';
import { NeedCase } from './need-case.tsx';
import { needLooks, NeedTime } from './need-row.tsx';

const route = getRouteApi('/needs-you');

const kinds = [
  { kind: 'decision', label: 'Decisions' },
  { kind: 'unknown-outcome', label: 'Unknown outcomes' },
  { kind: 'other', label: 'To mend' },
] as const;

/** A person's inbox: everything that waits for a word, most urgent first, with the word to say. */
export const NeedsYouPage = (): ReactNode => {
  const query = useResource(needsResource);
  const total = query.data?.total ?? 0;
  useTitle(total === 0 ? 'Needs you' : `Needs you (${count(total)})`);
  return (
    <>
      <div className="head">
        <h1>Needs you</h1>
        <span className="t3">What waits for a person, most urgent first.</span>
      </div>
      <View query={query} what="What waits for you">
        {(list) => (list.needs.length === 0 ? <Nothing /> : <Content list={list} />)}
      </View>
    </>
  );
};

const Nothing = () => (
  <section className="card">
    <Empty>
      <p className="row">
        <span className="completed row">
          <Icon name="completed" />
        </span>
        <b>Nothing waits for you.</b>
      </p>
      <p>
        Questions of pipelines, failed steps, unknown outcomes, refused logins and swarms that
        stopped by themselves come here, each with what to do about it.
      </p>
      <Link to="/" className="btn">
        Back to the overview
      </Link>
    </Empty>
  </section>
);

const kindOf = ({ kind }: NeedItem): (typeof kinds)[number]['kind'] => {
  switch (kind) {
    case 'approval':
    case 'repair':
    case 'method':
      return 'decision';
    case 'unknown-outcome':
      return 'unknown-outcome';
    case 'halted-swarm':
    case 'refused-login':
      return 'other';
  }
};

const Content = ({ list: { needs, total } }: { list: NeedList }) => {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (next: NeedsSearch) =>
    void navigate({ search: { ...search, ...next }, replace: true, resetScroll: false });
  const shown = needs.filter((need) => search.kind === undefined || kindOf(need) === search.kind);
  const isNarrow = useIsNarrow();
  const selected = shown.find(({ id }) => id === search.selected) ?? shown[0];
  useRowKeys(shown.length, () => undefined, {
    current: selected ? shown.indexOf(selected) : -1,
    move: (index) => change({ selected: shown[index]?.id }),
  });
  return (
    <>
      <div className="row w" role="group" aria-label="Kind">
        <Kind kind={undefined} label="All" size={total} />
        {kinds.map(({ kind, label }) => (
          <Kind
            key={kind}
            kind={kind}
            label={label}
            size={needs.filter((need) => kindOf(need) === kind).length}
          />
        ))}
      </div>
      <div className="cols aside needs-cols">
        <section className="card" aria-label="What waits for you">
          <ul className="list needs-list">
            {shown.map((need) => (
              <Fragment key={need.id}>
                <Row
                  need={need}
                  isSelected={need === selected}
                  select={() => change({ selected: need.id })}
                />
                {isNarrow && need === selected && (
                  <li className="inset">
                    <NeedCase need={need} />
                  </li>
                )}
              </Fragment>
            ))}
          </ul>
          {shown.length === 0 && (
            <Empty>
              <p>None of this kind waits for you.</p>
            </Empty>
          )}
          {total > needs.length && (
            <p className="pad s12 t3">
              The {count(needs.length)} most urgent of {count(total)}.
            </p>
          )}
        </section>
        {selected && !isNarrow && <NeedCase key={selected.id} need={selected} />}
      </div>
    </>
  );
};

const Kind = ({
  kind,
  label,
  size,
}: {
  kind: NeedsSearch['kind'];
  label: string;
  size: number;
}) => {
  const isOn = route.useSearch().kind === kind;
  return (
    <Link
      to="/needs-you"
      search={kind === undefined ? {} : { kind }}
      className={`chip ${isOn ? 'on' : ''}`}
      aria-current={isOn ? 'true' : undefined}
      replace
    >
      {label} <span className="num t3">{count(size)}</span>
    </Link>
  );
};

const Row = ({
  need,
  isSelected,
  select,
}: {
  need: NeedItem;
  isSelected: boolean;
  select: () => void;
}) => {
  const look = needLooks[need.kind];
  return (
    <li className={isSelected ? 'sel' : ''}>
      <span className="needs row need-icon">
        <Icon name={look.icon} />
      </span>
      <span className="grow">
        <button
          type="button"
          className="block strong quiet-link need-title"
          aria-pressed={isSelected}
          onClick={select}
        >
          {need.title}
        </button>
        <span className="block s12 t2 wrap need-text">{need.text}</span>
        <span className="row w s11 t3 need-foot">
          <span>{look.word}</span>
          <span className="sep" />
          <NeedTime need={need} />
        </span>
      </span>
    </li>
  );
};
