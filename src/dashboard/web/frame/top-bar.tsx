import { Link, useLocation, useParams } from '@tanstack/react-router';
import { Icon } from '../parts/icon.tsx';
import { AccountMenu } from './account-menu.tsx';
import { LiveMenu } from './live-menu.tsx';
import { pages } from './navigation.ts';
import { openPalette } from './palette.tsx';
import { useThemeSwitch } from './theme-switch.ts';

/** Where one is: the page, and what of it is open. */
const Crumbs = () => {
  const { pathname } = useLocation();
  const { workflowId, capability, flowKey, name, agent, lesson } = useParams({ strict: false });
  const page = places.find(({ root }) =>
    root === '/' ? pathname === '/' : pathname === root || pathname.startsWith(`${root}/`),
  );
  const here =
    workflowId ??
    capability ??
    flowKey ??
    name ??
    lesson ??
    agent ??
    (page?.to === '/analytics/email' ? analyticsPage(pathname) : undefined) ??
    (page?.to === '/settings/checks' ? sectionOf(pathname) : undefined);
  if (!page) return <b>Not found</b>;
  if (here === undefined) return <b>{page.label}</b>;
  return (
    <>
      <Link to={page.to} className="hide-m" activeOptions={{ exact: true }}>
        {page.label}
      </Link>
      <span className="hide-m">/</span>
      <b className="cut">{here}</b>
    </>
  );
};

const places = [...pages, { to: '/new', label: 'New run', root: '/new' } as const];

const analyticsPage = (pathname: string): string =>
  pathname.endsWith('/campaigns') ? 'Campaigns' : 'E-mail';

const sectionOf = (pathname: string): string => {
  const name = pathname.split('/').at(-1) ?? '';
  return name.charAt(0).toUpperCase() + name.slice(1);
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
      <AccountMenu />
    </header>
  );
};
