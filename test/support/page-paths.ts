/** Runs that pages are about, as their workflow ids; what is left out has no page. */
interface Shown {
  readonly run: string;
  readonly swarm?: string | undefined;
  readonly pipeline?: string | undefined;
}

const at = (base: string, id: string | undefined, ...endings: readonly string[]) =>
  id === undefined ? [] : endings.map((ending) => `${base}/${encodeURIComponent(id)}${ending}`);

/** The path of each page, by the name of its picture. */
export const pagePaths = ({ run, swarm, pipeline }: Shown): Readonly<Record<string, string>> => {
  const [runPage = '', io = '', logs = '', events = ''] = at(
    ...(['/runs', run, '', '?tab=io', '?tab=logs', '?tab=events'] as const),
  );
  const [pipelineRun] = at('/runs', pipeline, '');
  const [swarmPage, tasks, failures] = at('/swarms', swarm, '', '?tab=tasks', '?tab=failures');
  const optional = {
    'pipeline-run': pipelineRun,
    swarm: swarmPage,
    'swarm-tasks': tasks,
    'swarm-failures': failures,
  };
  return {
    overview: '/',
    struggling: '/struggling',
    'needs-you': '/needs-you',
    pipelines: '/pipelines',
    'pipeline-start': '/pipelines/daily-analytics',
    coordination: '/coordination',
    runs: '/runs',
    run: runPage,
    'run-input-output': io,
    'run-logs': logs,
    'run-events': events,
    swarms: '/swarms',
    'swarm-start': '/swarms?start=yes',
    'new-run': '/new',
    'new-run-form': '/new/instantly.daily-analytics',
    schedules: '/schedules',
    'analytics-email': '/analytics/email',
    'analytics-campaigns': '/analytics/campaigns',
    leads: '/leads',
    shorts: '/shorts',
    posts: '/posts',
    agents: '/agents',
    memory: '/memory',
    'flow-keys': '/flow-keys',
    'flow-key': '/flow-keys/instantly:tour',
    ledger: '/ledger',
    logs: '/logs',
    audit: '/audit',
    suppressions: '/suppressions',
    'settings-checks': '/settings/checks',
    'settings-people': '/settings/people',
    'settings-tokens': '/settings/tokens',
    'settings-data': '/settings/data',
    'settings-look': '/settings/look',
    ...Object.fromEntries(
      Object.entries(optional).flatMap(([name, path]) =>
        path === undefined ? [] : [[name, path]],
      ),
    ),
  };
};
