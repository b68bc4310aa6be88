/** A name among the settings that has no effect. */
export type StrayName =
  | { readonly kind: 'misspelt'; readonly name: string; readonly meant: string }
  | {
      readonly kind: 'old';
      readonly name: string;
      /** The setting that does this now; null where there is none. */
      readonly now: string | null;
      /** What became of it, for people. */
      readonly why: string;
    }
  | { readonly kind: 'unknown'; readonly name: string };

const credentials = 'it takes the JSON of the credentials, or the path of a file with it';
const onSpreadsheets = 'each run is told its spreadsheet';
const onActors = 'the actors belong to the capabilities';
const onMessages = 'this version sends no notifications';
const onSchedules = 'schedules run here (`agentic schedule list`)';
const onSignIn = 'this version has no sign-in with Google';

/** Names that the scripts before this system knew, and those of the vendors' own tools. */
const old: Readonly<Record<string, readonly [now: string | null, why: string]>> = {
  SPREADSHEET_ID: [null, onSpreadsheets],
  GOOGLE_SHEETS_SPREADSHEET_ID: [null, onSpreadsheets],
  GOOGLE_SERVICE_ACCOUNT_FILE: ['GOOGLE_SHEETS_CREDENTIALS', credentials],
  GOOGLE_APPLICATION_CREDENTIALS: ['GOOGLE_SHEETS_CREDENTIALS', credentials],
  GOOGLE_CLIENT_ID: [null, onSignIn],
  GOOGLE_CLIENT_SECRET: [null, onSignIn],
  GOOGLE_REDIRECT_URI: [null, onSignIn],
  GOOGLE_PROJECT_ID: [null, onSignIn],
  APIFY_TOKEN: ['APIFY_API_KEY', 'it takes the same token'],
  APIFY_GOOGLE_MAPS_ACTOR: [null, onActors],
  APIFY_CONTACT_SCRAPER_ACTOR: [null, onActors],
  REDIS_URL: [null, 'Postgres does what Redis did'],
  KLAP_API_KEY: [null, 'this version makes no shorts'],
  KLAP_WEBHOOK_URL: [null, 'this version makes no shorts'],
  GEMINI_API_KEY: [null, 'this version writes no posts'],
  NOTIFICATION_WEBHOOK_URL: [null, onMessages],
  SLACK_WEBHOOK_URL: [null, onMessages],
  MODAL_TOKEN_ID: [null, onSchedules],
  MODAL_TOKEN_SECRET: [null, onSchedules],
};

/** Settings that Temporal's own client reads. */
const temporalsOwn = /^TEMPORAL_(CONFIG_FILE|PROFILE|TLS|TLS_.+|CODEC_.+|GRPC_META_.+)$/;
/** Shorter names are too often somebody else's. */
const shortestGuess = 7;

/**
 * The names that look like settings but are none.
 *
 * @param names what `.env` or the environment sets.
 * @param known all settings.
 * @param keys those of them that may be followed by `_` and an account.
 */
export const strayNames = (
  names: readonly string[],
  known: readonly string[],
  keys: readonly string[],
): readonly StrayName[] =>
  names.flatMap((name): readonly StrayName[] => {
    const isSetting = known.includes(name) || keys.some((key) => name.startsWith(`${key}_`));
    if (isSetting || temporalsOwn.test(name)) return [];
    const [now, why] = (Object.hasOwn(old, name) ? old[name] : undefined) ?? [null, null];
    if (why !== null) return [{ kind: 'old', name, now, why }];
    const meant = known.find((each) => isMeant(name, each)) ?? keyMeant(name, keys);
    return [meant === undefined ? { kind: 'unknown', name } : { kind: 'misspelt', name, meant }];
  });

/** `INSTANTLY_KEY`, `APIFY_API_KEI_ACME`: a vendor's name, and behind it none of its settings. */
const keyMeant = (name: string, keys: readonly string[]): string | undefined =>
  keys.find((key) => name.startsWith(`${key.replace(/_(API_KEY|CREDENTIALS)$/, '')}_`));

const isMeant = (name: string, setting: string): boolean => {
  const [a, b] = [bare(name), bare(setting)];
  return a.length >= shortestGuess && isOneSlipFrom(a, b);
};

const bare = (name: string): string => name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');

/** Whether one letter was left out, added, changed, or swapped with the next one. */
function isOneSlipFrom(a: string, b: string): boolean {
  const isSame = (skipA: number, skipB: number): boolean =>
    a.slice(at + skipA) === b.slice(at + skipB);
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  const isSwapped = a[at] === b[at + 1] && a[at + 1] === b[at] && isSame(2, 2);
  return isSame(1, 1) || isSame(1, 0) || isSame(0, 1) || isSwapped;
}
