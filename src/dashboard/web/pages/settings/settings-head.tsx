import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

/** The sections of settings, each a page. */
const sections = [
  { to: '/settings/checks', label: 'Checks' },
  { to: '/settings/people', label: 'People' },
  { to: '/settings/tokens', label: 'Tokens' },
  { to: '/settings/data', label: 'Data' },
  { to: '/settings/look', label: 'Look' },
] as const;

/** Heading and sections, the same on each page of settings. */
export const SettingsHead = ({
  about,
  children,
}: {
  /** What the open section is for, in one sentence. */
  about: string;
  children?: ReactNode;
}) => (
  <>
    <div className="head">
      <h1>Settings</h1>
      <span className="t3">{about}</span>
      <span className="grow" />
      {children}
    </div>
    <nav className="tabs" aria-label="Settings">
      {sections.map(({ to, label }) => (
        <Link key={to} to={to} activeProps={{ 'aria-current': 'page' }} resetScroll={false}>
          {label}
        </Link>
      ))}
    </nav>
  </>
);
