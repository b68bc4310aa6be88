/** A name among the settings that is none. */
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
  | {
      /** An old name that is read all the same. */
      readonly kind: 'renamed';
      readonly name: string;
      readonly now: string;
    }
  | { readonly kind: 'unknown'; readonly name: string };

const credentials = 'it takes the JSON of the credentials, or the path of a file with it';
const onSchedules = 'schedules run here (`agentic schedule list`)';
const onSignIn = 'docs/migrating.md says how people sign in';
const onOthers = 'nothing here works with that service';

/** Names of the scripts before this system, and what they are called now; they are still read. */
const renamed: Readonly<Record<string, string>> = {
  SPREADSHEET_ID: 'GOOGLE_SHEETS_SPREADSHEET_ID',
  GOOGLE_SERVICE_ACCOUNT_FILE: 'GOOGLE_SHEETS_CREDENTIALS',
  NOTIFICATION_WEBHOOK_URL: 'NOTIFY_CHANNEL',
  SLACK_WEBHOOK_URL: 'NOTIFY_CHANNEL_SLACK',
};

/** Names that those scripts knew, and the vendors' own tools, and that have no effect here. */
const old: Readonly<Record<string, readonly [now: string | null, why: string]>> = {
  GOOGLE_APPLICATION_CREDENTIALS: ['GOOGLE_SHEETS_CREDENTIALS', credentials],
  GOOGLE_REDIRECT_URI: [null, onSignIn],
  GOOGLE_PROJECT_ID: [null, onSignIn],
  APIFY_TOKEN: ['APIFY_API_KEY', 'it takes the same token'],
  REDIS_URL: [null, 'Postgres does what Redis did'],
  KLAP_WEBHOOK_URL: [null, 'the vendor is asked how far it is'],
  MODAL_TOKEN_ID: [null, onSchedules],
  MODAL_TOKEN_SECRET: [null, onSchedules],
};
const ofOthers = /^(AYRSHARE|PHANTOMBUSTER|INSTAGRAM)_/;

/** Settings in which old names stand under their new ones. */
export interface Understood {
  readonly values: Readonly<Record<string, string | undefined>>;
  /** One for each old name: what it is called now. */
  readonly hints: readonly string[];
  /** Names that contradict each other. */
  readonly problems: readonly string[];
}

/** Reads old names as the settings they have become. What both names set has to be the same. */
export function understand(values: Understood['values']): Understood {
  const isGiven = (name: string): boolean => (values[name] ?? '') !== '';
  const found = Object.entries(renamed).filter(([name]) => isGiven(name));
  const isClash = ([name, now]: readonly [string, string]): boolean =>
    isGiven(now) && values[now] !== values[name];
  return {
    values: {
      ...values,
      ...Object.fromEntries(found.map(([name, now]) => [now, values[isGiven(now) ? now : name]])),
    },
    hints: found.map(
      ([name, now]) => `${name} is called ${now} now, and is read as that: rename it`,
    ),
    problems: found
      .filter(isClash)
      .map(
        ([name, now]) => `${name}: is the old name of ${now}, and they differ: keep one of them`,
      ),
  };
}

/** Settings that Temporal's own client reads. */
const temporalsOwn = /^TEMPORAL_(CONFIG_FILE|PROFILE|TLS|TLS_.+|CODEC_.+|GRPC_META_.+)$/;
/** Shorter names are too often somebody else's. */
const shortestGuess = 7;

/**
 * The names that look like settings but are none, or that are old.
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
    const calledNow = Object.hasOwn(renamed, name) ? renamed[name] : undefined;
    if (calledNow !== undefined) return [{ kind: 'renamed', name, now: calledNow }];
    if (ofOthers.test(name)) return [{ kind: 'old', name, now: null, why: onOthers }];
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
