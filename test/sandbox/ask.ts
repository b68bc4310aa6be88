import { z } from 'zod';

/** How a test speaks with a stand-in: as any program would, over HTTP. */
export interface Ask {
  /** Key without `Bearer `; default `stand-in-default`. */
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
  readonly signal?: AbortSignal;
}

/** Asks Instantly's stand-in; `path` starts below `/api/v2`. */
export const ask = (url: string, path: string, options: Ask = {}): Promise<Response> =>
  fetch(`${url}/instantly/api/v2${path}`, {
    method: options.method ?? 'GET',
    signal: options.signal ?? null,
    headers: {
      authorization: `Bearer ${options.key ?? 'stand-in-default'}`,
      'user-agent': 'contract-tests/1',
      ...options.headers,
    },
  });

/** Asks, expects 200, and reads the answer. */
export async function read<T>(
  url: string,
  path: string,
  schema: z.ZodType<T>,
  options: Ask = {},
): Promise<T> {
  const response = await ask(url, path, options);
  if (response.status !== 200) throw new Error(`${path}: ${response.status}`);
  return schema.parse(await response.json());
}

/** Sends a body, or none, and reads the answer whatever it is. */
export async function exchange(
  url: string,
  [method, path, body]: readonly [method: string, path: string, body?: unknown],
  { key = 'stand-in-a', type = 'application/json' }: { key?: string; type?: string } = {},
) {
  const response = await fetch(`${url}/instantly/api/v2${path}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      'user-agent': 'test',
      ...(body === undefined ? {} : { 'content-type': type }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const said: unknown = await response.json();
  return { status: response.status, body: said };
}

const count = z.int().nonnegative();

export const DayRow = z.strictObject({
  date: z.iso.date(),
  email_account: z.email(),
  sent: count,
  bounced: count,
  contacted: count,
  new_leads_contacted: count,
  opened: count,
  unique_opened: count,
  replies: count,
  unique_replies: count,
  replies_automatic: count,
  unique_replies_automatic: count,
  clicks: count,
  unique_clicks: count,
});

const campaignFigures = {
  open_count: count,
  open_count_unique: count,
  open_count_unique_by_step: count,
  link_click_count: count,
  link_click_count_unique: count,
  link_click_count_unique_by_step: count,
  reply_count: count,
  reply_count_unique: count,
  reply_count_unique_by_step: count,
  reply_count_automatic: count,
  reply_count_automatic_unique: count,
  reply_count_automatic_unique_by_step: count,
  bounced_count: count,
  unsubscribed_count: count,
  completed_count: count,
  emails_sent_count: count,
  contacted_count: count,
  new_leads_contacted_count: count,
  total_opportunities: count,
  total_opportunity_value: z.number().nonnegative(),
};

export const Overview = z.strictObject({
  ...campaignFigures,
  total_interested: count,
  total_meeting_booked: count,
  total_meeting_completed: count,
  total_closed: count,
});

export const CampaignRow = z.strictObject({
  campaign_name: z.string(),
  campaign_id: z.uuid(),
  campaign_status: z.int(),
  campaign_is_evergreen: z.boolean(),
  leads_count: count.optional(),
  ...campaignFigures,
});

export const CampaignDay = z.strictObject({
  ...DayRow.omit({ email_account: true, bounced: true }).shape,
  opportunities: count,
  unique_opportunities: count,
});

export const Account = z.looseObject({ email: z.email(), status: z.int() });
export const Campaign = z.looseObject({ id: z.uuid(), name: z.string(), status: z.int() });

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.strictObject({ items: z.array(item), next_starting_after: z.string().optional() });

/** The usual error body. */
export const Envelope = z.strictObject({
  statusCode: z.int(),
  error: z.string(),
  message: z.string(),
});
export const BareMessage = z.strictObject({ message: z.string() });

/** Resolves once the condition holds; fails after five seconds. */
export async function eventually(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error('did not come true within 5 s');
    await new Promise((resolve) => setImmediate(resolve));
  }
}
