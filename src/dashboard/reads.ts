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
import { TopicList } from '../contracts/topics.ts';
import type { Export } from '../platform/analytics.ts';
import type { Health } from './health.ts';
import { HttpError } from './http-error.ts';
import type { Models } from './models.ts';
import type { Routes } from './routes.ts';
import { flowKeyDetail, flowKeyList, found, leaseList, topicList } from './shared-reads.ts';

const RunRef = z.object({ run: z.string().max(80).optional() });
const EventsQuery = RunRef.extend({ cursor: z.coerce.number().int().min(1).optional() });
const LogsQuery = RunRef.extend({ after: z.coerce.number().int().min(0).optional() });

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
