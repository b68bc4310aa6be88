import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ConfigError, oldNamesIn, readConfig } from '../../src/platform/config.ts';
import { lookAtSettings } from '../../src/platform/doctor-settings.ts';
import { scratchFolder, write } from '../support/scratch.ts';

/** A whole `.env` of the scripts before this system, every name that they or their template had. */
const wholeOldFile = `
# Instantly
INSTANTLY_API_KEY=old-instantly
# Google
GOOGLE_SERVICE_ACCOUNT_FILE=service_account.json
SPREADSHEET_ID=1AbC
GOOGLE_CLIENT_ID=client.apps.googleusercontent.com
GOOGLE_CLIENT_SECRET=secret
GOOGLE_REDIRECT_URI=http://localhost:8080/callback
GOOGLE_PROJECT_ID=project
# Apify
APIFY_API_KEY=apify_api_old
APIFY_GOOGLE_MAPS_ACTOR=nwua9Gu5YrADL7ZDj
APIFY_CONTACT_SCRAPER_ACTOR=QAKrfXwAcbmcWYnSo
# Klap, Gemini, notices
KLAP_API_KEY=klap
KLAP_WEBHOOK_URL=https://hooks.example.com/klap
GEMINI_API_KEY=gemini
NOTIFICATION_WEBHOOK_URL=https://hooks.example.com/any
SLACK_WEBHOOK_URL=https://hooks.slack.example.com/any
# Servers and limits
DATABASE_URL=postgresql://outreach:secret@db.example.com:5432/outreach?sslmode=require
REDIS_URL=redis://localhost:6379
MAX_AGENTS=100
MAX_THREADS=50
DASHBOARD_PORT=8080
LOG_LEVEL=WARNING
MODAL_TOKEN_ID=ak
MODAL_TOKEN_SECRET=as
# Of other products
AYRSHARE_API_KEY=x
PHANTOMBUSTER_API_KEY=x
INSTAGRAM_ACCESS_TOKEN=x
`;

test('a whole old .env is understood, with a hint for each name that changed', () => {
  const folder = scratchFolder();
  write(join(folder, '.env'), wholeOldFile);
  const config = readConfig({}, folder);
  expect(config.accounts.google?.[0]).toMatchObject({
    ...{ name: 'default', apiKey: 'service_account.json', isStandIn: false },
  });
  expect(config.accounts.instantly?.[0]).toMatchObject({ apiKey: 'old-instantly' });
  expect(config.accounts.apify?.[0]).toMatchObject({ apiKey: 'apify_api_old' });
  expect(config).toMatchObject({
    spreadsheets: { default: '1AbC' },
    DATABASE_URL: 'postgresql://outreach:secret@db.example.com:5432/outreach?sslmode=require',
    ...{ LOG_LEVEL: 'warn', MAX_AGENTS: 100, MAX_THREADS: 50 },
  });
  expect(oldNamesIn({}, folder)).toEqual([
    'SPREADSHEET_ID is called GOOGLE_SHEETS_SPREADSHEET_ID now, and is read as that: rename it',
    'GOOGLE_SERVICE_ACCOUNT_FILE is called GOOGLE_SHEETS_CREDENTIALS now, and is read as that: rename it',
    'NOTIFICATION_WEBHOOK_URL is called NOTIFY_CHANNEL now, and is read as that: rename it',
    'SLACK_WEBHOOK_URL is called NOTIFY_CHANNEL_SLACK now, and is read as that: rename it',
  ]);
  const found = lookAtSettings({}, folder);
  expect(found.filter(({ state }) => state === 'wrong')).toEqual([]);
  const hints = found.filter(({ state }) => state === 'hint').map(({ message }) => message);
  for (const name of ['SPREADSHEET_ID', 'REDIS_URL', 'MODAL_TOKEN_ID', 'AYRSHARE_API_KEY']) {
    expect(hints).toContainEqual(expect.stringMatching(`^${name} `));
  }
  expect(hints.join('\n')).not.toMatch(/secret|hooks\.|old-instantly|ak$/m);
});

test('an old and a new name that say the same are fine, and that differ are an error with both names', () => {
  const folder = scratchFolder();
  const names = { SPREADSHEET_ID: 'one', GOOGLE_SHEETS_CREDENTIALS: '{}' };
  const same = { ...names, GOOGLE_SHEETS_SPREADSHEET_ID: 'one' };
  expect(readConfig(same, folder).spreadsheets).toMatchObject({ default: 'one' });
  write(join(folder, '.env'), 'GOOGLE_SHEETS_SPREADSHEET_ID=two\n');
  expect(() => readConfig(names, folder)).toThrow(ConfigError);
  expect(() => readConfig(names, folder)).toThrow(
    /SPREADSHEET_ID: is the old name of GOOGLE_SHEETS_SPREADSHEET_ID, and they differ: keep one/,
  );
  expect(lookAtSettings(names, folder)).toContainEqual({
    ...{ state: 'wrong', about: 'settings', message: expect.stringMatching(/they differ/) },
  });
});
