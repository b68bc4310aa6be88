import type { Status } from '../../../contracts/api.ts';
import type { IconName } from '../parts/icon.tsx';

/** One page of the navigation: where it is, how it looks, and the key behind `g` that opens it. */
export interface NavigationEntry {
  readonly to:
    | '/'
    | '/struggling'
    | '/needs-you'
    | '/runs'
    | '/pipelines'
    | '/swarms'
    | '/schedules'
    | '/ledger'
    | '/suppressions'
    | '/analytics/email'
    | '/leads'
    | '/shorts'
    | '/posts'
    | '/agents'
    | '/memory'
    | '/flow-keys'
    | '/coordination'
    | '/logs'
    | '/audit'
    | '/settings/checks';
  readonly label: string;
  /** What it is called where there is little room. */
  readonly short?: string;
  readonly icon: IconName;
  readonly key: string;
  /** Every address that begins so belongs to this page. */
  readonly root: string;
  /** What stands beside the name while there is any. */
  readonly badge?: {
    readonly count: keyof Pick<Status, 'heldKeys' | 'needsYou' | 'struggling'>;
    readonly tone: 'hot' | 'needs';
    /** After the number: `3 wait for your decision`. */
    readonly words: string;
  };
}

/** The pages there are, in their groups. */
export const navigation: readonly {
  readonly group: string | undefined;
  readonly entries: readonly NavigationEntry[];
}[] = [
  {
    group: undefined,
    entries: [
      { to: '/', label: 'Overview', icon: 'overview', key: 'o', root: '/' },
      {
        ...{ to: '/struggling', label: 'Struggling now', short: 'Struggling' },
        ...{ icon: 'struggling', key: 's', root: '/struggling' },
        badge: { count: 'struggling', tone: 'hot', words: 'causes hold work up' },
      },
      {
        ...{ to: '/needs-you', label: 'Needs you', icon: 'inbox', key: 'n', root: '/needs-you' },
        badge: { count: 'needsYou', tone: 'needs', words: 'wait for you' },
      },
    ],
  },
  {
    group: 'Work',
    entries: [
      { to: '/runs', label: 'Runs', icon: 'runs', key: 'r', root: '/runs' },
      { to: '/pipelines', label: 'Pipelines', icon: 'pipeline', key: 'p', root: '/pipelines' },
      { to: '/swarms', label: 'Swarms', icon: 'swarm', key: 'w', root: '/swarms' },
      { to: '/schedules', label: 'Schedules', icon: 'clock', key: 'c', root: '/schedules' },
      { to: '/ledger', label: 'Ledger', icon: 'ledger', key: 'l', root: '/ledger' },
      {
        to: '/suppressions',
        label: 'Suppressions',
        icon: 'suppressions',
        key: 'u',
        root: '/suppressions',
      },
    ],
  },
  {
    group: 'Results',
    entries: [
      {
        to: '/analytics/email',
        label: 'Analytics',
        icon: 'analytics',
        key: 'a',
        root: '/analytics',
      },
      { to: '/leads', label: 'Leads', icon: 'leads', key: 'b', root: '/leads' },
      { to: '/shorts', label: 'Shorts', icon: 'shorts', key: 'v', root: '/shorts' },
      { to: '/posts', label: 'Posts', icon: 'post', key: 't', root: '/posts' },
    ],
  },
  {
    group: 'Knowledge',
    entries: [{ to: '/memory', label: 'Memory', icon: 'memory', key: 'm', root: '/memory' }],
  },
  {
    group: 'System',
    entries: [
      { to: '/agents', label: 'Agents', icon: 'agents', key: 'e', root: '/agents' },
      {
        ...{
          to: '/flow-keys',
          label: 'Flow keys',
          icon: 'flow-keys',
          key: 'f',
          root: '/flow-keys',
        },
        badge: { count: 'heldKeys', tone: 'hot', words: 'closed or paused' },
      },
      {
        ...{ to: '/coordination', label: 'Coordination', icon: 'coordination' },
        ...{ key: 'd', root: '/coordination' },
      },
      { to: '/logs', label: 'Logs', icon: 'list', key: 'j', root: '/logs' },
      { to: '/audit', label: 'Audit', icon: 'audit', key: 'h', root: '/audit' },
      { to: '/settings/checks', label: 'Settings', icon: 'settings', key: ',', root: '/settings' },
    ],
  },
];

/** The same pages in one list. */
export const pages: readonly NavigationEntry[] = navigation.flatMap((each) => each.entries);

/** Whether an address belongs to a page. */
export const isWithin = (entry: NavigationEntry, pathname: string): boolean =>
  entry.root === '/' ? pathname === '/' : pathname.startsWith(entry.root);
