import { atLeast, atMost, rounded, type BenchOptions, type BenchResult } from '../harness.ts';
import { sides, workThroughDays, type Course, type Days, type Sample, type Side } from './days.ts';
import type { TroubleName } from './trouble.ts';

/** Ten days of real runs and swarms on Temporal, with memory and without: once, because it takes two minutes. */
export async function onServers({ seed, say }: BenchOptions): Promise<BenchResult> {
  const days = await workThroughDays(seed, say);
  const names = [...days.courses.ours.keys()];
  return {
    versions: days.versions,
    settings: days.settings,
    checks: checksOf(days, names),
    figures: {
      'on servers: ten days in all': names.flatMap((name) =>
        sides.map((side) => ({
          what: `${name}, ${wordsOf[side]}`,
          ...cellsOf(days.courses[side].get(name) ?? []),
        })),
      ),
      ...Object.fromEntries(
        names.map((name) => [`on servers, day by day: ${name}`, byDay(days, name)]),
      ),
    },
    notes: [
      'On servers: real runs and swarms by a worker process on Temporal and Postgres, against the ' +
        'stand-in of Instantly, one seed. Between the days no worker runs, and memory is told that ' +
        'all it has seen was a day earlier.',
      'No memory is the same worker at the same time: what its accounts do counts as read before ' +
        'it happens, so that nothing is learnt of it. Swarms notice a dead method on both sides.',
      'A call counts as failing when the vendor answered it with 400 or more; seconds are from start to ' +
        'result of a run, both sides at once on one machine.',
      `The removed endpoint is back from day ${days.backOn} on. While its constraint still stands, ` +
        'memory takes the way of more calls that works.',
    ],
  };
}

const wordsOf: Readonly<Record<Side, string>> = { ours: 'ours', none: 'no memory' };

type Total = 'tasks' | 'done' | 'firstTries' | 'calls' | 'failing' | 'canaries';
const sum = (course: Course, what: Total): number =>
  course.reduce((all, each) => all + each[what], 0);
const aTask = (course: Course, what: Total): number => sum(course, what) / sum(course, 'done');
const firstOf = (course: Course): number =>
  (100 * sum(course, 'firstTries')) / sum(course, 'tasks');
const onDay = (course: Course, day: number): Course => course.filter((each) => each.day === day);
const lastDay = (course: Course): number => course.at(-1)?.day ?? 0;

function cellsOf(course: Course) {
  const runs = course.filter(({ part }) => part !== 'swarm');
  return {
    tasks: sum(course, 'tasks'),
    done: sum(course, 'done'),
    '% at the first try': rounded(firstOf(course)),
    'failing calls': sum(course, 'failing'),
    'calls a task': rounded(aTask(course, 'calls')),
    'seconds a run': rounded(runs.reduce((all, { seconds }) => all + seconds, 0) / runs.length),
  };
}

function byDay({ courses }: Days, name: TroubleName) {
  const [ours, none] = [courses.ours.get(name) ?? [], courses.none.get(name) ?? []];
  return Array.from({ length: lastDay(ours) }, (_, index) => {
    const [mine, theirs] = [onDay(ours, index + 1), onDay(none, index + 1)];
    const pair = (figure: (course: Course) => number): string =>
      `${rounded(figure(mine))} | ${rounded(figure(theirs))}`;
    return {
      what: `day ${index + 1}, ours | no memory`,
      '% at the first try': pair(firstOf),
      'failing calls': pair((course) => sum(course, 'failing')),
      'calls a task': pair((course) => aTask(course, 'calls')),
      lessons: mine.at(-1)?.lessons ?? 0,
      'wrong ones': mine.at(-1)?.wrong ?? 0,
    };
  });
}

function checksOf({ courses, backOn }: Days, names: readonly TroubleName[]): BenchResult['checks'] {
  const ofBoth = names.map((name) => ({
    ours: courses.ours.get(name) ?? [],
    none: courses.none.get(name) ?? [],
  }));
  const worstDay = (figure: (ours: Course, none: Course) => number) =>
    ofBoth.flatMap(({ ours, none }) =>
      Array.from({ length: lastDay(ours) }, (_, index) =>
        figure(onDay(ours, index + 1), onDay(none, index + 1)),
      ),
    );
  const all = (side: Side): Course => ofBoth.flatMap((both) => both[side]);
  const removed = courses.ours.get('removed endpoint') ?? [];
  const sinceBack = removed.filter(({ day }) => day >= backOn);
  const freeOn = sinceBack.find(({ isForbidden }) => !isForbidden)?.day ?? Infinity;
  return [
    atMost(
      'on servers: failing calls of the run after the one that taught a constraint',
      ofBoth.reduce((failing, { ours }) => failing + (afterLesson(ours)?.failing ?? 0), 0),
      0,
      'calls',
    ),
    atLeast(
      'on servers: tasks done, worst day, ahead of no memory',
      Math.min(...worstDay((ours, none) => sum(ours, 'done') - sum(none, 'done'))),
      0,
      'tasks',
    ),
    atMost(
      'on servers: failing calls, worst day, beyond those of no memory',
      Math.max(...worstDay((ours, none) => sum(ours, 'failing') - sum(none, 'failing'))),
      0,
      'calls',
    ),
    atLeast(
      'on servers: first tries that worked, worst trouble, ahead of no memory',
      Math.min(...ofBoth.map(({ ours, none }) => firstOf(ours) - firstOf(none))),
      0,
      'points',
    ),
    atMost(
      'on servers: failing calls of all days, beside no memory',
      sum(all('ours'), 'failing') / sum(all('none'), 'failing'),
      0.4,
      'times',
    ),
    atMost(
      'on servers: calls a task of all days, beside no memory',
      aTask(all('ours'), 'calls') / aTask(all('none'), 'calls'),
      1,
      'times',
    ),
    atMost(
      'on servers: canaries until an endpoint that is back is allowed',
      sum(sinceBack, 'canaries'),
      1,
      'tasks',
    ),
    atMost('on servers: days until then', freeOn - backOn, 3, 'days'),
    atMost(
      'on servers: constraints that forbid what works, at the end',
      ofBoth.reduce((wrong, { ours }) => wrong + (ours.at(-1)?.wrong ?? 0), 0),
      0,
      'lessons',
    ),
  ];
}

/** What came right after the first constraint against a method. */
const afterLesson = (course: Course): Sample | undefined =>
  course[course.findIndex(({ isForbidden }) => isForbidden) + 1];
