/** How tests speak with Google's stand-in: as any program would, over HTTP. */
export interface AskGoogle {
  /** Token without `Bearer `; default `stand-in-tour`. */
  readonly key?: string;
  readonly body?: unknown;
}

/** Asks the Sheets API of the stand-in; `path` starts below `/v4/spreadsheets`. */
export async function askGoogle(
  url: string,
  method: string,
  path: string,
  { key = 'stand-in-tour', body }: AskGoogle = {},
): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(`${url}/v4/spreadsheets${path}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

/** `/tour_leads/values/…` with the range as it has to be written in a path. */
export const valuesPath = (range: string, query = ''): string =>
  `/tour_leads/values/${encodeURIComponent(range)}${query === '' ? '' : `?${query}`}`;
