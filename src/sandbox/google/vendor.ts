import express, { Router, type ErrorRequestHandler, type Request, type Response } from 'express';
import { z } from 'zod';
import { RateLimit } from '../rate-limit.ts';
import type { Vendor } from '../vendor.ts';
import { nameOf, rangeOf, type Area } from './a1.ts';
import { accessOf, authenticated, requireWriting, tokenFor } from './access.ts';
import { InputOption, RenderOption, type Tab } from './grid.ts';
import { errorBody, errorInfo, Refusal } from './refusal.ts';
import { change, checkSize, propertiesOf, Spreadsheets, type Spreadsheet } from './spreadsheets.ts';

/** How Google's stand-in behaves. */
export interface GoogleOptions {
  /** Reads of one user in any minute before 429. Default 60. */
  readonly readsPerMinute?: number;
  /** Writes of one user in any minute before 429. Default 60. */
  readonly writesPerMinute?: number;
}

interface User {
  readonly spreadsheets: Spreadsheets;
  readonly reads: RateLimit;
  readonly writes: RateLimit;
}

/** A call as its path tells it: `/v4/spreadsheets/{id}/values/{range}:append`. */
interface Asked {
  readonly id: string | undefined;
  /** `GET`, or the verb behind the colon, such as `POST :append`. */
  readonly verb: string;
  readonly isOfValues: boolean;
  readonly range: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

const pathPattern = /^\/v4\/spreadsheets(?:\/([^/:]+))?(\/values)?(?:\/(.+?))?(:[A-Za-z]+)?$/;
const bodyLimit = '10mb';

/** Google Sheets v4 and the token endpoint. Its paths stand at the root: Google's client drops a prefix. */
export function createGoogle({ readsPerMinute = 60, writesPerMinute = 60 }: GoogleOptions): Vendor {
  const users = new Map<string, User>();
  const enter = (workspace: string): User => {
    const known = users.get(workspace);
    if (known) return known;
    const ms = 60_000;
    const fresh = {
      spreadsheets: new Spreadsheets(workspace),
      reads: new RateLimit({ most: readsPerMinute, ms }),
      writes: new RateLimit({ most: writesPerMinute, ms }),
    };
    users.set(workspace, fresh);
    return fresh;
  };

  const router = Router();
  router.post('/token', express.urlencoded(), (request, response) => {
    const { status, body } = tokenFor(request.body, Date.now());
    response.status(status).json(body);
  });
  router.use(express.json({ limit: bodyLimit }), (request: Request, response: Response) => {
    const access = authenticated(request);
    const { spreadsheets, reads, writes } = enter(access.workspace);
    const kind = request.method === 'GET' ? 'Read' : 'Write';
    if (!(kind === 'Read' ? reads : writes).admit()) throw quotaOf(kind, access.workspace);
    if (kind === 'Write') requireWriting(access);
    response.json(answer(askedBy(request), spreadsheets));
  });
  router.use(answerRefusal);

  return {
    id: 'google',
    ownPaths: /^\/(token$|v4\/spreadsheets(\/|:|$))/,
    router,
    workspaceOf: (request) => accessOf(request)?.workspace,
    addressesIn: () => undefined,
    errorBody: (_, status) =>
      status === 429
        ? errorBody(429, quotaWords('Read', 'stand-in'), [errorInfo('RATE_LIMIT_EXCEEDED')])
        : errorBody(status, 'The fault plan says so'),
  };
}

function askedBy(request: Request): Asked {
  const [, id, values, range = '', verb = ''] = pathPattern.exec(request.path) ?? [];
  return {
    id,
    verb: `${request.method} ${verb}`.trim(),
    isOfValues: values !== undefined,
    range: decodeURIComponent(range),
    query: new URL(request.originalUrl, 'http://stand-in').searchParams,
    body: request.body,
  };
}

function answer(asked: Asked, spreadsheets: Spreadsheets): unknown {
  const { id, verb, body, isOfValues } = asked;
  if (id === undefined) {
    if (verb === 'POST') return formOf(spreadsheets.create(body));
    throw new Refusal(404, 'Requested entity was not found.');
  }
  const spreadsheet = spreadsheets.open(id);
  if (isOfValues) return answerValues(asked, spreadsheet);
  if (verb === 'GET') return formOf(spreadsheet);
  if (verb === 'POST :batchUpdate') {
    return { spreadsheetId: id, replies: change(spreadsheet, body) };
  }
  throw new Refusal(404, 'Requested entity was not found.');
}

const Body = z.object({ majorDimension: z.literal('ROWS').optional(), values: z.unknown() });
const Batch = z.object({
  valueInputOption: InputOption,
  data: z.array(Body.extend({ range: z.string() })).default([]),
});

function answerValues({ verb, range, query, body }: Asked, spreadsheet: Spreadsheet): unknown {
  const spreadsheetId = spreadsheet.id;
  const render = choice(query, 'valueRenderOption', RenderOption, 'FORMATTED_VALUE');
  const input = () => choice(query, 'valueInputOption', InputOption, undefined);
  switch (verb) {
    case 'GET':
      return valuesOf(spreadsheet, range, render);
    case 'GET :batchGet': {
      const ranges = query.getAll('ranges');
      return {
        spreadsheetId,
        valueRanges: ranges.map((each) => valuesOf(spreadsheet, each, render)),
      };
    }
    case 'PUT': {
      const { tab, area } = placeOf(spreadsheet, range);
      return updateOf(spreadsheetId, tab.write(area, read(Body, body).values, input()));
    }
    case 'POST :append': {
      const { tab, area } = placeOf(spreadsheet, range);
      const option = choice(
        query,
        'insertDataOption',
        z.enum(['OVERWRITE', 'INSERT_ROWS']),
        'OVERWRITE',
      );
      const { values } = read(Body, body);
      checkSize(spreadsheet, Array.isArray(values) ? values.length * tab.columnCount : 0);
      const { tableRange, written } = tab.append(area, values, input(), option);
      const updates = updateOf(spreadsheetId, written);
      return { spreadsheetId, ...(tableRange ? { tableRange } : {}), updates };
    }
    case 'POST :batchUpdate': {
      const { valueInputOption, data } = read(Batch, body);
      const places = data.map((each) => ({ ...placeOf(spreadsheet, each.range), each }));
      for (const { tab, area, each } of places) tab.check(area, each.values);
      const responses = places.map(({ tab, area, each }) =>
        updateOf(spreadsheetId, tab.write(area, each.values, valueInputOption)),
      );
      const sum = (field: 'updatedRows' | 'updatedColumns' | 'updatedCells') =>
        responses.reduce((total, each) => total + each[field], 0);
      return {
        spreadsheetId,
        totalUpdatedRows: sum('updatedRows'),
        totalUpdatedColumns: sum('updatedColumns'),
        totalUpdatedCells: sum('updatedCells'),
        totalUpdatedSheets: new Set(places.map(({ tab }) => tab)).size,
        responses,
      };
    }
    case 'POST :clear': {
      const { tab, area } = placeOf(spreadsheet, range);
      return { spreadsheetId, clearedRange: tab.clear(area) };
    }
    case 'POST :batchClear': {
      const { ranges } = read(z.object({ ranges: z.array(z.string()) }), body);
      const places = ranges.map((each) => placeOf(spreadsheet, each));
      return { spreadsheetId, clearedRanges: places.map(({ tab, area }) => tab.clear(area)) };
    }
    default:
      throw new Refusal(404, 'Requested entity was not found.');
  }
}

function placeOf({ tabs }: Spreadsheet, text: string): { readonly tab: Tab; readonly area: Area } {
  const { tab: title, area } = rangeOf(
    text,
    tabs.map((tab) => tab.title),
  );
  const tab = title === undefined ? tabs[0] : tabs.find((each) => each.title === title);
  if (!tab) throw new Refusal(400, `Unable to parse range: ${text}`);
  return { tab, area };
}

function valuesOf(spreadsheet: Spreadsheet, text: string, render: z.infer<typeof RenderOption>) {
  const { tab, area } = placeOf(spreadsheet, text);
  const values = tab.read(area, render);
  const range = nameOf(tab.title, tab.within(area));
  return { range, majorDimension: 'ROWS', ...(values.length > 0 ? { values } : {}) };
}

const updateOf = (
  spreadsheetId: string,
  { range, rows, columns, cells }: ReturnType<Tab['write']>,
) => ({
  spreadsheetId,
  updatedRange: range,
  updatedRows: rows,
  updatedColumns: columns,
  updatedCells: cells,
});

const formOf = ({ id, title, tabs }: Spreadsheet) => ({
  spreadsheetId: id,
  properties: { title, locale: 'en_US', timeZone: 'Etc/GMT' },
  sheets: tabs.map(propertiesOf),
  spreadsheetUrl: `https://docs.google.com/spreadsheets/d/${id}/edit`,
});

/** @throws {Refusal} 400 for a choice that there is not, or one that has to be made. */
function choice<T extends string>(
  query: URLSearchParams,
  field: string,
  schema: z.ZodType<T>,
  otherwise: T | undefined,
): T {
  const parsed = schema.safeParse(query.get(field) ?? otherwise);
  if (parsed.success) return parsed.data;
  throw new Refusal(400, `'${field}' is required but not specified`);
}

function read<T extends z.ZodType>(schema: T, body: unknown): z.output<T> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Refusal(
    400,
    `Invalid JSON payload received. Invalid value at '${issue?.path.join('.') ?? ''}': ${issue?.message ?? ''}`,
  );
}

const quotaWords = (kind: string, workspace: string): string =>
  `Quota exceeded for quota metric '${kind} requests' and limit '${kind} requests per minute per user' of service 'sheets.googleapis.com' for consumer 'project_number:${workspace}'.`;

const quotaOf = (kind: 'Read' | 'Write', workspace: string): Refusal =>
  new Refusal(429, quotaWords(kind, workspace), [
    errorInfo('RATE_LIMIT_EXCEEDED', {
      quota_metric: `sheets.googleapis.com/${kind.toLowerCase()}_requests`,
      quota_limit: `${kind}RequestsPerMinutePerUser`,
      consumer: `projects/${workspace}`,
    }),
  ]);

const answerRefusal: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (error instanceof Refusal) {
    response.status(error.status).json(errorBody(error.status, error.message, error.details));
  } else if (error instanceof SyntaxError) {
    response.status(400).json(errorBody(400, 'Invalid JSON payload received. Unexpected token.'));
  } else {
    next(error);
  }
};
