import { createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { PageTrouble } from './pages/not-found.tsx';
import { root } from './root.tsx';
import {
  AnalyticsSearch,
  AuditSearch,
  CampaignsSearch,
  CoordinationSearch,
  LeadsSearch,
  PostsSearch,
  LedgerSearch,
  LessonSearch,
  LogsSearch,
  MemorySearch,
  NeedsSearch,
  NewRunSearch,
  PipelineSearch,
  RunSearch,
  RunsSearch,
  SchedulesSearch,
  ShortsSearch,
  StrugglingSearch,
  SuppressionsSearch,
  SwarmSearch,
  SwarmsSearch,
  VideoSearch,
} from './search.ts';
import { settingsRoutes } from './settings-routes.tsx';

const overview = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/overview.tsx'), 'OverviewPage'),
});

const needsYou = createRoute({
  getParentRoute: () => root,
  path: '/needs-you',
  validateSearch: NeedsSearch,
  component: lazyRouteComponent(() => import('./pages/needs/needs-you.tsx'), 'NeedsYouPage'),
});

const struggling = createRoute({
  getParentRoute: () => root,
  path: '/struggling',
  validateSearch: StrugglingSearch,
  component: lazyRouteComponent(
    () => import('./pages/struggling/struggling.tsx'),
    'StrugglingPage',
  ),
});

const runs = createRoute({
  getParentRoute: () => root,
  path: '/runs',
  validateSearch: RunsSearch,
  component: lazyRouteComponent(() => import('./pages/runs.tsx'), 'RunsPage'),
});

const run = createRoute({
  getParentRoute: () => root,
  path: '/runs/$workflowId',
  validateSearch: RunSearch,
  component: lazyRouteComponent(() => import('./pages/run/run.tsx'), 'RunPage'),
});

const pipelines = createRoute({
  getParentRoute: () => root,
  path: '/pipelines',
  component: lazyRouteComponent(() => import('./pages/pipeline/pipelines.tsx'), 'PipelinesPage'),
});

const pipeline = createRoute({
  getParentRoute: () => root,
  path: '/pipelines/$name',
  validateSearch: PipelineSearch,
  component: lazyRouteComponent(() => import('./pages/pipeline/recipe.tsx'), 'RecipePage'),
});

const swarms = createRoute({
  getParentRoute: () => root,
  path: '/swarms',
  validateSearch: SwarmsSearch,
  component: lazyRouteComponent(() => import('./pages/swarm/swarms.tsx'), 'SwarmsPage'),
});

const swarm = createRoute({
  getParentRoute: () => root,
  path: '/swarms/$workflowId',
  validateSearch: SwarmSearch,
  component: lazyRouteComponent(() => import('./pages/swarm/swarm-page.tsx'), 'SwarmPage'),
});

const picker = createRoute({
  getParentRoute: () => root,
  path: '/new',
  component: lazyRouteComponent(() => import('./pages/new-run/picker.tsx'), 'PickerPage'),
});

const newRun = createRoute({
  getParentRoute: () => root,
  path: '/new/$capability',
  validateSearch: NewRunSearch,
  component: lazyRouteComponent(() => import('./pages/new-run/new-run.tsx'), 'NewRunPage'),
});

const schedules = createRoute({
  getParentRoute: () => root,
  path: '/schedules',
  validateSearch: SchedulesSearch,
  component: lazyRouteComponent(() => import('./pages/schedules/schedules.tsx'), 'SchedulesPage'),
});

const analytics = createRoute({
  getParentRoute: () => root,
  path: '/analytics',
  beforeLoad: () => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- how this router redirects
    throw redirect({ to: '/analytics/email' });
  },
});

const email = createRoute({
  getParentRoute: () => root,
  path: '/analytics/email',
  validateSearch: AnalyticsSearch,
  component: lazyRouteComponent(() => import('./pages/analytics/email.tsx'), 'EmailPage'),
});

const campaigns = createRoute({
  getParentRoute: () => root,
  path: '/analytics/campaigns',
  validateSearch: CampaignsSearch,
  component: lazyRouteComponent(() => import('./pages/analytics/campaigns.tsx'), 'CampaignsPage'),
});

const agents = createRoute({
  getParentRoute: () => root,
  path: '/agents',
  component: lazyRouteComponent(() => import('./pages/agents.tsx'), 'AgentsPage'),
});

const flowKeys = createRoute({
  getParentRoute: () => root,
  path: '/flow-keys',
  component: lazyRouteComponent(() => import('./pages/flow-keys/flow-keys.tsx'), 'FlowKeysPage'),
});

const flowKey = createRoute({
  getParentRoute: () => root,
  path: '/flow-keys/$flowKey',
  component: lazyRouteComponent(() => import('./pages/flow-keys/flow-key.tsx'), 'FlowKeyPage'),
});

const memories = createRoute({
  getParentRoute: () => root,
  path: '/memory',
  component: lazyRouteComponent(() => import('./pages/memory/memories.tsx'), 'MemoriesPage'),
});

const memory = createRoute({
  getParentRoute: () => root,
  path: '/memory/$agent',
  validateSearch: MemorySearch,
  component: lazyRouteComponent(() => import('./pages/memory/memory.tsx'), 'MemoryPage'),
});

const lesson = createRoute({
  getParentRoute: () => root,
  path: '/memory/$agent/lessons/$lesson',
  validateSearch: LessonSearch,
  component: lazyRouteComponent(() => import('./pages/memory/lesson.tsx'), 'LessonPage'),
});

const coordination = createRoute({
  getParentRoute: () => root,
  path: '/coordination',
  validateSearch: CoordinationSearch,
  component: lazyRouteComponent(
    () => import('./pages/coordination/coordination.tsx'),
    'CoordinationPage',
  ),
});

const ledger = createRoute({
  getParentRoute: () => root,
  path: '/ledger',
  validateSearch: LedgerSearch,
  component: lazyRouteComponent(() => import('./pages/ledger/ledger.tsx'), 'LedgerPage'),
});

const leads = createRoute({
  getParentRoute: () => root,
  path: '/leads',
  validateSearch: LeadsSearch,
  component: lazyRouteComponent(() => import('./pages/leads/leads.tsx'), 'LeadsPage'),
});

/** The same page with one lead open beside the list, which stays where it is. */
const lead = createRoute({ getParentRoute: () => leads, path: '$lead' });

const shorts = createRoute({
  getParentRoute: () => root,
  path: '/shorts',
  validateSearch: ShortsSearch,
  component: lazyRouteComponent(() => import('./pages/shorts/shorts.tsx'), 'ShortsPage'),
});

const video = createRoute({
  getParentRoute: () => root,
  path: '/shorts/$video',
  validateSearch: VideoSearch,
  component: lazyRouteComponent(() => import('./pages/shorts/video.tsx'), 'VideoPage'),
});

const posts = createRoute({
  getParentRoute: () => root,
  path: '/posts',
  validateSearch: PostsSearch,
  component: lazyRouteComponent(() => import('./pages/posts/posts.tsx'), 'PostsPage'),
});

const logs = createRoute({
  getParentRoute: () => root,
  path: '/logs',
  validateSearch: LogsSearch,
  component: lazyRouteComponent(() => import('./pages/logs/logs.tsx'), 'LogsPage'),
});

const audit = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  validateSearch: AuditSearch,
  component: lazyRouteComponent(() => import('./pages/audit/audit.tsx'), 'AuditPage'),
});

const suppressions = createRoute({
  getParentRoute: () => root,
  path: '/suppressions',
  validateSearch: SuppressionsSearch,
  component: lazyRouteComponent(
    () => import('./pages/suppressions/suppressions.tsx'),
    'SuppressionsPage',
  ),
});

/** Every address of the app. Search parameters are plain text, so that links can be written by hand. */
export const router = createRouter({
  routeTree: root.addChildren([
    overview,
    struggling,
    needsYou,
    runs,
    run,
    pipelines,
    pipeline,
    swarms,
    swarm,
    picker,
    newRun,
    schedules,
    analytics,
    email,
    campaigns,
    agents,
    flowKeys,
    flowKey,
    memories,
    memory,
    lesson,
    coordination,
    ledger,
    leads.addChildren([lead]),
    shorts,
    video,
    posts,
    suppressions,
    logs,
    audit,
    ...settingsRoutes,
  ]),
  defaultPreload: 'intent',
  defaultErrorComponent: PageTrouble,
  parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
  stringifySearch: (search) => {
    const pairs = Object.entries(search).flatMap(([key, value]): [string, string][] =>
      value === undefined || value === null ? [] : [[key, String(value)]],
    );
    return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`;
  },
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
