import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { LessonView } from '../../../contracts/memory-views.ts';
import type { Rule, World } from '../../../contracts/memory.ts';
import { count } from '../numbers.ts';
import { exact, relative } from '../time.ts';
import { Icon, type IconName } from './icon.tsx';

/** What lists tell apart: where a lesson is, and whether a person holds it there. */
export type LessonStanding = LessonView['state'] | 'pinned';

interface Look {
  readonly word: string;
  readonly icon: IconName;
  readonly family: string;
}

/** What each kind of rule is called, and how it looks. */
export const ruleLooks: Readonly<Record<Rule['kind'], Look>> = {
  avoid: { word: 'Avoid', icon: 'cancelled', family: 'failed' },
  prefer: { word: 'Prefer', icon: 'star', family: 'completed' },
  bound: { word: 'Bound', icon: 'bound', family: 'running' },
  start: { word: 'Start', icon: 'bound', family: 'completed' },
  warn: { word: 'Warn', icon: 'warning', family: 'retrying' },
};

/** What each standing is called, and how it looks. */
export const standingLooks: Readonly<Record<LessonStanding, Look>> = {
  active: { word: 'Active', icon: 'completed', family: 'completed' },
  canary: { word: 'Canary', icon: 'retrying', family: 'retrying' },
  lapsed: { word: 'Lapsed', icon: 'clock', family: 'waiting' },
  pinned: { word: 'Pinned', icon: 'pin', family: 'running' },
  deprecated: { word: 'Deprecated', icon: 'cancelled', family: 'queued' },
};

/** Where a lesson is; a pinned one is pinned whatever else it is. */
export const standingOf = ({ state, status }: LessonView): LessonStanding =>
  status === 'pinned' ? 'pinned' : state;

/** The kind of a rule as icon, word and colour. */
export const RuleKind = ({ kind }: { kind: Rule['kind'] }) => {
  const { word, icon, family } = ruleLooks[kind];
  return (
    <span className={`row g1 strong ${family}`}>
      <Icon name={icon} size="m" />
      {word}
    </span>
  );
};

/** Where a lesson is as icon, word and colour. */
export const LessonBadge = ({ lesson }: { lesson: LessonView }) => {
  const { word, icon, family } = standingLooks[standingOf(lesson)];
  return (
    <span className={`badge ${family}`}>
      <Icon name={icon} size="m" />
      {word}
    </span>
  );
};

/** What a rule is about: `method bulk`, `chunkSize ≤ 50`. */
export function ruleSubject(rule: Rule): string {
  switch (rule.kind) {
    case 'avoid':
    case 'prefer':
      return `method ${rule.method}`;
    case 'bound':
      return `${rule.tunable} ${rule.side === 'at-most' ? '≤' : '≥'} ${count(rule.value)}`;
    case 'start':
      return `${rule.tunable} from ${count(rule.value)}`;
    case 'warn':
      return `method ${rule.method}: ${rule.failure}`;
  }
}

/** Until when a lesson holds. */
export const LessonUntil = ({ lesson, now }: { lesson: LessonView; now: number }): ReactNode => {
  const { expires } = lesson;
  switch (standingOf(lesson)) {
    case 'deprecated':
      return 'for good';
    case 'pinned':
      return 'until it is unpinned';
    case 'canary':
      return 'one task tries again now';
    case 'lapsed':
      return 'one task may try again';
    case 'active':
      return expires === null ? (
        'until it is disproved'
      ) : (
        <time dateTime={expires} title={`until ${exact(expires)}`}>
          lapses {relative(expires, now)}
        </time>
      );
  }
};

/** A link to all that is known of a lesson. */
export const LessonLink = ({
  agent,
  world,
  id,
  className = 'link',
  children,
}: {
  agent: string;
  world: World;
  id: string;
  className?: string;
  children: ReactNode;
}) => (
  <Link
    to="/memory/$agent/lessons/$lesson"
    params={{ agent, lesson: id }}
    search={{ world }}
    className={className}
  >
    {children}
  </Link>
);
