import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { LessonExplanation } from '../../../../contracts/memory-views.ts';
import { ApiFailure } from '../../api.ts';
import { lessonResource } from '../../api-memory.ts';
import { useNow, useResource } from '../../live.ts';
import { count, counted } from '../../numbers.ts';
import { Card, Sentence, StandInTag } from '../../parts/card.tsx';
import { Copy } from '../../parts/copy.tsx';
import { Icon } from '../../parts/icon.tsx';
import { LessonBadge, LessonUntil, ruleLooks, ruleSubject } from '../../parts/lesson.tsx';
import { RunLink } from '../../parts/run-link.tsx';
import { useTitle } from '../../parts/title.ts';
import { Empty, View } from '../../parts/view.tsx';
import { Why } from '../../parts/why.tsx';
import { exact, when } from '../../time.ts';
import { LessonActs } from './memory-acts.tsx';
import { LessonEvidence } from './lesson-evidence.tsx';

const route = getRouteApi('/memory/$agent/lessons/$lesson');

/** One lesson: what it says, on what evidence, whom it made work in another way, who tried again. */
export const LessonPage = (): ReactNode => {
  const { agent, lesson } = route.useParams();
  const { world } = route.useSearch();
  useTitle(lesson, agent, 'Memory');
  const query = useResource(lessonResource({ agent, world }, lesson));
  if (query.error instanceof ApiFailure && query.error.status === 404 && !query.data) {
    return (
      <>
        <h1>No lesson has this id</h1>
        <section className="card">
          <Empty>
            <p className="wrap">{query.error.message}</p>
            <Link to="/memory/$agent" params={{ agent }} className="btn">
              What {agent} has learnt
            </Link>
          </Empty>
        </section>
      </>
    );
  }
  return (
    <View query={query} what="The lesson" rows={9}>
      {(explanation) => <Content explanation={explanation} />}
    </View>
  );
};

const Content = ({ explanation }: { explanation: LessonExplanation }) => {
  const { agent, world, lesson, isGone } = explanation;
  const { icon, family, word } = ruleLooks[lesson.rule.kind];
  return (
    <>
      <div className="head">
        <h1>
          {word} {ruleSubject(lesson.rule)}
        </h1>
        {isGone ? <span className="tag">Taken back</span> : <LessonBadge lesson={lesson} />}
        {world === 'stand-in' && <StandInTag />}
        <span className="grow" />
        {!isGone && <LessonActs of={{ agent, world }} lesson={lesson} />}
      </div>
      <div className="row g3 w s12 t2 facts">
        <span className="mono">{lesson.id}</span>
        <span className="sep" />
        <Link to="/memory/$agent" params={{ agent }} search={{ world }} className="link">
          {agent}
        </Link>
        <span className="sep" />
        <span className="mono wrap">{lesson.capability}</span>
        <span className="sep" />
        <span>account {lesson.account}</span>
      </div>
      <section className="card" aria-label="What it says">
        <Sentence
          icon={
            <span className={`${family} row`}>
              <Icon name={icon} />
            </span>
          }
        >
          {isGone && <b>It is taken back, and no run obeys it. It said: </b>}
          <Why text={lesson.sentence} />
        </Sentence>
      </section>
      <div className="cols aside">
        <div className="col">
          <LessonEvidence explanation={explanation} />
          <ObeyedBy explanation={explanation} />
          <Canaries explanation={explanation} />
        </div>
        <div className="col">
          <Facts explanation={explanation} />
          <Story explanation={explanation} />
          <MachineForm explanation={explanation} />
        </div>
      </div>
    </>
  );
};

const ObeyedBy = ({ explanation: { obeyedBy } }: { explanation: LessonExplanation }) => {
  const now = useNow();
  const { total, runs } = obeyedBy;
  return (
    <Card
      title="Runs that obeyed it"
      tag={count(total)}
      more={total > runs.length && <span className="more">the newest {runs.length}</span>}
    >
      {runs.length === 0 ? (
        <Empty>No run has ended yet that worked in another way because of it.</Empty>
      ) : (
        <ul className="list">
          {runs.map(({ workflowId, runId, startedAt }) => (
            <li key={runId}>
              <RunLink {...{ workflowId, runId }} className="link cut grow">
                {workflowId}
              </RunLink>
              <time className="s12 t3 nowrap" dateTime={startedAt} title={exact(startedAt)}>
                {when(startedAt, now)}
              </time>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
};

const Canaries = ({ explanation: { canaries } }: { explanation: LessonExplanation }) => {
  const now = useNow();
  return (
    <Card title="Canaries" tag={canaries.length}>
      {canaries.length === 0 ? (
        <Empty>No run has tried for the others what it forbids.</Empty>
      ) : (
        <ul className="list">
          {canaries.map(({ workflowId, at, isUnderWay }) => (
            <li key={`${workflowId} ${at}`}>
              <RunLink workflowId={workflowId} className="link cut grow">
                {workflowId}
              </RunLink>
              {isUnderWay && <span className="badge retrying">tries now</span>}
              <time className="s12 t3 nowrap" dateTime={at} title={exact(at)}>
                {when(at, now)}
              </time>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
};

const Facts = ({ explanation: { lesson } }: { explanation: LessonExplanation }) => {
  const now = useNow();
  const moment = (at: string) => (
    <time dateTime={at} title={exact(at)}>
      {when(at, now)}
    </time>
  );
  return (
    <Card title="In numbers">
      <dl className="kv pad">
        <dt>Holds</dt>
        <dd>
          <LessonUntil lesson={lesson} now={now} />
        </dd>
        <dt>Shown by</dt>
        <dd>{lesson.runs === 0 ? 'a person' : counted(lesson.runs, 'independent run')}</dd>
        <dt>Helped</dt>
        <dd className="num">{counted(lesson.helped, 'task')}</dd>
        <dt>Harmed</dt>
        <dd className="num">{counted(lesson.harmed, 'task')}</dd>
        <dt>First seen</dt>
        <dd>{moment(lesson.firstSeen)}</dd>
        <dt>Last seen</dt>
        <dd>{moment(lesson.lastSeen)}</dd>
        <dt>Renewed</dt>
        <dd className="num">{counted(lesson.renewals, 'time')}</dd>
      </dl>
    </Card>
  );
};

const Story = ({ explanation: { story } }: { explanation: LessonExplanation }) => {
  const now = useNow();
  return (
    <Card title="What became of it" tag={story.length}>
      <ul className="list">
        {[...story].reverse().map(({ entry, at, what }) => (
          <li key={entry} className="from-top">
            <span className="grow">
              <span className="block wrap">{what}</span>
              <span className="block s11 t3">
                entry {entry},{' '}
                <time dateTime={at} title={exact(at)}>
                  {when(at, now)}
                </time>
              </span>
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
};

const MachineForm = ({ explanation: { text } }: { explanation: LessonExplanation }) => (
  <Card
    title="As the file has it"
    more={
      <span className="more">
        <Copy text={text} name="Copy text" isIcon className="btn q xs" />
      </span>
    }
  >
    <div className="pad">
      <pre className="wrap" tabIndex={0} aria-label="The lesson as the file has it">
        {text}
      </pre>
    </div>
  </Card>
);
