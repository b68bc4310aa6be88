import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { TopicInfo } from '../../../../contracts/topics.ts';
import { topicsResource } from '../../api-coordination.ts';
import { useResource } from '../../live.ts';
import { count } from '../../numbers.ts';
import { Ago } from '../../parts/ago.tsx';
import { Card } from '../../parts/card.tsx';
import { Copy } from '../../parts/copy.tsx';
import { Icon } from '../../parts/icon.tsx';
import { useIsNarrow } from '../../parts/narrow.ts';
import { useRowKeys } from '../../parts/row-keys.ts';
import { useTitle } from '../../parts/title.ts';
import { Empty, View } from '../../parts/view.tsx';
import { Barriers, Leases } from './leases.tsx';
import { TopicPanel } from './topic-panel.tsx';

const route = getRouteApi('/coordination');
const command =
  'npm run -s agentic -- topic publish leads.found --id lead-17 --payload \'{"label":"lead-17"}\'';

/** How runs keep out of each other's way and tell each other what has happened. */
export const CoordinationPage = (): ReactNode => {
  useTitle('Coordination');
  return (
    <>
      <div className="head">
        <h1>Coordination</h1>
        <span className="t3">Topics, leases and barriers: who tells whom, and who waits.</span>
      </div>
      <View query={useResource(topicsResource)} what="The list of topics" rows={4}>
        {({ topics }) => <Content topics={topics} />}
      </View>
    </>
  );
};

const Content = ({ topics }: { topics: readonly TopicInfo[] }) => {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const isNarrow = useIsNarrow();
  const selected = topics.find(({ name }) => name === search.topic) ?? topics[0];
  const select = (topic: string | undefined) =>
    void navigate({ search: { topic }, replace: true, resetScroll: false });
  useRowKeys(topics.length, () => undefined, {
    current: selected ? topics.indexOf(selected) : -1,
    move: (index) => select(topics[index]?.name),
  });
  if (!selected) {
    return (
      <>
        <Card title="Topics" line>
          <Empty>
            <p>
              <b>Nothing was published yet.</b> A topic appears with its first message or
              subscriber; each message reaches every subscriber, in order, at least once.
            </p>
            <p className="row w hint">
              On the command line: <code className="wrap">{command}</code>
              <Copy text={command} name="Copy command" isIcon className="btn q xs" />
            </p>
          </Empty>
        </Card>
        <Held />
      </>
    );
  }
  return (
    <div className="cols aside">
      <div className="col">
        <Card title="Topics" tag={topics.length} line>
          <table className="cards">
            <thead>
              <tr>
                <th scope="col">Topic</th>
                <th scope="col" className="r" style={{ width: 92 }}>
                  Messages
                </th>
                <th scope="col" className="r" style={{ width: 100 }}>
                  Subscribers
                </th>
                <th scope="col" style={{ width: 170 }}>
                  Delivery
                </th>
                <th scope="col" className="r" style={{ width: 96 }}>
                  Last
                </th>
              </tr>
            </thead>
            <tbody>
              {topics.map((topic) => (
                <Row
                  key={topic.name}
                  topic={topic}
                  isSelected={topic === selected}
                  select={() => select(topic.name)}
                />
              ))}
            </tbody>
          </table>
        </Card>
        {!isNarrow && <Held />}
      </div>
      <TopicPanel key={selected.name} topic={selected} />
      {isNarrow && <Held />}
    </div>
  );
};

const Held = () => (
  <>
    <Leases />
    <Barriers />
  </>
);

const Row = ({
  topic,
  isSelected,
  select,
}: {
  topic: TopicInfo;
  isSelected: boolean;
  select: () => void;
}) => (
  <tr
    className={`opens ${isSelected ? 'sel' : ''}`}
    aria-current={isSelected ? 'true' : undefined}
    onClick={(event) => {
      if (event.target instanceof Element && event.target.closest('button')) return;
      select();
    }}
  >
    <th scope="row" className="full">
      <button type="button" className="mono strong cut block quiet-link" onClick={select}>
        {topic.name}
      </button>
    </th>
    <td className="r num hide-m">{count(topic.messages)}</td>
    <td className="r num hide-m">{count(topic.subscribers.length)}</td>
    <td>
      <Delivery topic={topic} />
    </td>
    <td className="r t2 s12">
      <Ago at={topic.lastAt} />
    </td>
  </tr>
);

/** Whether everybody has everything, and who is furthest behind. */
const Delivery = ({ topic: { subscribers } }: { topic: TopicInfo }) => {
  const behind = Math.max(0, ...subscribers.map((each) => each.behind));
  const isTroubled = subscribers.some(({ trouble }) => trouble !== null);
  if (subscribers.length === 0) return <span className="t3 s12">nobody listens</span>;
  if (isTroubled) {
    return (
      <span className="badge retrying">
        <Icon name="warning" size="m" />
        {behind === 0 ? 'Trouble' : `${count(behind)} behind`}
      </span>
    );
  }
  return behind === 0 ? (
    <span className="badge completed">
      <Icon name="completed" size="m" />
      All delivered
    </span>
  ) : (
    <span className="badge running">
      <Icon name="running" size="m" />
      {count(behind)} behind
    </span>
  );
};
