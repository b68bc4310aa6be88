/** The boundaries between folders: which step of the flow may know of which. */
const own = (name) => `^src/${name}/`;
const anyOf = (...names) => `^src/(${names.join('|')})/`;
const all = [
  'contracts',
  'rules',
  'workflows',
  'activities',
  'workers',
  'dashboard',
  'cli',
  'platform',
  'sandbox',
  'local',
];
const except = (...names) => anyOf(...all.filter((name) => !names.includes(name)));
const typesToo = ['type-only'];

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, dependencyTypesNot: typesToo },
    },
    {
      name: 'contracts-import-only-zod',
      severity: 'error',
      from: { path: own('contracts') },
      to: { pathNot: [own('contracts'), '^node_modules/zod/'] },
    },
    {
      name: 'rules-import-only-types-of-contracts',
      severity: 'error',
      from: { path: own('rules') },
      to: { pathNot: own('rules'), dependencyTypesNot: typesToo },
    },
    {
      name: 'rules-know-only-contracts',
      severity: 'error',
      from: { path: own('rules') },
      to: { pathNot: [own('rules'), own('contracts')] },
    },
    {
      name: 'workflows-are-deterministic',
      severity: 'error',
      from: { path: own('workflows') },
      to: {
        pathNot: [own('workflows'), own('rules'), '^node_modules/@temporalio/(workflow|common)/'],
        dependencyTypesNot: typesToo,
      },
    },
    {
      name: 'workflows-know-types-of-contracts-and-activities',
      severity: 'error',
      from: { path: own('workflows') },
      to: { path: except('workflows', 'rules', 'contracts', 'activities') },
    },
    {
      name: 'activities-know-no-process',
      severity: 'error',
      from: { path: own('activities') },
      to: { path: except('activities', 'contracts', 'rules', 'platform') },
    },
    {
      name: 'workers-know-no-screen',
      severity: 'error',
      from: { path: own('workers') },
      to: { path: anyOf('dashboard', 'cli', 'sandbox', 'local') },
    },
    {
      name: 'screens-know-no-activities',
      severity: 'error',
      from: { path: anyOf('dashboard', 'cli'), pathNot: '^src/dashboard/web/' },
      to: { path: anyOf('activities', 'workers', 'sandbox', 'local') },
    },
    {
      name: 'screens-know-types-of-workflows',
      severity: 'error',
      from: { path: anyOf('dashboard', 'cli') },
      to: { path: own('workflows'), dependencyTypesNot: typesToo },
    },
    {
      name: 'commands-load-late',
      comment: 'help and wrong arguments answer at once: import it in the action of the command',
      severity: 'error',
      from: { path: own('cli'), pathNot: '^src/cli/explain\\.ts$' },
      to: {
        path: [own('platform'), '^node_modules/@temporalio/client/'],
        pathNot: '^src/platform/(accounts|config|quick-drizzle|version|worker-flags)\\.ts$',
        dynamic: false,
        dependencyTypesNot: typesToo,
      },
    },
    {
      name: 'browser-knows-only-contracts',
      severity: 'error',
      from: { path: '^src/dashboard/web/' },
      to: { path: '^src/', pathNot: ['^src/dashboard/web/', own('contracts')] },
    },
    {
      name: 'stand-ins-share-no-code-with-clients',
      severity: 'error',
      from: { path: own('sandbox') },
      to: { path: except('sandbox', 'contracts', 'platform') },
    },
    {
      name: 'platform-knows-contracts-and-rules',
      severity: 'error',
      from: { path: own('platform') },
      to: { path: except('platform', 'contracts', 'rules') },
    },
    {
      name: 'local-starts-the-others-as-processes',
      severity: 'error',
      from: { path: own('local') },
      to: { path: except('local', 'platform', 'contracts') },
    },
    {
      name: 'only-start-and-tests-use-local',
      severity: 'error',
      from: { path: except('local') },
      to: { path: own('local') },
    },
    {
      name: 'only-benches-use-benches',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^bench/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
