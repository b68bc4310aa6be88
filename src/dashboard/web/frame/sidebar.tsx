import { Link, useLocation } from '@tanstack/react-router';
import { Fragment } from 'react';
import type { Status } from '../../../contracts/api.ts';
import { statusResource } from '../api.ts';
import { useResource } from '../live.ts';
import { count, counted, words } from '../numbers.ts';
import { Icon } from '../parts/icon.tsx';
import { isWithin, navigation, type NavigationEntry } from './navigation.ts';

/** The number beside a page's name; nothing while it is none. */
export const Badge = ({ entry: { badge } }: { entry: NavigationEntry }) => {
  const status = useResource(statusResource).data;
  const size = badge && status ? status[badge.count] : 0;
  return badge && size > 0 ? (
    <span className={`n ${badge.tone}`}>
      {count(size)}
      <span className="hidden"> {badge.words}</span>
    </span>
  ) : null;
};

/** The pages in their groups, as links. */
export const Menu = ({ label, className = '' }: { label: string; className?: string }) => {
  const { pathname } = useLocation();
  return (
    <nav className={`menu ${className}`} aria-label={label}>
      {navigation.map(({ group, entries }) => (
        <Fragment key={group ?? ''}>
          {group !== undefined && <span className="grp">{group}</span>}
          {entries.map((entry) => (
            <Link
              key={entry.to}
              to={entry.to}
              aria-current={isWithin(entry, pathname) ? 'page' : undefined}
            >
              <Icon name={entry.icon} />
              {entry.label}
              <Badge entry={entry} />
            </Link>
          ))}
        </Fragment>
      ))}
    </nav>
  );
};

/** Who works, and which vendors are made up. */
export const Foot = () => {
  const status = useResource(statusResource).data;
  if (!status) return <div className="foot">&nbsp;</div>;
  const isWell = status.workers > 0 && status.unservedAgents.length === 0;
  return (
    <div className="foot">
      <span className="row g1">
        <span className={isWell ? 'completed row' : 'retrying row'}>
          <Icon name={isWell ? 'check' : 'warning'} size="s" />
        </span>
        {workersIn(status)}
      </span>
      <span>{vendorsIn(status)}</span>
      <span>Version {status.version}</span>
    </div>
  );
};

function workersIn(status: Status): string {
  if (status.workers === 0) return 'No worker runs';
  const workers = counted(status.workers, 'worker');
  return status.unservedAgents.length === 0
    ? `${workers}, all agents served`
    : `${workers}, nobody serves ${status.unservedAgents.join(', ')}`;
}

function vendorsIn(status: Status): string {
  const standIns =
    status.standIns.length === 0
      ? 'No stand-ins'
      : `Stand-ins: ${status.standIns.map(words).join(', ')}`;
  const live =
    status.liveVendors.length === 0
      ? 'none live'
      : `live: ${status.liveVendors.map(words).join(', ')}`;
  return `${standIns} · ${live}`;
}

/** The sidebar of wide screens. */
export const Sidebar = () => (
  <div className="side">
    <Link to="/" className="brand">
      <span className="mark">
        <Icon name="mark" size="m" />
      </span>
      Agentic OS
    </Link>
    <Menu label="Main" />
    <Foot />
  </div>
);
