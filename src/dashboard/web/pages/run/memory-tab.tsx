import { Link } from '@tanstack/react-router';
import type { RunDetail } from '../../../../contracts/api.ts';
import type { Heeded } from '../../../../contracts/memory.ts';
import { Card, Sentence } from '../../parts/card.tsx';
import { Icon } from '../../parts/icon.tsx';
import { LessonLink, RuleKind, ruleSubject } from '../../parts/lesson.tsx';
import { Empty } from '../../parts/view.tsx';

/** What memory a run was decided from: each lesson it obeyed, a try for the others, a last resort. */
export const MemoryTab = ({ detail }: { detail: RunDetail }) => {
  const { memory, run } = detail;
  if (!memory || run.agent === null) {
    return (
      <Card title="Memory">
        <Empty>
          {run.closedAt === null
            ? 'What memory decided is told when the run has ended.'
            : 'No lesson changed how this run worked, or there was no memory yet.'}
        </Empty>
      </Card>
    );
  }
  const { agent } = run;
  const { world, seq, hash, heeded, isLastResort, answeredBy } = memory;
  return (
    <Card
      title="Memory"
      more={
        <span className="more">
          <Link
            to="/memory/$agent"
            params={{ agent }}
            search={seq === 0 ? { world } : { world, to: String(seq) }}
            className="link"
          >
            snapshot {seq}
          </Link>{' '}
          <span className="mono">{hash.slice(0, 6)}</span>
          {world === 'stand-in' && ', of stand-ins'}
        </span>
      }
    >
      <CanarySentence agent={agent} memory={memory} />
      {isLastResort && (
        <Sentence icon={<Mark family="retrying" />}>
          <b>Last resort.</b> Memory refuses every method; a repeat does no harm here, so the least
          bad one was tried.
        </Sentence>
      )}
      {answeredBy !== undefined && (
        <Sentence icon={<Mark family="needs" />}>
          <b>{answeredBy} went past memory</b> and had a refused method tried once.
        </Sentence>
      )}
      {heeded.length === 0 ? (
        <Empty>No lesson changed how it worked.</Empty>
      ) : (
        <HeededList agent={agent} world={world} heeded={heeded} />
      )}
    </Card>
  );
};

const Mark = ({ family }: { family: 'retrying' | 'needs' }) => (
  <span className={`${family} row`}>
    <Icon name={family === 'needs' ? 'needs-you' : 'warning'} />
  </span>
);

type Memory = NonNullable<RunDetail['memory']>;

const CanarySentence = ({ agent, memory }: { agent: string; memory: Memory }) => {
  const { canary, world } = memory;
  if (!canary) return null;
  return (
    <Sentence icon={<Mark family="retrying" />}>
      <b>Canary.</b> It tried for all others{' '}
      {canary.kind === 'lesson' ? (
        <>
          what <LessonLink {...{ agent, world, id: canary.lesson }}>{canary.lesson}</LessonLink>{' '}
          forbids.
        </>
      ) : (
        <>the method {canary.method}, of which little is known.</>
      )}
    </Sentence>
  );
};

/** Lessons that changed something, each with a link to all that is known of it. */
export const HeededList = ({
  agent,
  world,
  heeded,
}: {
  agent: string;
  world: Memory['world'];
  heeded: readonly Heeded[];
}) => (
  <ul className="list heeded">
    {heeded.map(({ lesson, rule, why, status }) => (
      <li key={lesson} className="from-top">
        <span className="heeded-kind">
          <RuleKind kind={rule.kind} />
        </span>
        <span className="grow">
          <span className="row w">
            <span className="strong">{ruleSubject(rule)}</span>
            <LessonLink {...{ agent, world, id: lesson }} className="link mono">
              {lesson}
            </LessonLink>
            {status !== 'active' && <span className="tag">{status}</span>}
          </span>
          <span className="block s12 t2 wrap">{why}</span>
        </span>
      </li>
    ))}
  </ul>
);
