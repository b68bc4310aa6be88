import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { Diagnosis, type Finding } from '../../src/contracts/doctor.ts';
import { lookAtSettings } from '../../src/platform/doctor-settings.ts';
import { createSchedules } from '../../src/platform/schedules.ts';
import { registerSearchAttributes } from '../../src/platform/search-attributes.ts';
import type { FaultRuleInput } from '../../src/sandbox/faults.ts';
import { scratchFolder, write } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';
import { agentic, envOf } from './agentic.ts';

let world: World;
let env: NodeJS.ProcessEnv;
const scratch = scratchFolder();
beforeAll(async () => {
  world = await createWorld(import.meta.filename);
  env = {
    ...envOf(world),
    AGENTIC_STATE_DIR: join(scratch, 'state'),
    INFORMATION_DIR: join(scratch, 'information'),
    INSTANTLY_API_KEY_ACME: 'stand-in-acme',
    INSTANTLY_BASE_URL: `${world.standIns.url}/instantly`,
    APIFY_API_KEY_ACME: 'stand-in-acme',
    APIFY_BASE_URL: `${world.standIns.url}/apify`,
    KLAP_BASE_URL: `${world.standIns.url}/klap`,
    GEMINI_BASE_URL: `${world.standIns.url}/gemini`,
    ...googleLogin('acme'),
    GOOGLE_SHEETS_BASE_URL: world.standIns.url,
  };
  const { client } = world;
  await registerSearchAttributes(client);
  const acme = world.config.accounts.instantly?.filter(({ name }) => name === 'default') ?? [];
  const accounts = { instantly: acme.map((each) => ({ ...each, name: 'acme' })) };
  await createSchedules(client, { TIME_ZONE: 'UTC', accounts }).reconcile();
});
afterEach(() => world.standIns.faults.clear());
afterAll(() => world.close());

/** A live login with a spreadsheet, both the stand-in's. */
function googleLogin(name: string, spreadsheet = `${name}_leads`): NodeJS.ProcessEnv {
  const credentials = {
    type: 'authorized_user',
    ...{ client_id: 'me', client_secret: 'secret', refresh_token: `stand-in-${name}` },
  };
  return {
    [`GOOGLE_SHEETS_CREDENTIALS_${name.toUpperCase()}`]: JSON.stringify(credentials),
    [`GOOGLE_SHEETS_SPREADSHEET_ID_${name.toUpperCase()}`]: spreadsheet,
  };
}

/** What the real command finds, what it ends with, and how long it took. */
async function examine(changed: NodeJS.ProcessEnv = {}, timeout = '60s') {
  const began = performance.now();
  const { out, code } = await agentic(['doctor', '--json', '--timeout', timeout], {
    env: { ...env, ...changed },
  });
  const { isWell, findings } = Diagnosis.parse(JSON.parse(out));
  const of = (about: string): readonly Omit<Finding, 'about'>[] =>
    findings
      .filter((finding) => finding.about === about)
      .map(({ state, message }) => ({ state, message }));
  const wrong = findings.filter(({ state }) => state === 'wrong').map(({ about }) => about);
  return { code, isWell, of, wrong, tookMs: performance.now() - began };
}

test('says ok for all of a system that works, a live login with its endpoints included', async () => {
  const { code, isWell, of, wrong } = await examine();
  expect({ code, isWell, wrong }).toEqual({ code: 0, isWell: true, wrong: [] });
  expect(of('database')).toEqual([
    { state: 'ok', message: expect.stringContaining('its tables are up to date') },
  ]);
  expect(of('login instantly/acme')).toEqual([{ state: 'ok', message: 'The key works' }]);
  expect(of('login instantly/tour')).toEqual([
    { state: 'ok', message: 'The key works (stand-in)' },
  ]);
  expect(of('endpoints instantly/acme')).toEqual([
    { state: 'ok', message: expect.stringMatching(/campaigns\/analytics\/overview.*leads\/list/) },
  ]);
  expect(of('login leads/acme')).toEqual([{ state: 'ok', message: 'The token works: acme' }]);
  expect(of('endpoints leads/acme')).toEqual([
    { state: 'ok', message: expect.stringMatching(/GET actors\/\w+, GET actors\/\w+\/runs/) },
  ]);
  expect(of('login sheets/acme')).toEqual([
    { state: 'ok', message: 'The credentials open “Leads of acme”' },
  ]);
  expect(of('media')).toEqual([{ state: 'ok', message: expect.stringMatching(/state\/media$/) }]);
  const asked = world.standIns.requests.list('acme');
  const writes = asked.filter(({ method, path }) => method !== 'GET' && !path.endsWith('/list'));
  expect({ isAsked: asked.length > 4, writes }).toEqual({ isAsked: true, writes: [] });
  const plain = await agentic(['doctor', '--timeout', '60s'], { env });
  expect(plain.out).toMatch(/^ok +settings +\d+ given/);
  expect(plain.out).toContain('Nothing is wrong.');
});

test('tells what is wrong with each login, and with an endpoint where the login works', async () => {
  const overview = '/api/v2/campaigns/analytics/overview';
  const lies: Record<string, [FaultRuleInput['fault'], RegExp]> = {
    refused: [{ kind: 'status', status: 401 }, /refused the key: set a new one/],
    trouble: [{ kind: 'status', status: 500 }, /is in trouble \(500/],
    webpage: [{ kind: 'html' }, /something unexpected: it is not JSON/],
    garbled: [{ kind: 'garbled' }, /it is not text in UTF-8/],
    cut: [{ kind: 'cut' }, /cut the connection/],
    changed: [{ kind: 'missing', field: 'email' }, /at items\.0\.email/],
    silent: [{ kind: 'silence' }, /gave no answer within 5 s|no answer within/],
  };
  const changed = { apify: 'username', google: 'spreadsheetId' };
  world.standIns.faults.set([
    ...Object.entries(changed).map(([vendor, field]) => ({
      ...{ vendor, workspace: 'changed' },
      fault: { kind: 'missing' as const, field },
    })),
    ...Object.entries(lies).map(([workspace, [fault]]) => ({ workspace, fault })),
    { workspace: 'acme', path: overview, fault: { kind: 'body', text: '[]' } },
  ]);
  const logins: NodeJS.ProcessEnv = {
    INSTANTLY_API_KEY_NARROW: 'stand-in-narrow.scopes=accounts:read',
    ...googleLogin('stranger', 'acme_leads'),
    ...{ ...googleLogin('plain'), GOOGLE_SHEETS_SPREADSHEET_ID_PLAIN: '' },
    MEDIA_DIR: import.meta.filename,
  };
  for (const name of Object.keys(lies)) {
    logins[`INSTANTLY_API_KEY_${name.toUpperCase()}`] = `stand-in-${name}`;
    for (const vendor of ['APIFY', 'KLAP', 'GEMINI']) {
      logins[`${vendor}_API_KEY_${name.toUpperCase()}`] = `stand-in-${name}`;
    }
    Object.assign(logins, googleLogin(name));
  }
  const { code, of } = await examine(logins);
  expect(code).toBe(1);
  const unreadable = /with something unexpected: .*: look whether 127\.0\.0\.1:\d+ can be reached/;
  const words: Record<string, RegExp> = {
    ...{ webpage: unreadable, garbled: unreadable },
    changed: /at (username|spreadsheetId)/,
    silent: /no answer within .*, and ask again$/,
  };
  for (const [name, [, message]] of Object.entries(lies)) {
    // what the vendors of the last two answer to the question has no field that could be missing
    const others = name === 'changed' ? [] : ['klap', 'social'];
    for (const agent of ['instantly', 'leads', 'sheets', ...others]) {
      const expected = agent === 'instantly' ? message : (words[name] ?? message);
      expect([agent, name, of(`login ${agent}/${name}`)]).toEqual([
        ...[agent, name],
        [{ state: 'wrong', message: expect.stringMatching(expected) }],
      ]);
    }
  }
  expect(of('endpoints instantly/narrow')).toEqual([
    {
      state: 'wrong',
      message: expect.stringMatching(/the key lacks the right.*scope campaigns:read/),
    },
  ]);
  expect(of('login sheets/stranger')).toEqual([
    { state: 'wrong', message: expect.stringMatching(/No spreadsheet has the id|not shared/) },
  ]);
  expect(of('login sheets/plain')).toEqual([
    { state: 'ok', message: expect.stringMatching(/have the scope; no setting names/) },
  ]);
  expect(of('media')).toEqual([
    { state: 'wrong', message: expect.stringMatching(/is no folder: .* or set MEDIA_DIR/) },
  ]);
  expect(of('login instantly/acme')).toMatchObject([{ state: 'ok' }]);
  expect(of('endpoints instantly/acme')).toEqual([
    {
      state: 'wrong',
      message: expect.stringMatching(/^GET campaigns\/analytics\/overview: .*unexpected/),
    },
  ]);
});

test('ends in time when everything is silent, and says of each what to do', async () => {
  const silent = await silence();
  world.standIns.faults.set([{ fault: { kind: 'silence' } }]);
  const { code, of, wrong, tookMs } = await examine(
    {
      DATABASE_URL: `postgres://agentic:secret@${silent.host}/agentic`,
      TEMPORAL_ADDRESS: silent.host,
      SANDBOX_URL: `http://${silent.host}`,
    },
    '15s',
  );
  silent.close();
  expect(code).toBe(1);
  expect(wrong).toEqual(
    expect.arrayContaining([
      'database',
      'temporal',
      'workers',
      'schedules',
      'login instantly/acme',
    ]),
  );
  expect(of('database')[0]?.message).toMatch(/does not answer at .*: start the system/);
  expect(of('temporal')[0]?.message).toMatch(/does not answer at .*: start the system/);
  expect(of('stand-ins')).toEqual([
    expect.objectContaining({ message: expect.stringMatching(/do not answer at .*, used by/) }),
  ]);
  expect(tookMs).toBeLessThan(30_000); // 15 s and what a slow machine takes to start processes
}, 60_000);

test('servers that are away are one line each, without a secret, and logins are asked all the same', async () => {
  const { code, of } = await examine({
    DATABASE_URL: 'postgres://agentic:secret@127.0.0.1:1/agentic',
    TEMPORAL_ADDRESS: '127.0.0.1:1',
  });
  expect(code).toBe(1);
  expect(of('database')).toEqual([
    { state: 'wrong', message: expect.stringMatching(/^It does not answer at 127\.0\.0\.1:1 \(/) },
  ]);
  expect(of('temporal')).toEqual([
    { state: 'wrong', message: expect.stringMatching(/^It does not answer at 127\.0\.0\.1:1 \(/) },
  ]);
  expect(of('database')[0]?.message).not.toContain('secret');
  expect(of('login instantly/acme')).toHaveLength(1);
});

test('tells of tables that are missing, workers of other code and memory files that are broken', async () => {
  const { sql } = world.database;
  await sql`insert into workers (identity, host, pid, version, queues, capabilities, state, in_flight,
      slots, memory_mb, cpu, started_at, seen_at)
    values ('old@host', 'host', 1, '0.0.1+00000000', '{instantly}', '{}', 'running', 0, 1, 1, 0, now(), now())`;
  const [last] = await sql`delete from drizzle.__drizzle_migrations
    where id = (select max(id) from drizzle.__drizzle_migrations) returning *`;
  const file = join(scratch, 'information/instantly.md');
  write(file, '# instantly\n\n## Lessons\n\nNothing that we wrote.\n\n### Not a lesson\n');
  try {
    const { of, wrong } = await examine();
    expect(wrong).toEqual(['database', 'workers', 'memory']);
    expect(of('database')[0]?.message).toMatch(/lack 1 of the migrations: `npm start`/);
    expect(of('workers')[0]?.message).toMatch(/^old@host runs 0\.0\.1\+00000000, .*: restart it$/);
    expect(of('memory')[0]?.message).toMatch(/instantly\.md: line \d+: .*memory restore instantly/);
  } finally {
    await sql`insert into drizzle.__drizzle_migrations ${sql(last ?? {})}`;
    await sql`delete from workers`;
    write(file, '# instantly\n');
  }
});

test('names misspelt and old settings with the one that is meant', async () => {
  const folder = scratchFolder();
  write(
    join(folder, '.env'),
    [
      'INSTANTLY_API_KEI=x',
      'APIFY_TOKEN=y',
      'REDIS_URL=redis://x',
      'POSTGRES_HOST=db',
      'log_level=debug',
      'INSTANTLY_API_KEY_ACME=z',
      'TEMPORAL_TLS_SERVER_NAME=x',
      'KLAP_API_KEY=',
    ].join('\n'),
  );
  write(join(folder, 'service_account.json'), '{}');
  expect(lookAtSettings({ HOME: '/', LOG_LEVEL: 'info' }, folder)).toEqual([
    setting('wrong', /^APIFY_TOKEN .*: set APIFY_API_KEY/),
    setting('wrong', /^INSTANTLY_API_KEI .*is called INSTANTLY_API_KEY$/),
    setting('hint', /^POSTGRES_HOST .*no setting has this name/),
    setting('hint', /^REDIS_URL .*Postgres does what Redis did/),
    setting('hint', /^log_level .*is called LOG_LEVEL/),
    setting('hint', /^service_account\.json is not read/),
  ]);
  const { code, of, wrong } = await examine({ DASHBOARD_PORT: 'eighty' });
  expect({ code, wrong }).toEqual({ code: 1, wrong: ['settings'] });
  expect(of('settings')[0]?.message).toMatch(/^DASHBOARD_PORT: Invalid input/);
});

const setting = (state: Finding['state'], message: RegExp) => ({
  state,
  about: 'settings',
  message: expect.stringMatching(message),
});

/** A server that takes connections and never says a word. */
async function silence(): Promise<{ readonly host: string; readonly close: () => void }> {
  const open = new Set<Socket>();
  const server = createServer((socket) => open.add(socket.on('error', () => undefined)));
  const port = await new Promise<number>((listening) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      listening(typeof address === 'object' ? (address?.port ?? 0) : 0);
    });
  });
  return {
    host: `127.0.0.1:${port}`,
    close() {
      open.forEach((socket) => socket.destroy());
      server.close();
    },
  };
}
