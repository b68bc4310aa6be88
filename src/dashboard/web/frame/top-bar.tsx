import { Link, useLocation, useParams } from '@tanstack/react-router';
import { Icon } from '../parts/icon.tsx';
import { LiveMenu } from './live-menu.tsx';
import { openPalette } from './palette.tsx';
import { useThemeSwitch } from './theme-switch.ts';

const Crumbs = () => {
  const { pathname } = useLocation();
  const { workflowId, capability, flowKey } = useParams({ strict: false });
  const [first, second] = pathname.split('/').filter((part) => part !== '');
  const here = workflowId ?? capability;
  const slash = <span className="hide-m">/</span>;
  switch (first) {
    case undefined:
      return <b>Overview</b>;
    case 'runs':
      return here === undefined ? (
        <b>Runs</b>
      ) : (
        <>
          <Link to="/runs" className="hide-m" activeOptions={{ exact: true }}>
            Runs
          </Link>
          {slash}
          <b className="cut">{here}</b>
        </>
      );
    case 'swarms':
      return here === undefined ? (
        <b>Swarms</b>
      ) : (
        <>
          <Link to="/swarms" className="hide-m" activeOptions={{ exact: true }}>
            Swarms
          </Link>
          {slash}
          <b className="cut">{here}</b>
        </>
      );
    case 'new':
      return here === undefined ? (
        <b>New run</b>
      ) : (
        <>
          <Link to="/new" className="hide-m" activeOptions={{ exact: true }}>
            New run
          </Link>
          {slash}
          <b className="cut">{here}</b>
        </>
      );
    case 'analytics':
      return (
        <>
          <Link to="/analytics/email" className="hide-m">
            Analytics
          </Link>
          {slash}
          <b>{second === 'campaigns' ? 'Campaigns' : 'E-mail'}</b>
        </>
      );
    case 'flow-keys':
      return flowKey === undefined ? (
        <b>Flow keys</b>
      ) : (
        <>
          <Link to="/flow-keys" className="hide-m" activeOptions={{ exact: true }}>
            Flow keys
          </Link>
          {slash}
          <b className="cut">{flowKey}</b>
        </>
      );
    case 'ledger':
      return <b>Ledger</b>;
    case 'suppressions':
      return <b>Suppressions</b>;
    case 'schedules':
      return <b>Schedules</b>;
    case 'agents':
      return <b>Agents</b>;
    default:
      return <b>Not found</b>;
  }
};

const isMac = navigator.userAgent.includes('Mac');

/** Where one is, how fresh it is, and the way to everything else. */
export const TopBar = () => {
  const theme = useThemeSwitch();
  return (
    <header className="top">
      <nav className="crumbs" aria-label="Breadcrumbs">
        <Crumbs />
      </nav>
      <LiveMenu />
      <button type="button" className="find hide-m" onClick={openPalette}>
        <Icon name="search" size="m" />
        <span className="grow">Find or do anything</span>
        <kbd>{isMac ? '⌘ K' : 'Ctrl K'}</kbd>
      </button>
      <Link to="/new" className="btn p hide-m">
        <Icon name="plus" size="m" />
        New run
      </Link>
      <button
        type="button"
        className="btn q hide-m"
        onClick={theme.change}
        aria-label={theme.other === 'dark' ? 'Dark theme' : 'Light theme'}
      >
        <Icon name={theme.other === 'dark' ? 'moon' : 'sun'} />
      </button>
    </header>
  );
};
