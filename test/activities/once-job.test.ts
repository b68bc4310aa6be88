/** Effects that start a job of the vendor's: started once, asked for until it is done. */
import { once as event } from 'node:events';
import { createServer, type Server } from 'node:http';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { z } from 'zod';
import { createDoor } from '../../src/activities/door.ts';
import { createStartOnce, stillAtWork, type StartOnce } from '../../src/activities/once.ts';
import { defineCapability } from '../../src/contracts/capability.ts';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import { createGate } from '../../src/platform/gate.ts';
import { createLedger, type Found, type Ledger } from '../../src/platform/ledger.ts';
import { createSuppressions } from '../../src/platform/suppressions.ts';
import { testDatabase, type TestDatabase } from '../support/servers.ts';

const Output = z.strictObject({ made: z.string() });
const Started = z.strictObject({ job: z.string().nullable() });
const dig = defineCapability({
  id: 'acme.dig',
  verb: 'dig',
  title: 'Dig',
  description: 'Starts a job that digs',
  effect: 'spend',
  input: z.strictObject({ place: z.string() }),
  output: Output,
  methods: [{ id: 'one', description: 'One job' }],
  tunables: {},
  period: ({ place }) => place,
});

let own: TestDatabase;
let database: Database;
let ledger: Ledger;
let server: Server;
let startOnce: StartOnce;
let status = 201;
let starts = 0;

beforeAll(async () => {
  own = await testDatabase('once_job');
  database = openDatabase(own.url, 4);
  ledger = createLedger({ database, freezeMs: 100 });
  server = createServer((_, response) => {
    starts += 1;
    response.statusCode = status;
    response.end(JSON.stringify({ id: `job-${starts}` }));
  });
  server.listen(0, '127.0.0.1');
  await event(server, 'listening');
  const bound = server.address();
  const url = new URL(`http://127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}/`);
  const limits = { perSecond: 1_000, perMinute: 10_000, atOnce: 10 };
  const stopped = new AbortController().signal;
  startOnce = createStartOnce({
    ledger,
    suppressions: createSuppressions(database),
    door: createDoor({
      gate: createGate(database),
      timeoutMs: 400,
      stopped: () => stopped,
      attempt: () => 1,
      party: () => 'test',
      note: () => undefined,
    }),
    account: (name) => ({ name, apiKey: '', baseUrl: '', isStandIn: true }),
    callOf: (account, { method }, effect) => ({
      vendor: 'Acme',
      flow: { key: `acme:${account.name}`, limits, effect },
      url,
      headers: {},
      method,
    }),
    deadlineMs: 500,
    run: () => 'run-1',
  });
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await database.close();
  await own.drop();
});
beforeEach(() => {
  status = 201;
  starts = 0;
});

const call = (place: string) => ({ account: 'a', input: { place }, method: 'one', tunables: {} });
type Finish = (job: string | null) => Promise<z.infer<typeof Output>>;
const digging = (
  finish: Finish,
  lookUp?: (key: string) => Promise<Found<z.infer<typeof Started>>>,
) =>
  startOnce(dig, {
    plan: ({ input: { place } }) =>
      Promise.resolve({
        kind: 'write',
        summary: `Digs at ${place}`,
        key: `dig:${place}`,
        recipients: [],
        request: { method: 'POST', path: '/jobs', body: { place } },
        isStandIn: true,
      }),
    reply: z.object({ id: z.string() }),
    kept: Started,
    result: (reply) => ({ job: reply?.id ?? null }),
    finish: ({ job }) => finish(job),
    ...(lookUp ? { lookUp: (_call, _account, { key }) => lookUp(key) } : {}),
  });
const done: Finish = (job) => Promise.resolve({ made: `what ${job} made` });

test('a job is started once, and asked for in each try until it is done', async () => {
  const asked: (string | null)[] = [];
  const activity = digging((job) => {
    asked.push(job);
    return asked.length < 3 ? Promise.reject(stillAtWork(`Job ${job}`, 2_000)) : done(job);
  });
  for (const wait of [2_000, 2_000]) {
    await expect(activity(call('a'))).rejects.toMatchObject({
      type: 'NotReady',
      nonRetryable: false,
      nextRetryDelay: wait,
      category: 'BENIGN',
      message: 'Job job-1 is at work: it is asked again in 2 s',
    });
  }
  expect(await activity(call('a'))).toEqual({ made: 'what job-1 made' });
  expect(asked).toEqual(['job-1', 'job-1', 'job-1']);
  expect(starts).toBe(1);
  expect(await ledger.show('dig:a')).toMatchObject({ state: 'done', result: { job: 'job-1' } });
});

test('a start without a clear answer is looked up by its plan, and not repeated', async () => {
  status = 500;
  const found = (key: string) =>
    Promise.resolve({ kind: 'found', result: { job: `the one of ${key}` } } as const);
  expect(await digging(done, found)(call('b'))).toEqual({ made: 'what the one of dig:b made' });
  expect(starts).toBe(1);
});

test('where nobody can be asked, a person says that it started, and finishing it tells more', async () => {
  status = 500;
  const unknown = digging(done)(call('c'));
  await expect(unknown).rejects.toMatchObject({ type: 'OutcomeUnknown', nonRetryable: true });
  await ledger.settle('dig:c', 'done', { by: 'mara', reason: 'it is there' });
  expect(await digging(done)(call('c'))).toEqual({ made: 'what null made' });
  expect(starts).toBe(1);
});

test('broken answers about a job are final when three came in a row, however many tries there were', async () => {
  const broken = () => ApplicationFailure.nonRetryable('not JSON', 'MalformedAnswer');
  const said = [broken(), broken(), stillAtWork('Job', 1), broken(), broken(), broken()];
  const ends: unknown[] = [];
  const activity = digging(() => Promise.reject(said[ends.length] ?? broken()));
  for (const _ of said) {
    const error: unknown = await activity(call('e')).catch((why: unknown) => why);
    ends.push(error instanceof ApplicationFailure ? [error.type, error.nonRetryable] : error);
  }
  const again = ['MalformedAnswer', false];
  const final = ['MalformedAnswer', true];
  expect(ends).toEqual([again, again, ['NotReady', false], again, again, final]);
});

test('a look-up that is never answered well leaves the question to a person, with the reason', async () => {
  status = 500;
  const garbage = ApplicationFailure.nonRetryable('not JSON', 'MalformedAnswer');
  const gone = ApplicationFailure.nonRetryable('no such endpoint', 'Gone');
  const key = ApplicationFailure.nonRetryable('wrong key', 'CredentialRejected');
  const ends = async (place: string, ...said: readonly ApplicationFailure[]) => {
    const left = [...said];
    const found = { kind: 'found', result: { job: 'job-9' } } as const;
    const activity = digging(done, () => {
      const error = left.shift();
      return error ? Promise.reject(error) : Promise.resolve(found);
    });
    const types: unknown[] = [];
    for (let tries = 0; tries < 3; tries += 1) {
      const end: unknown = await activity(call(place)).catch((why: unknown) => why);
      types.push(end instanceof ApplicationFailure ? [end.type, end.nonRetryable] : end);
    }
    return types;
  };
  const unknown = ['OutcomeUnknown', true];
  const again = ['MalformedAnswer', false];
  const made = { made: 'what job-9 made' };
  expect(await ends('f', garbage, garbage, garbage)).toEqual([again, again, unknown]);
  expect(await ends('g', garbage, garbage)).toEqual([again, again, made]);
  expect(await ends('h', gone)).toEqual([unknown, unknown, unknown]);
  expect(await ends('i', key)).toEqual([['CredentialRejected', true], made, made]);
  expect(starts).toBe(4);
  expect(await ledger.show('dig:f')).toMatchObject({
    state: 'unknown',
    reason: expect.stringContaining('the vendor cannot be asked about it: not JSON'),
  });
});

test('a refusal leaves no job, and the next try may start one', async () => {
  status = 402;
  await expect(digging(done)(call('d'))).rejects.toMatchObject({ type: 'PlanRequired' });
  status = 201;
  expect(await digging(done)(call('d'))).toEqual({ made: 'what job-2 made' });
});
