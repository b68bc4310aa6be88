import type { DayRange } from './client.ts';

/** A question, and the fields of its answer by the vendor's document: `name:type`, `?` where one may be missing or null. */
export interface Expectation {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  /** None where nothing is known. */
  readonly fields: string;
}

const counts = (names: string): string =>
  names
    .split(' ')
    .map((name) => `${name}:number`)
    .join(' ');
const figures = counts(
  'open_count open_count_unique open_count_unique_by_step link_click_count link_click_count_unique link_click_count_unique_by_step reply_count reply_count_unique reply_count_unique_by_step reply_count_automatic reply_count_automatic_unique reply_count_automatic_unique_by_step bounced_count unsubscribed_count completed_count emails_sent_count contacted_count new_leads_contacted_count total_opportunities total_opportunity_value',
);
const day = `date:string ${counts('sent contacted new_leads_contacted opened unique_opened replies unique_replies replies_automatic unique_replies_automatic clicks unique_clicks')}`;
const campaign =
  'id:string name:string status:number campaign_schedule:object timestamp_created:string timestamp_updated:string email_list:array? sequences:array? daily_limit:number? email_gap:number? is_evergreen:boolean? stop_on_reply:boolean? open_tracking:boolean? link_tracking:boolean? not_sending_status:number? custom_variables:object? core_variables:object? organization:string?';

/**
 * Everything the product reads, smallest questions first.
 *
 * @param campaignId some campaign; what asks about one is left out without it.
 */
export function expectations(
  { startDate, endDate }: DayRange,
  campaignId: string | undefined,
): readonly Expectation[] {
  const days = `start_date=${startDate}&end_date=${endDate}`;
  const get = (path: string, fields: string): Expectation => ({
    ...{ method: 'GET', path: `/api/v2/${path}`, fields },
  });
  return [
    get(
      'accounts?limit=1',
      'email:string first_name:string last_name:string status:number warmup_status:number? daily_limit:number? provider_code:number? setup_pending:boolean? is_managed_account:boolean? stat_warmup_score:number? timestamp_created:string timestamp_updated:string organization:string?',
    ),
    get('campaigns?limit=1', campaign),
    get(`accounts/analytics/daily?${days}`, `${day} email_account:string bounced:number`),
    get(
      `campaigns/analytics/overview?${days}`,
      `${figures} ${counts('total_interested total_meeting_booked total_meeting_completed total_closed')}`,
    ),
    get(
      `campaigns/analytics?${days}`,
      `campaign_name:string campaign_id:string campaign_status:number campaign_is_evergreen:boolean leads_count:number? ${figures}`,
    ),
    ...(campaignId === undefined
      ? []
      : [
          get(`campaigns/${campaignId}`, campaign),
          get(`campaigns/${campaignId}/sending-status`, 'diagnostics:object? summary:object?'),
          {
            method: 'POST' as const,
            path: '/api/v2/leads/list',
            body: { campaign: campaignId, limit: 1 },
            fields:
              'id:string timestamp_created:string timestamp_updated:string organization:string? campaign:string? status:number email:string? first_name:string? last_name:string? company_name:string? job_title:string? phone:string? website:string? personalization:string? email_open_count:number? email_reply_count:number? email_click_count:number? company_domain:string? status_summary:object? payload:object? lt_interest_status:number? verification_status:number? upload_method:string?',
          },
        ]),
  ];
}

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const typeOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;

/** What an answer is about: the first entry where it is a list, itself otherwise; `undefined` for an empty list. */
function subjectOf(answer: unknown): unknown {
  const list: unknown = isObject(answer) && Array.isArray(answer.items) ? answer.items : answer;
  return Array.isArray(list) ? list[0] : list;
}

/** The fields that came, with their types. */
export function shapeOf(answer: unknown): string {
  const subject = subjectOf(answer);
  if (subject === undefined) return 'an empty list';
  if (!isObject(subject)) return typeOf(subject);
  return Object.entries(subject)
    .map(([name, value]) => `${name} ${typeOf(value)}`)
    .join(', ');
}

/** Where an answer differs from what is expected, one line each. */
export function differencesOf(answer: unknown, fields: string): readonly string[] {
  const subject = subjectOf(answer);
  if (fields === '') return ['nothing is expected of this'];
  if (subject === undefined) return ['it is empty, so nothing can be said of its fields'];
  if (!isObject(subject)) return [`expected an object, came ${typeOf(subject)}`];
  const expected = fields.split(' ').map((field) => {
    const [name = '', type = ''] = field.split(':');
    return { name, type: type.replace('?', ''), isOptional: type.endsWith('?') };
  });
  const lines = [
    ...expected.flatMap(({ name, type, isOptional }) => {
      const value = subject[name];
      if (value === undefined) return isOptional ? [] : [`${name} is missing`];
      if (value === null && isOptional) return [];
      return typeOf(value) === type ? [] : [`${name}: expected ${type}, came ${typeOf(value)}`];
    }),
    ...Object.keys(subject)
      .filter((name) => !expected.some((each) => each.name === name))
      .map((name) => `${name} is unknown to us`),
  ];
  return lines.length > 0 ? lines : ['as expected'];
}
