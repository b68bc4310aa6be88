import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { root } from './root.tsx';
import { SignInSearch } from './search.ts';

const people = createRoute({
  getParentRoute: () => root,
  path: '/settings/people',
  component: lazyRouteComponent(() => import('./pages/settings/people.tsx'), 'PeoplePage'),
});

const tokens = createRoute({
  getParentRoute: () => root,
  path: '/settings/tokens',
  component: lazyRouteComponent(() => import('./pages/settings/tokens.tsx'), 'TokensPage'),
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: SignInSearch,
  component: lazyRouteComponent(() => import('./pages/sign-in.tsx'), 'SignInPage'),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  beforeLoad: () => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- how this router redirects
    throw redirect({ to: '/settings/checks' });
  },
});

const checks = createRoute({
  getParentRoute: () => root,
  path: '/settings/checks',
  component: lazyRouteComponent(() => import('./pages/settings/checks.tsx'), 'ChecksPage'),
});

const data = createRoute({
  getParentRoute: () => root,
  path: '/settings/data',
  component: lazyRouteComponent(() => import('./pages/settings/data.tsx'), 'DataPage'),
});

const look = createRoute({
  getParentRoute: () => root,
  path: '/settings/look',
  component: lazyRouteComponent(() => import('./pages/settings/look.tsx'), 'LookPage'),
});

/** The addresses of settings, and where people sign in. */
export const settingsRoutes = [people, tokens, signIn, settings, checks, data, look] as const;
