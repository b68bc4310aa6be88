import { getRouteApi, useNavigate } from '@tanstack/react-router';
import type { AgentMemory, LessonView } from '../../../../contracts/memory-views.ts';
import { useNow } from '../../live.ts';
import { count, counted } from '../../numbers.ts';
import { Card } from '../../parts/card.tsx';
import { FilterChip } from '../../parts/filter-chip.tsx';
import {
  LessonBadge,
  LessonLink,
  LessonUntil,
  RuleKind,
  ruleLooks,
  ruleSubject,
  standingLooks,
  standingOf,
} from '../../parts/lesson.tsx';
import { useRowKeys } from '../../parts/row-keys.ts';
import { Empty } from '../../parts/view.tsx';
import { MemorySearch } from '../../search.ts';

const route = getRouteApi('/memory/$agent');

/** What runs are told: rule, reason, proof, whether it helped, and until when it holds. */
export const LessonTable = ({ memory }: { memory: AgentMemory }) => {
  const search = route.useSearch();
  const navigate = useNavigate();
  const { agent, world, lessons } = memory;
  const shown = lessons.filter(
    (lesson) =>
      (search.state === undefined || standingOf(lesson) === search.state) &&
      (search.kind === undefined || lesson.rule.kind === search.kind) &&
      (search.capability === undefined || lesson.capability === search.capability),
  );
  const open = (index: number) => {
    const lesson = shown[index]?.id;
    if (lesson === undefined) return;
    const to = { to: '/memory/$agent/lessons/$lesson', params: { agent, lesson } } as const;
    void navigate({ ...to, search: { world } });
  };
  const current = useRowKeys(shown.length, open);
  return (
    <Card
      title="Lessons"
      line
      more={
        <>
          {lessons.length > 0 && <Filters lessons={lessons} />}
          <span className="more">{counted(shown.length, 'lesson')}</span>
        </>
      }
    >
      {shown.length === 0 ? (
        <Empty>
          <p>
            {lessons.length === 0
              ? 'Nothing went wrong so far that another method would have done better.'
              : 'No lesson matches. Leave a filter out to see more.'}
          </p>
        </Empty>
      ) : (
        <table className="cards">
          <thead>
            <tr>
              <th scope="col" style={{ width: 84 }}>
                Rule
              </th>
              <th scope="col">What and why</th>
              <th scope="col" style={{ width: 62 }}>
                Proof
              </th>
              <th scope="col" className="r" style={{ width: 78 }}>
                Help / harm
              </th>
              <th scope="col" style={{ width: 132 }}>
                State
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((lesson, index) => (
              <tr
                key={lesson.id}
                className={`two-lines opens ${index === current ? 'cur' : ''}`}
                onClick={(event) => {
                  if (event.target instanceof Element && event.target.closest('a')) return;
                  open(index);
                }}
              >
                <Cells memory={memory} lesson={lesson} />
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
};

const Cells = ({
  memory: { agent, world },
  lesson,
}: {
  memory: AgentMemory;
  lesson: LessonView;
}) => {
  const now = useNow();
  const { id, rule, capability, account, why, runs, helped, harmed } = lesson;
  return (
    <>
      <td>
        <RuleKind kind={rule.kind} />
      </td>
      <th scope="row" className="full">
        <span className="row lesson-what">
          <LessonLink {...{ agent, world, id }} className="quiet-link strong">
            {ruleSubject(rule)}
          </LessonLink>
          <span className="mono t3 cut" title={`${capability}, account ${account}`}>
            {capability.slice(capability.indexOf('.') + 1)} · {account}
          </span>
        </span>
        <span className="s12 t2 cut block" title={why}>
          {why}
        </span>
      </th>
      <td className="s12">
        <LessonLink {...{ agent, world, id }}>
          {runs === 0 ? 'a person' : counted(runs, 'run')}
        </LessonLink>
      </td>
      <td className="r s12 t2 num" title={`${count(helped)} went well, ${count(harmed)} did not`}>
        {count(helped)} / {count(harmed)}
      </td>
      <td className="aside-m">
        <LessonBadge lesson={lesson} />
        <span className="s11 t3 block">
          <LessonUntil lesson={lesson} now={now} />
        </span>
      </td>
    </>
  );
};

const Filters = ({ lessons }: { lessons: readonly LessonView[] }) => {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (next: Readonly<Record<string, string | undefined>>) =>
    void navigate({
      search: MemorySearch.parse({ ...search, ...next }),
      replace: true,
      resetScroll: false,
    });
  const capabilities = [...new Set(lessons.map(({ capability }) => capability))];
  return (
    <>
      <FilterChip
        name="State"
        value={search.state}
        any="All states"
        options={optionsOf(standingLooks)}
        onChange={(state) => change({ state })}
      />
      <FilterChip
        name="Kind"
        value={search.kind}
        any="Kind"
        options={optionsOf(ruleLooks)}
        onChange={(kind) => change({ kind })}
      />
      <FilterChip
        name="Capability"
        value={search.capability}
        any="Capability"
        options={capabilities.map((value) => ({ value, label: value }))}
        onChange={(capability) => change({ capability })}
      />
    </>
  );
};

const optionsOf = (looks: Readonly<Record<string, { readonly word: string }>>) =>
  Object.entries(looks).map(([value, { word }]) => ({ value, label: word }));
