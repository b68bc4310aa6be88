import { Router, type ErrorRequestHandler, type Request, type Response } from 'express';
import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import { RateLimit } from '../rate-limit.ts';
import type { Note } from '../taken.ts';
import type { Vendor } from '../vendor.ts';
import { accessOf, isTurnedAway, requireScope } from './access.ts';
import { accountRows, campaignDayRows, campaignFigureRow, overview } from './analytics.ts';
import {
  accountDays,
  campaignDays,
  dayNumber,
  emailsIn,
  pageOf,
  Refusal,
  valuesIn,
} from './query.ts';
import { accountForm, campaignForm } from './forms.ts';
import { sendingStatusOf } from './campaigns.ts';
import { Leads } from './leads.ts';
import {
  campaignIn,
  keyOf,
  openWorkspace,
  type Campaign,
  type Workspace,
  type WorkspaceOptions,
} from './workspace.ts';
import { addWrites, type Entered } from './writes.ts';

interface InstantlyOptions {
  /** Told of each write that it does. */
  readonly take: Note;
  /** The options of a workspace, which exists as soon as somebody asks for it. */
  readonly optionsOf: (workspace: string) => WorkspaceOptions;
  /** The current UTC day, `YYYY-MM-DD`. */
  readonly today: () => string;
}

interface Open {
  readonly workspace: Workspace;
  readonly query: URLSearchParams;
  readonly today: number;
  readonly id: string;
}

const dailyPath = '/accounts/analytics/daily';
const uuid = z.uuid('must match format "uuid"');
const flag = z.enum(['true', 'false'], 'must be boolean').transform((text) => text === 'true');
const campaignStatus = z.coerce
  .number()
  .refine((status) => [-99, -1, -2, 0, 1, 2, 3, 4].includes(status), 'is not a campaign status');
const accountStatus = z.coerce
  .number()
  .refine((status) => [1, 2, 3, -1, -2, -3].includes(status), 'is not an account status');
const queryOf = (request: Request) => new URL(request.originalUrl, 'http://stand-in').searchParams;

/** Instantly.ai, API v2: accounts, campaigns and their figures; leads that are added, campaigns that start. */
export function createInstantly({ optionsOf, today, take }: InstantlyOptions): Vendor {
  const workspaces = new Map<string, Entered & { readonly limit: RateLimit }>();
  const enter = (name: string) => {
    const known = workspaces.get(name);
    if (known) return known;
    const workspace = openWorkspace(name, optionsOf(name));
    const takeIn: Note = (...names) => take('instantly', name, ...names);
    const { perSecond, perMinute } = workspace.options;
    const limit = new RateLimit({ most: perSecond, ms: 1_000 }, { most: perMinute, ms: 60_000 });
    const fresh = {
      workspace,
      limit,
      leads: new Leads((...lead) => takeIn('lead', ...lead)),
      take: takeIn,
    };
    workspaces.set(name, fresh);
    return fresh;
  };
  const router = Router();

  /** Counts as a call of the workspace, whatever comes of it. */
  const admit = (request: Request) => {
    const access = accessOf(request);
    if (!access) throw new Refusal(401, 'Invalid or missing API key');
    if (!access.hasPlan) throw new Refusal(402, 'This workspace has no paid plan');
    const entered = enter(access.workspace);
    if (!entered.limit.admit()) throw new Refusal(429, 'Too many requests');
    return { access, ...entered };
  };
  const get = (path: string, scope: `${string}:read`, answer: (open: Open) => unknown) =>
    router.get(`/api/v2${path}`, (request: Request<{ id?: string }>, response: Response) => {
      const { access, workspace } = admit(request);
      requireScope(access, scope);
      const query = queryOf(request);
      const { id = '' } = request.params;
      response.json(answer({ workspace, query, id, today: dayNumber(today()) }));
    });

  router.use((request, response, next) => {
    if (isTurnedAway(request)) response.status(403).type('text').send('error code: 1010');
    else next();
  });

  get(dailyPath, 'accounts:read', ({ workspace, query, today }) => {
    const range = accountDays(query, today);
    const emails = emailsIn(query);
    if (!emails && workspace.options.requiresEmails) {
      throw new Refusal(400, 'emails is required');
    }
    if ((emails ?? workspace.mailboxes).length > workspace.options.maxAddresses) {
      throw new Refusal(413, 'Too much data: add an emails filter or shrink the date range');
    }
    const asked = emails && new Set(emails);
    const mailboxes = asked
      ? workspace.mailboxes.filter(({ email }) => asked.has(email))
      : workspace.mailboxes;
    return accountRows(workspace, mailboxes, range, today);
  });

  get('/campaigns/analytics/overview', 'campaigns:read', ({ workspace, query, today }) => {
    const range = campaignDays(query, today, workspace.options.endDayCounts);
    const [expandCrmEvents = false] = valuesIn(query, 'expand_crm_events', flag);
    const campaigns = withStatus(query, withIds(query, workspace.campaigns));
    return overview(workspace, campaigns, range, { today, expandCrmEvents });
  });

  get('/campaigns/analytics/daily', 'campaigns:read', ({ workspace, query, today }) => {
    const range = campaignDays(query, today, workspace.options.endDayCounts);
    const [id] = valuesIn(query, 'campaign_id', uuid);
    const campaigns = workspace.campaigns.filter((one) => id === undefined || one.id === id);
    return campaignDayRows(workspace, withStatus(query, campaigns), range, today);
  });

  get('/campaigns/analytics', 'campaigns:read', ({ workspace, query, today }) => {
    const range = campaignDays(query, today, workspace.options.endDayCounts);
    const [isWithoutLeads = false] = valuesIn(query, 'exclude_total_leads_count', flag);
    const isFiltered = query.has('id') || query.has('ids');
    return withIds(query, workspace.campaigns)
      .filter((campaign) => isFiltered || campaign.status !== 0)
      .map((campaign) =>
        campaignFigureRow(workspace, campaign, range, { today, withLeads: !isWithoutLeads }),
      );
  });

  get('/accounts', 'accounts:read', ({ workspace, query }) => {
    const statuses = valuesIn(query, 'status', accountStatus);
    const mailboxes = workspace.mailboxes.filter(
      (mailbox) =>
        isFound(query, `${mailbox.firstName} ${mailbox.lastName} ${mailbox.email}`) &&
        (statuses.length === 0 || statuses.includes(mailbox.status)),
    );
    const page = pageOf(mailboxes, {
      query,
      options: workspace.options,
      cursorOf: keyOf,
      indexAfter: (cursor) => {
        if (!/^\d{4}-[\dT:.-]+Z&.+@/.test(cursor)) return undefined;
        const index = mailboxes.findIndex((mailbox) => keyOf(mailbox) > cursor);
        return index < 0 ? mailboxes.length : index;
      },
    });
    return { ...page, items: page.items.map((mailbox) => accountForm(mailbox, workspace)) };
  });

  get('/campaigns', 'campaigns:read', ({ workspace, query }) => {
    const campaigns = withStatus(query, workspace.campaigns, 'status').filter(({ name }) =>
      isFound(query, name),
    );
    const page = pageOf(campaigns, {
      query,
      options: workspace.options,
      cursorOf: ({ id }) => id,
      indexAfter: (cursor) => {
        const index = campaigns.findIndex(({ id }) => id === cursor);
        return index < 0 ? undefined : index + 1;
      },
    });
    return { ...page, items: page.items.map((campaign) => campaignForm(campaign, workspace)) };
  });

  get('/campaigns/:id', 'campaigns:read', ({ workspace, id }) =>
    campaignForm(campaignIn(workspace, id), workspace),
  );

  get('/campaigns/:id/sending-status', 'campaigns:read', ({ workspace, id }) =>
    sendingStatusOf(campaignIn(workspace, id)),
  );

  addWrites(router, admit);

  router.use((request) => {
    admit(request);
    throw new Refusal(404, `Route ${request.method}:${request.path} not found`);
  });
  router.use(answerRefusal);

  return {
    id: 'instantly',
    router,
    workspaceOf: (request) => accessOf(request)?.workspace,
    addressesIn: (request) => {
      const name = accessOf(request)?.workspace;
      if (name === undefined || request.path !== `/api/v2${dailyPath}`) return undefined;
      const emails = queryOf(request).getAll('emails');
      return emails.length > 0
        ? emails.flatMap((value) => value.split(',')).length
        : enter(name).workspace.mailboxes.length;
    },
    errorBody: (request, status) => errorBody(request, status, 'The fault plan says so'),
  };
}

/** Analytics put nothing but the message into a 400. */
const errorBody = (request: Request, status: number, message: string) =>
  status === 400 && request.path.includes('/analytics')
    ? { message }
    : { statusCode: status, error: STATUS_CODES[status] ?? 'Error', message };

const answerRefusal: ErrorRequestHandler = (error: unknown, request, response, next) => {
  if (!(error instanceof Refusal)) {
    next(error);
    return;
  }
  response.status(error.status).json(errorBody(request, error.status, error.message));
};

const isFound = (query: URLSearchParams, text: string): boolean =>
  text.toLowerCase().includes((query.get('search') ?? '').toLowerCase());

function withIds(query: URLSearchParams, campaigns: readonly Campaign[]): readonly Campaign[] {
  const ids = [...valuesIn(query, 'id', uuid), ...valuesIn(query, 'ids', uuid)];
  return ids.length === 0 ? campaigns : campaigns.filter(({ id }) => ids.includes(id));
}

function withStatus(
  query: URLSearchParams,
  campaigns: readonly Campaign[],
  parameter = 'campaign_status',
): readonly Campaign[] {
  const statuses = valuesIn(query, parameter, campaignStatus);
  return statuses.length === 0
    ? campaigns
    : campaigns.filter(({ status }) => statuses.includes(status));
}
