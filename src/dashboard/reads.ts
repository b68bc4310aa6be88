import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import type { Response } from 'express';
import { z } from 'zod';
import { AnalyticsQuery, CampaignAnalytics, EmailAnalytics } from '../contracts/analytics.ts';
import {
  AgentInfo,
  AgentList,
  liveTopics,
  Overview,
  RunDetail,
  RunEvents,
  RunList,
  RunLogs,
  RunQuery,
  Status,
  type RunSummary,
} from '../contracts/api.ts';
import { LeaseList } from '../contracts/coordination.ts';
import { FlowKeyDetail } from '../contracts/flow-history.ts';
import { FlowKeyList } from '../contracts/flow-keys.ts';
import { NeedList } from '../contracts/needs.ts';
import { ScheduleList } from '../contracts/schedules.ts';
import {
  Struggling,
  StrugglingQuery,
  StrugglingRuns,
  StrugglingRunsQuery,
} from '../contracts/struggling.ts';
import { TilesQuery } from '../contracts/swarm.ts';
import { TopicList } from '../contracts/topics.ts';
import type { Export } from '../platform/analytics.ts';
import type { Health } from './health.ts';
import { HttpError, parsed, unknownRun } from './http-error.ts';
import type { Topic } from './live.ts';
import type { Models } from './models.ts';
import type { Routes } from './routes.ts';
import { unknownSwarm } from './swarms.ts';

const RunRef = z.object({ run: z.string().max(80).optional() });
const EventsQuery = RunRef.extend({ cursor: z.coerce.number().int().min(1).optional() });
const LogsQuery = RunRef.extend({ after: z.coerce.number().int().min(0).optional() });

const everyMs = { status: 1_000, overview: 2_000, runs: 5_000, schedules: 5_000, agents: 5_000 };
const needsEveryMs = 1_000;
const coordinationEveryMs = 2_000;
const flowKeysEveryMs = 1_000;
const strugglingEveryMs = 1_000;
const flowKeyEveryMs = 2_000;
const openRunEveryMs = 500;
const closedRunEveryMs = 5_000;

/** What pages ask for: every route reads one model and answers it as it is. */
export function readRoutes(routes: Routes, models: Models, health: Health): void {
  const { runs, details, agents, analytics, schedules } = models;

  routes.get(
    liveTopics.status,
    { does: 'Say what is up, and which vendors are stand-ins', answer: Status },
    () => models.status(),
  );
  routes.get(liveTopics.overview, { does: 'The morning look', answer: Overview }, () =>
    health.during(models.overview.read()),
  );
  routes.get(liveTopics.agents, { does: 'List agents', answer: AgentList }, () =>
    health.during(agents.list()),
  );
  routes.get(liveTopics.schedules, { does: 'List schedules', answer: ScheduleList }, () =>
    schedules.read(),
  );
  routes.get(liveTopics['flow-keys'], { does: 'List flow keys', answer: FlowKeyList }, () =>
    health.during(flowKeyList(models)),
  );
  routes.get(liveTopics.needs, { does: 'List what waits for a person', answer: NeedList }, () =>
    health.during(models.needs.read()),
  );
  routes.get(
    liveTopics.struggling,
    { does: 'List why work retries or waits', query: StrugglingQuery, answer: Struggling },
    ({ query }) => health.during(models.struggling.read(query)),
  );
  routes.get(
    '/api/struggling/runs',
    { does: 'List what retries or waits', query: StrugglingRunsQuery, answer: StrugglingRuns },
    ({ query }) => health.during(models.struggling.runs(query)),
  );
  routes.get(liveTopics.leases, { does: 'List leases and barriers', answer: LeaseList }, () =>
    health.during(leaseList(models)),
  );
  routes.get(liveTopics.topics, { does: 'List topics', answer: TopicList }, () =>
    health.during(topicList(models)),
  );

  routes.get(
    '/api/flow-keys/:key',
    { does: 'Show a flow key and its history', answer: FlowKeyDetail },
    ({ params }) => flowKeyDetail(models, health, params.key),
  );

  routes.get(
    '/api/agents/:id',
    { does: 'Show an agent', answer: AgentInfo },
    async ({ params }) => {
      const { agents: all } = await health.during(agents.list());
      const agent = all.find((each) => each.id === params.id);
      if (!agent) throw new HttpError(404, 'unknown-agent', `There is no agent “${params.id}”`);
      return agent;
    },
  );

  routes.get(
    '/api/runs',
    { does: 'Search runs, newest first', query: RunQuery, answer: RunList },
    ({ query }) => health.during(runs.search(query)),
  );
  routes.get(
    '/api/runs/:workflowId',
    { does: 'Show a run', query: RunRef, answer: RunDetail },
    async ({ params, query: { run } }) =>
      found(await health.during(details.read(params.workflowId, run))),
  );
  routes.get(
    '/api/runs/:workflowId/events',
    { does: 'Read a run’s raw history, newest first', query: EventsQuery, answer: RunEvents },
    async ({ params, query: { run, cursor } }) =>
      found(await health.during(details.events(params.workflowId, run, cursor))),
  );
  routes.get(
    '/api/runs/:workflowId/logs',
    { does: 'Read a run’s log, oldest first', query: LogsQuery, answer: RunLogs },
    async ({ params, query: { run, after } }) =>
      found(await health.during(details.logs(params.workflowId, run, after))),
  );

  routes.get(
    '/api/analytics/email',
    { does: 'E-mail figures of some days', query: AnalyticsQuery, answer: EmailAnalytics },
    ({ query }) => health.during(analytics.email(query)),
  );
  routes.get(
    '/api/analytics/campaigns',
    { does: 'Campaign figures of some days', query: AnalyticsQuery, answer: CampaignAnalytics },
    ({ query }) => health.during(analytics.campaigns(query)),
  );
  routes.get(
    '/api/analytics/email.csv',
    { does: 'Export e-mail figures', query: AnalyticsQuery, file: 'text/csv' },
    async ({ query: days, response }) => {
      const rows = analytics.emailExport(days);
      await sendCsv(response, `email-${days.from}-to-${days.to}`, rows, health);
    },
  );
  routes.get(
    '/api/analytics/campaigns.csv',
    { does: 'Export campaign figures', query: AnalyticsQuery, file: 'text/csv' },
    async ({ query: days, response }) => {
      const rows = analytics.campaignExport(days);
      await sendCsv(response, `campaigns-${days.from}-to-${days.to}`, rows, health);
    },
  );
}

/** The same models as topics that pages follow; `undefined` for a name that is none. */
export function createTopics(models: Models, health: Health): (name: string) => Topic | undefined {
  const during = (read: () => Promise<unknown>) => () => health.during(read());
  const fixed = new Map<string, Topic>([
    ['status', { everyMs: everyMs.status, read: () => models.status() }],
    ['overview', { everyMs: everyMs.overview, read: during(() => models.overview.read()) }],
    ['runs', { everyMs: everyMs.runs, read: during(() => models.runs.search(newest)) }],
    ['schedules', { everyMs: everyMs.schedules, read: () => models.schedules.read() }],
    ['agents', { everyMs: everyMs.agents, read: during(() => models.agents.list()) }],
    ['flow-keys', { everyMs: flowKeysEveryMs, read: during(() => flowKeyList(models)) }],
    ['needs', { everyMs: needsEveryMs, read: during(() => models.needs.read()) }],
    ['leases', { everyMs: coordinationEveryMs, read: during(() => leaseList(models)) }],
    ['topics', { everyMs: coordinationEveryMs, read: during(() => topicList(models)) }],
  ]);
  return (name) => {
    if (/^struggling(\?|$)/.test(name)) return strugglingTopic(name);
    const [, flowKey] = /^flow-key:(.+)$/.exec(name) ?? [];
    if (flowKey !== undefined)
      return { everyMs: flowKeyEveryMs, read: () => flowKeyDetail(models, health, flowKey) };
    const [, kind, workflowId = '', runId] =
      /^(run|swarm|tiles|pipeline|bulk):(.+?)(?:\?run=([^?]+))?$/.exec(name) ?? [];
    switch (kind) {
      case 'run':
        return runTopic(workflowId, runId);
      case 'swarm':
        return swarmTopic(workflowId, runId);
      case 'tiles':
        return tilesTopic(workflowId, runId);
      case 'bulk':
        return bulkTopic(workflowId);
      case 'pipeline':
        return pipelineTopic(workflowId, runId);
      case undefined:
      default:
        return fixed.get(name);
    }
  };

  function swarmTopic(workflowId: string, runId: string | undefined): Topic {
    let isClosed = false;
    return unhurried(
      async () => {
        const detail = await health.during(models.swarms.read(workflowId, runId));
        if (!detail) throw unknownSwarm();
        isClosed = detail.run.closedAt !== null;
        return detail;
      },
      () => (isClosed ? closedRunEveryMs : openRunEveryMs),
    );
  }

  function tilesTopic(workflowId: string, runId: string | undefined): Topic {
    return unhurried(async () => {
      const swarm = await health.during(models.swarmRows.find(workflowId, runId));
      if (!swarm) throw unknownSwarm();
      return health.during(models.swarmRows.tiles(swarm, wholeSwarm));
    });
  }

  function strugglingTopic(name: string): Topic {
    const given = Object.fromEntries(new URLSearchParams(name.split('?')[1] ?? ''));
    const query = parsed(StrugglingQuery, given);
    return unhurried(
      () => health.during(models.struggling.read(query)),
      () => strugglingEveryMs,
    );
  }

  /** Its steps are asked of the run, by a worker: less often than its row is read. */
  function pipelineTopic(workflowId: string, runId: string | undefined): Topic {
    let isClosed = false;
    return unhurried(
      async () => {
        const detail = found(await health.during(models.pipelines.read(workflowId, runId)));
        isClosed = detail.phase === 'closed';
        return detail;
      },
      () => (isClosed ? closedRunEveryMs : openRunEveryMs),
    );
  }

  function bulkTopic(id: string): Topic {
    let isClosed = false;
    return unhurried(
      async () => {
        const view = found(await health.during(models.bulk.read(id, {})));
        isClosed = view.counts.open === 0;
        return view;
      },
      () => (isClosed ? closedRunEveryMs : openRunEveryMs),
    );
  }

  /** A run that has ended changes only when it is started again. */
  function runTopic(workflowId: string, runId: string | undefined): Topic {
    let pauseMs = openRunEveryMs;
    return {
      get everyMs() {
        return pauseMs;
      },
      async read() {
        const detail = found(await health.during(models.details.read(workflowId, runId)));
        pauseMs = detail.run.closedAt === null ? openRunEveryMs : closedRunEveryMs;
        return detail;
      },
    };
  }
}

const leaseList = async ({ coordination }: Models) => {
  const [leases, barriers] = await Promise.all([coordination.list(), coordination.barriers()]);
  return { leases, barriers };
};
const topicList = async ({ topics }: Models) => ({ topics: await topics.list() });
const flowKeyList = async (models: Models) => ({ flowKeys: await models.flowKeys.list() });

async function flowKeyDetail(models: Models, health: Health, key: string) {
  const [detail, waitingRuns] = await health.during(
    Promise.all([models.flowKeys.read(key), runsWaitingFor(models, key)]),
  );
  if (detail) return { ...detail, waitingRuns };
  throw new HttpError(
    404,
    'unknown-flow-key',
    `No call was made under the flow key “${key}” so far, and nobody has limited it`,
  );
}

const mostOpenRuns = 200;
const waitingRunsShown = 50;

async function runsWaitingFor({ runs }: Models, key: string): Promise<RunSummary[]> {
  const account = key.slice(key.indexOf(':') + 1);
  const open = await runs.search({ state: 'open', account, limit: mostOpenRuns });
  return open.runs
    .filter(({ state }) => state.kind === 'waiting' && state.flowKey === key)
    .slice(0, waitingRunsShown);
}

/** A topic whose reading takes at most a fifth of the time, however many tasks there are. */
function unhurried(read: () => Promise<unknown>, atLeastMs = () => openRunEveryMs): Topic {
  let everyMs = openRunEveryMs;
  return {
    get everyMs() {
      return everyMs;
    },
    async read() {
      const began = performance.now();
      try {
        return await read();
      } finally {
        everyMs = Math.max(atLeastMs(), (performance.now() - began) * 4);
      }
    },
  };
}

const newest = RunQuery.parse({});
const wholeSwarm = TilesQuery.parse({});

function found<T>(value: T | undefined): T {
  if (value === undefined) throw unknownRun();
  return value;
}

async function sendCsv(
  response: Response,
  name: string,
  { columns, rows }: Export,
  health: Health,
): Promise<void> {
  const iterator = rows[Symbol.asyncIterator]();
  const first = await health.during(iterator.next()); // while an error can still be answered
  async function* all() {
    try {
      for (let page = first; !page.done; page = await iterator.next()) yield* page.value;
    } finally {
      await iterator.return?.();
    }
  }
  response.attachment(`${name}.csv`).type('text/csv; charset=utf-8');
  const table = stringify({
    header: true,
    columns: [...columns],
    cast: {
      boolean: String,
      // a cell that a spreadsheet would take for a formula is marked as text
      string: (text) => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text),
    },
  });
  await pipeline(all, table, response).catch((error: unknown) => {
    if (!response.destroyed) throw error; // a reader that left needs no answer
  });
}
