import type { IconName } from '../parts/icon.tsx';

/** One page of the navigation: where it is, how it looks, and the key behind `g` that opens it. */
export interface NavigationEntry {
  readonly to: '/' | '/runs' | '/schedules' | '/analytics/email' | '/agents';
  readonly label: string;
  readonly icon: IconName;
  readonly key: string;
  /** Every address that begins so belongs to this page. */
  readonly root: string;
}

/** The pages there are, in their groups. */
export const navigation: readonly {
  readonly group: string | undefined;
  readonly entries: readonly NavigationEntry[];
}[] = [
  {
    group: undefined,
    entries: [{ to: '/', label: 'Overview', icon: 'overview', key: 'o', root: '/' }],
  },
  {
    group: 'Work',
    entries: [
      { to: '/runs', label: 'Runs', icon: 'runs', key: 'r', root: '/runs' },
      { to: '/schedules', label: 'Schedules', icon: 'clock', key: 'c', root: '/schedules' },
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
    ],
  },
  {
    group: 'System',
    entries: [{ to: '/agents', label: 'Agents', icon: 'agents', key: 'e', root: '/agents' }],
  },
];

/** The same pages in one list. */
export const pages: readonly NavigationEntry[] = navigation.flatMap((each) => each.entries);

/** Whether an address belongs to a page. */
export const isWithin = (entry: NavigationEntry, pathname: string): boolean =>
  entry.root === '/' ? pathname === '/' : pathname.startsWith(entry.root);
