import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';
import { sheets as declared } from '../../contracts/sheets.ts';
import type { Cell } from '../../contracts/sheets-fields.ts';
import { FailureType } from '../../contracts/failures.ts';
import type { Account } from '../../platform/config.ts';
import { flowKeyOf } from '../../rules/flow.ts';
import type { Effect } from '../../contracts/capability.ts';
import type { VendorRequest } from '../../contracts/dry-run.ts';
import type { Door, VendorCall } from '../door.ts';
import { answerIn } from '../vendor-answer.ts';
import { BatchValues, ChangedSpreadsheet, SpreadsheetAnswer, WrittenValues } from './answers.ts';
import { TokenRefused, type Logins } from './logins.ts';

/** One tab of a spreadsheet, and the size of its grid. */
export interface TabFacts {
  readonly id: number;
  readonly title: string;
  readonly rows: number;
  readonly columns: number;
}

/** A spreadsheet as its owner sees it. */
export interface Spreadsheet {
  readonly id: string;
  readonly title: string;
  readonly url: string;
  readonly tabs: readonly TabFacts[];
}

/** Values that are to stand somewhere; null leaves a cell as it is. */
interface Values {
  /** In A1 notation, the tab included. */
  readonly range: string;
  readonly values: readonly (readonly Cell[])[];
}

/**
 * Google Sheets, one function a call. All that is written is written raw, so that no text becomes a
 * formula, and to fixed places, so that a repeat changes nothing.
 */
export interface SheetsClient {
  /** @throws `NotAllowed` for one that is not shared, `NotFound`; both say what to do. */
  spreadsheet(account: Account, id: string): Promise<Spreadsheet>;
  /** Asks for a spreadsheet that nobody has. @throws as `spreadsheet`, for credentials that may ask for none. */
  mayAsk(account: Account): Promise<void>;
  /** The values of each range, without blank ends. `shown` is the text that people see. */
  values(
    account: Account,
    id: string,
    ranges: readonly string[],
    as: 'shown' | 'stored',
  ): Promise<Cell[][][]>;
  write(account: Account, id: string, data: readonly Values[]): Promise<void>;
  /** Makes a tab. @throws `InvalidRequest` when there is one of this title. */
  addTab(account: Account, id: string, title: string): Promise<void>;
  /** Gives a tab so many rows and columns. */
  resize(account: Account, id: string, tab: TabFacts): Promise<void>;
  /** The address to share with; null for a person's own login. */
  shareWith(account: Account): Promise<string | null>;
  /** Makes sure that there is a token. @throws `CredentialRejected` with what to do. */
  prepare(account: Account): Promise<void>;
  /** A request as it leaves, for a login that is prepared. */
  readonly callOf: <E extends Effect>(
    account: Account,
    request: VendorRequest,
    effect: E,
  ) => VendorCall<E>;
}

type Api = Awaited<ReturnType<typeof apiOf>>;
interface Asked {
  readonly account: Account;
  readonly id: string;
  readonly what: string;
  readonly effect: 'read' | 'upsert';
}
type Options = { readonly signal: AbortSignal; readonly headers: Record<string, string> };

const vendor = 'Google Sheets';
/** The id of a spreadsheet that there is not. */
const nobodys = 'a-spreadsheet-that-nobody-has';
/** What Google's client throws when it had an answer. */
const Thrown = z.object({
  response: z.object({ status: z.int(), headers: z.instanceof(Headers), data: z.unknown() }),
});

/** @param door the only way out. @param logins where tokens are from. */
export function createSheetsClient(door: Door, logins: Logins): SheetsClient {
  const tokens = new Map<string, string>();
  const flowOf = <E extends Effect>(account: Account, effect: E) => ({
    key: flowKeyOf(declared.vendor, account.name),
    limits: declared.limits,
    effect,
  });

  async function once<T>(
    { account, id, what, effect }: Asked,
    send: (api: Api, options: Options) => Promise<{ readonly data: unknown }>,
    answer: z.ZodType<T>,
  ): Promise<T> {
    const login = await logins.of(account);
    const call = {
      vendor,
      flow: flowOf(account, effect),
      what,
      async send(signal: AbortSignal) {
        const headers = { authorization: `Bearer ${await login.token()}` };
        return (await send(await apiOf(account), { signal, headers })).data;
      },
      refusalIn,
    };
    try {
      return await door.through(call, answer);
    } catch (error) {
      throw inWords(error, id, login.email);
    }
  }

  /** A token may end before its time: once, it is worth asking for another. */
  const ask: typeof once = async (asked, send, answer) => {
    try {
      return await once(asked, send, answer);
    } catch (error) {
      const said = answerIn(error);
      const isToken = error instanceof ApplicationFailure && said?.status === 401;
      if (!isToken || isFromTokens(said.body) || !logins.forget(asked.account)) throw error;
      return once(asked, send, answer);
    }
  };

  const change = async (account: Account, id: string, request: object): Promise<void> => {
    await ask(
      { account, id, effect: 'upsert', what: `POST /v4/spreadsheets/${id}:batchUpdate` },
      (api, options) =>
        api.batchUpdate({ spreadsheetId: id, requestBody: { requests: [request] } }, options),
      ChangedSpreadsheet,
    );
  };

  return {
    async spreadsheet(account, id) {
      const { spreadsheetId, properties, sheets, spreadsheetUrl } = await ask(
        { account, id, effect: 'read', what: `GET /v4/spreadsheets/${id}` },
        (api, options) =>
          api.get(
            {
              spreadsheetId: id,
              fields:
                'spreadsheetId,spreadsheetUrl,properties.title,sheets.properties(sheetId,title,gridProperties)',
            },
            options,
          ),
        SpreadsheetAnswer,
      );
      return {
        id: spreadsheetId,
        title: properties.title,
        url: spreadsheetUrl ?? `https://docs.google.com/spreadsheets/d/${spreadsheetId}/edit`,
        tabs: sheets.map(({ properties: { sheetId, title, gridProperties } }) => ({
          id: sheetId,
          title,
          rows: gridProperties.rowCount,
          columns: gridProperties.columnCount,
        })),
      };
    },

    async mayAsk(account) {
      await this.spreadsheet(account, nobodys).catch((error: unknown) => {
        if (error instanceof ApplicationFailure && error.type === FailureType.NotFound) return;
        throw error;
      });
    },

    async values(account, id, ranges, as) {
      const { valueRanges } = await ask(
        { account, id, effect: 'read', what: `GET /v4/spreadsheets/${id}/values:batchGet` },
        (api, options) =>
          api.values.batchGet(
            {
              spreadsheetId: id,
              ranges: [...ranges],
              valueRenderOption: as === 'shown' ? 'FORMATTED_VALUE' : 'UNFORMATTED_VALUE',
            },
            options,
          ),
        BatchValues,
      );
      return valueRanges.map(({ values }) => values);
    },

    async write(account, id, data) {
      const requestBody = {
        valueInputOption: 'RAW',
        data: data.map(({ range, values }) => ({ range, values: values.map((row) => [...row]) })),
      };
      await ask(
        { account, id, effect: 'upsert', what: `POST /v4/spreadsheets/${id}/values:batchUpdate` },
        (api, options) => api.values.batchUpdate({ spreadsheetId: id, requestBody }, options),
        WrittenValues,
      );
    },

    addTab: (account, id, title) => change(account, id, { addSheet: { properties: { title } } }),

    resize: (account, id, { id: sheetId, rows, columns }) =>
      change(account, id, {
        updateSheetProperties: {
          properties: { sheetId, gridProperties: { rowCount: rows, columnCount: columns } },
          fields: 'gridProperties.rowCount,gridProperties.columnCount',
        },
      }),

    shareWith: async (account) => (await logins.of(account)).email,

    async prepare(account) {
      const login = await logins.of(account);
      const asked = { account, id: '', what: 'POST /token', effect: 'read' } as const;
      const send = async () => ({ data: await login.token() });
      tokens.set(account.name, await ask(asked, send, z.string()));
    },

    callOf: (account, { path, ...request }, effect) => ({
      vendor,
      flow: flowOf(account, effect),
      url: new URL(path, account.baseUrl),
      headers: { authorization: `Bearer ${tokens.get(account.name) ?? ''}` },
      ...request,
    }),
  };
}

/** Only the Sheets API: the whole package takes a second and 100 MB to load. */
async function apiOf({ baseUrl }: Account) {
  const { sheets } = await import('googleapis/build/src/apis/sheets/index.js');
  const rootUrl = new URL('/', baseUrl).href;
  return sheets({ version: 'v4', rootUrl, retry: false, fetchImplementation: fetch }).spreadsheets;
}

/** What the vendor said, in what its client threw; the token endpoint's no is a no to the key. */
function refusalIn(
  thrown: unknown,
):
  | { readonly status: number; readonly retryAfter: string | undefined; readonly body: string }
  | undefined {
  const isToken = thrown instanceof TokenRefused;
  const parsed = Thrown.safeParse(isToken ? thrown.cause : thrown);
  if (!parsed.success) return undefined;
  const { status, headers, data } = parsed.data.response;
  const retryAfter = headers.get('retry-after') ?? undefined;
  const body = typeof data === 'string' ? data : JSON.stringify(data);
  const isRefused = isToken && status >= 400 && status < 500 && status !== 429;
  return { status: isRefused ? 401 : status, retryAfter, body };
}

/** Whether these are the words of the token endpoint, whose errors have another form than the API's. */
const isFromTokens = (body: string): boolean => /"error"\s*:\s*"/.test(body);

/** A refusal that a person has to do something about, with what that is. */
function inWords(error: unknown, id: string, email: string | null): unknown {
  if (!(error instanceof ApplicationFailure)) return error;
  const words = wordsFor(error, id, email);
  const isOfPlace = error.type === FailureType.InvalidRequest;
  if (words === undefined || error.type == null) return error;
  return ApplicationFailure.create({
    message: `${words}. ${error.message}`,
    type: isOfPlace ? FailureType.NotFound : error.type,
    nonRetryable: true,
    details: error.details ?? [], // no cause: people are shown the innermost message, and this has it all
  });
}

function wordsFor(error: ApplicationFailure, id: string, email: string | null): string | undefined {
  const body = answerIn(error)?.body ?? '';
  switch (error.type ?? '') {
    case FailureType.CredentialRejected:
      if (!isFromTokens(body)) return undefined;
      return 'Google no longer takes these credentials: create new ones and set GOOGLE_SHEETS_CREDENTIALS';
    case FailureType.NotAllowed:
      if (/has not been used|is disabled/i.test(body)) {
        return 'Enable the Google Sheets API in the Google Cloud project of these credentials';
      }
      if (/scope/i.test(body)) return 'These credentials lack the scope for spreadsheets';
      return `The spreadsheet ${id} is not shared with this login, or not for editing: open it, choose Share, and make ${email ?? 'the person whose login this is'} an editor`;
    case FailureType.NotFound:
      return `No spreadsheet has the id ${id}: copy its address from the browser`;
    case FailureType.InvalidRequest:
      if (!/Unable to parse range/i.test(body)) return undefined;
      return `The spreadsheet ${id} has no such tab, or the range is none: \`agentic sheets verify\` shows its tabs`;
    default:
      return undefined;
  }
}
