import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { AgentMemory } from '../../../../contracts/memory-views.ts';
import { ApiFailure } from '../../api.ts';
import { memoryResource, reportResource } from '../../api-memory.ts';
import { useNow, useResource } from '../../live.ts';
import { count } from '../../numbers.ts';
import { Card, Sentence, StandInTag } from '../../parts/card.tsx';
import { Figure, Figures } from '../../parts/figure.tsx';
import { Icon } from '../../parts/icon.tsx';
import { standingOf } from '../../parts/lesson.tsx';
import { useTitle } from '../../parts/title.ts';
import { Empty, View } from '../../parts/view.tsx';
import { Why } from '../../parts/why.tsx';
import { hourMinute, relative } from '../../time.ts';
import { AgentPicker } from './agent-picker.tsx';
import { FirstTries } from './first-tries.tsx';
import { FileTrouble } from './file-trouble.tsx';
import { LessonTable } from './lesson-table.tsx';
import { AnnealButton } from './memory-acts.tsx';
import { ProposeButton } from './propose.tsx';
import { Snapshots } from './snapshots.tsx';
import { WhatChanged } from './what-changed.tsx';

const route = getRouteApi('/memory/$agent');

/** What an agent has learnt: what it avoids, why, until when, and whether it helped. */
export const MemoryPage = (): ReactNode => {
  const { agent } = route.useParams();
  const { world } = route.useSearch();
  useTitle(agent, 'Memory');
  const query = useResource(memoryResource({ agent, world }));
  const head = (
    <>
      <h1>Memory</h1>
      <span className="t3">What the agents have learnt, why, and until when.</span>
    </>
  );
  if (query.error instanceof ApiFailure && query.error.status === 404 && !query.data) {
    return (
      <>
        <div className="head">{head}</div>
        <section className="card">
          <Empty>
            <p className="wrap">{query.error.message}</p>
            <Link to="/memory" className="btn">
              All memories
            </Link>
          </Empty>
        </section>
      </>
    );
  }
  return (
    <>
      <div className="head">
        {head}
        {query.data?.world === 'stand-in' && <StandInTag />}
        <span className="grow" />
        {query.data && <ProposeButton memory={query.data} />}
        {query.data && <AnnealButton memory={query.data} />}
      </div>
      <View query={query} what="The memory" rows={9}>
        {(memory) => <Content memory={memory} />}
      </View>
    </>
  );
};

const Content = ({ memory }: { memory: AgentMemory }) => {
  const isEmpty = memory.snapshots.length === 0;
  return (
    <>
      {!isEmpty && <MemoryFigures memory={memory} />}
      <FileTrouble memory={memory} />
      {!isEmpty && <Status memory={memory} />}
      <div className={isEmpty ? 'cols mem only-list' : 'cols mem'}>
        <AgentPicker memory={memory} />
        {isEmpty ? (
          <Card title="Lessons" line>
            <Empty>
              <p>{memory.agent} has learnt nothing yet. Lessons appear after its first runs.</p>
            </Empty>
          </Card>
        ) : (
          <>
            <div className="col">
              <LessonTable memory={memory} />
              <FirstTries memory={memory} />
              <Records memory={memory} />
            </div>
            <div className="col">
              <WhatChanged memory={memory} />
              <Snapshots memory={memory} />
            </div>
          </>
        )}
      </div>
    </>
  );
};

const MemoryFigures = ({ memory: { lessons, snapshots } }: { memory: AgentMemory }) => {
  const now = useNow();
  const standing = lessons.map(standingOf);
  const having = (...some: readonly (typeof standing)[number][]) =>
    standing.filter((each) => some.includes(each)).length;
  const sum = (of: 'helped' | 'harmed') => lessons.reduce((all, lesson) => all + lesson[of], 0);
  const [newest] = snapshots;
  return (
    <Figures label="Memory in numbers" columns={5}>
      <Figure
        name="Active lessons"
        value={count(having('active', 'pinned', 'deprecated'))}
        note={`${count(lessons.length)} kept in all`}
      />
      <Figure
        name="Tasks they helped"
        value={count(sum('helped'))}
        note={`${count(sum('harmed'))} obeyed and did not go well`}
        {...(sum('harmed') > sum('helped') ? { tone: 'failed' as const } : {})}
      />
      <Figure
        name="To be tried again"
        value={count(having('lapsed', 'canary'))}
        note={`${count(having('canary'))} tried right now`}
      />
      <Figure
        name="Held by people"
        value={count(having('pinned', 'deprecated'))}
        note={`${count(having('deprecated'))} of them for good`}
      />
      <Figure
        name="Last anneal"
        value={newest ? hourMinute(newest.at) : 'none'}
        note={newest ? `${relative(newest.at, now)}, ${newest.what}` : 'nothing was read yet'}
      />
    </Figures>
  );
};

const Status = ({ memory: { agent, world } }: { memory: AgentMemory }) => {
  const report = useResource(reportResource({ agent, world })).data;
  return (
    <section className="card" aria-label="Status">
      <Sentence
        icon={
          <span className="t3 row">
            <Icon name="memory" />
          </span>
        }
      >
        {report ? <Why text={`${report.status} Last: ${report.actionTaken}`} /> : '…'}
      </Sentence>
    </section>
  );
};

const Records = ({ memory: { records } }: { memory: AgentMemory }) => (
  <Card title="What methods did lately" tag={records.length} line={records.length > 0}>
    {records.length === 0 ? (
      <Empty>No method was tried yet.</Empty>
    ) : (
      <table className="cards">
        <thead>
          <tr>
            <th scope="col">Method</th>
            <th scope="col" style={{ width: 96 }}>
              Account
            </th>
            <th scope="col" className="r" style={{ width: 92 }}>
              Went well
            </th>
            <th scope="col" className="r" style={{ width: 132 }}>
              Failing since
            </th>
          </tr>
        </thead>
        <tbody>
          {records.map((record) => (
            <tr
              key={`${record.capability} ${record.account} ${record.method}`}
              className="two-lines"
            >
              <th scope="row" className="full">
                <span className="strong block cut">{record.method}</span>
                <span className="mono t3 s11 block cut">{record.capability}</span>
              </th>
              <td className="cut">{record.account}</td>
              <td className="r num">
                {count(record.worked)} <span className="t3 only-m">went well</span>
              </td>
              <td className="r full">
                <Failing record={record} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    )}
  </Card>
);

const Failing = ({ record: { failing } }: { record: AgentMemory['records'][number] }) => {
  const now = useNow();
  const [first] = failing;
  if (!first) return <span className="t3">not failing</span>;
  return (
    <span className="failed">
      {first.type}, {relative(first.at, now)}
    </span>
  );
};
