import { expect, test } from '@jest/globals';
import { attentionOf, type AttentionFacts } from '../../src/rules/attention.ts';
import { spanInWords } from '../../src/rules/time-in-words.ts';
import { settledTries } from '../../src/rules/tries.ts';
import { whyOf, type WhyFacts } from '../../src/rules/why.ts';

const facts = (some: Partial<WhyFacts>): WhyFacts => ({
  state: { kind: 'completed' },
  type: 'task',
  agent: 'instantly',
  effect: 'upsert',
  startedAt: '2026-01-05T14:00:00.000Z',
  closedAt: '2026-01-05T14:04:40.000Z',
  attempts: [],
  result: null,
  memory: null,
  endedBy: null,
  now: '2026-01-05T14:10:00.000Z',
  ...some,
});

const obeyed: NonNullable<WhyFacts['memory']> = {
  ...{ world: 'live', seq: 3, hash: 'abc', canary: null, isLastResort: false },
  heeded: [
    {
      lesson: 'L-0007',
      rule: { kind: 'avoid', method: 'bulk' },
      ...{ why: 'The vendor took this way away', status: 'active' },
    },
  ],
};

type Try = WhyFacts['attempts'][number];
const tried = (some: Partial<Try> = {}): Try => ({
  attempt: 1,
  method: 'whole-workspace',
  outcome: 'completed',
  failure: null,
  vendorAnswer: null,
  nextAttemptAt: null,
  ...some,
});
const failure = (type: string, message: string): Partial<Try> => ({
  outcome: 'failed',
  failure: { type, class: 'unknown', message },
});

test.each<[string, Partial<WhyFacts>, string]>([
  [
    'a queue without a worker',
    { state: { kind: 'queued', reason: 'No worker serves instantly' } },
    'No worker serves instantly, since 14:00:00 UTC. It begins by itself once a worker is started.',
  ],
  [
    'work under way after a method was left',
    {
      state: { kind: 'running', step: 'in-chunks' },
      attempts: [
        tried(failure('TooLarge', 'Instantly wants a smaller question')),
        tried({ method: 'in-chunks', outcome: 'running' }),
      ],
    },
    'Works with the method in-chunks. The method whole-workspace was left: Instantly wants a smaller question.',
  ],
  [
    'a wait for the vendor’s own time',
    {
      state: {
        kind: 'retrying',
        attempt: 3,
        nextAt: '2026-01-05T14:41:02.000Z',
        failure: 'RateLimited',
        message: 'Instantly asks us to slow down (429): “Wait”',
      },
      attempts: [tried({ vendorAnswer: { status: 429, retryAfter: '1800', body: '' } })],
    },
    'Try 2 failed: Instantly asks us to slow down (429): “Wait”. Try 3 follows by itself at 14:41:02 UTC, the time the vendor asked for.',
  ],
  [
    'a closed key',
    {
      state: {
        kind: 'waiting',
        flowKey: 'instantly:default',
        because: 'vendor',
        reason: 'Instantly asks us to wait',
        until: '2026-01-05T14:41:00.000Z',
        attempt: 2,
      },
    },
    'Instantly asks us to wait until 14:41:00 UTC; the task goes on by itself.',
  ],
  [
    'a closing that is over, with the next try on its way',
    {
      state: {
        kind: 'waiting',
        flowKey: 'instantly:default',
        because: 'vendor',
        reason: 'Instantly asks us to wait',
        until: '2026-01-05T14:09:00.000Z',
        attempt: 2,
      },
    },
    'Instantly asks us to wait. Try 2 is due and follows by itself.',
  ],
  [
    'a paused key',
    {
      state: {
        kind: 'waiting',
        flowKey: 'instantly:default',
        because: 'paused',
        reason: 'instantly:default is paused by mara: “new contract”',
        until: null,
        attempt: 2,
      },
    },
    'instantly:default is paused by mara: “new contract”. The task goes on by itself once that is over.',
  ],
  [
    'a try that is due while nobody takes it',
    {
      state: {
        kind: 'retrying',
        attempt: 2,
        nextAt: '2026-01-05T14:09:00.000Z',
        failure: 'x',
        message: 'The worker stopped',
      },
    },
    'Try 1 failed: The worker stopped. Try 2 is due and waits for a worker of instantly.',
  ],
  [
    'a repeat that changed nothing',
    { attempts: [tried()], result: { accounts: 1204, changed: 0, flagged: [], chunkSize: 200 } },
    'Done in 4 min 40 s with the method whole-workspace. Result: 1,204 accounts, 0 changed. Everything was stored already.',
  ],
  [
    'work that needed three tries',
    { attempts: [tried(failure('x', 'y')), tried(failure('x', 'y')), tried({ attempt: 3 })] },
    'Done in 4 min 40 s with the method whole-workspace, after 2 failed tries.',
  ],
  [
    'a refused key',
    {
      state: {
        kind: 'failed',
        failure: 'CredentialRejected',
        message: 'Instantly refused the key',
      },
    },
    'Instantly refused the key. Nothing repeats this by itself: mend it, then start the run again.',
  ],
  [
    'retries that ran out',
    {
      state: { kind: 'failed', failure: 'VendorUnavailable', message: 'Instantly is in trouble' },
      attempts: [tried()],
    },
    'Gave up after 4 min 40 s and 1 try: Instantly is in trouble. Start it again when you like: a repeat changes only what is missing or different.',
  ],
  [
    'a question',
    {
      state: {
        ...{ kind: 'needs-you', step: 'look', decision: 'approval', question: 'Send it?' },
        ...{ deadline: '2026-01-05T15:00:00.000Z', count: 2 },
      },
    },
    'The step look waits for your answer: Send it? It waits until 15:00:00 UTC. 1 more decision is open.',
  ],
  [
    'a step that failed',
    {
      state: {
        ...{ kind: 'needs-you', step: 'pull', decision: 'repair', question: 'Gone: it is gone' },
        ...{ deadline: '2026-01-05T15:00:00.000Z', count: 1 },
      },
    },
    'The step pull failed and waits for repair: Gone: it is gone. It waits until 15:00:00 UTC.',
  ],
  [
    'a pipeline that failed',
    { type: 'pipeline', state: { kind: 'failed', failure: 'Gone', message: 'pull: gone' } },
    'pull: gone. Starting it again runs all its steps again.',
  ],
  [
    'an end by hand, on another day',
    {
      state: { kind: 'cancelled' },
      endedBy: { by: 'dashboard:mara@host', reason: 'wrong day' },
    },
    'Cancelled by dashboard:mara@host: “wrong day”. What it had stored before is kept.',
  ],
  [
    'a failure of a send, which a repeat could double',
    { state: { kind: 'timed-out' }, effect: 'send' },
    'Took longer than its limit and was ended after 4 min 40 s. Look at what it did before you start it again.',
  ],
  [
    'a last resort that did not do either, with what was ruled out before it',
    {
      state: { kind: 'failed', failure: 'RateLimited', message: 'Too many calls' },
      attempts: [tried()],
      memory: { ...obeyed, isLastResort: true },
    },
    'Gave up after 4 min 40 s and 1 try: Too many calls. Start it again when you like: a repeat changes only what is missing or different. Memory refuses every method, and this was its last resort. Ruled out before that: L-0007 avoid method bulk: The vendor took this way away.',
  ],
  [
    'a failure that memory has no part in',
    {
      state: { kind: 'failed', failure: 'InvalidInput', message: 'date: no day' },
      memory: obeyed,
    },
    'date: no day. Correct the input and start the run again.',
  ],
])('says why: %s', (_, some, sentence) => {
  expect(whyOf(facts(some))).toBe(sentence);
});

test('asks for attention at most three times, the most urgent first, and not when all is well', () => {
  const now = '2026-01-05T14:10:00.000Z';
  const well: AttentionFacts = {
    ...{ now, needs: [], unserved: [], failures: [], retries: [], waits: [] },
  };
  expect(attentionOf(well)).toEqual([]);
  const failed = {
    capability: 'a.b',
    title: 'Pull',
    failure: 'Gone',
    message: 'Gone for good',
    runs: 2,
    lastAt: now,
  };
  const asked = attentionOf({
    ...well,
    unserved: [{ agent: 'instantly', waiting: 6, oldestMs: 240_000 }],
    failures: [failed, failed],
    retries: [{ agent: 'instantly', message: 'Wait', runs: 1, nextAt: null }],
  });
  expect(asked.map((each) => each.kind)).toEqual(['queued', 'failed', 'failed']);
  expect(asked[0]?.text).toBe(
    '6 runs wait, the oldest for 4 min. They go on by themselves once a worker is started.',
  );
  expect(asked[1]?.link.to).toBe('/runs?state=failed&capability=a.b');

  const held = attentionOf({
    ...well,
    waits: [
      { flowKey: 'instantly:acme', reason: 'Instantly asks us to wait', runs: 2, until: null },
    ],
  });
  expect(held).toMatchObject([
    {
      kind: 'waiting',
      title: '2 runs wait for instantly:acme.',
      link: { to: '/flow-keys/instantly%3Aacme' },
    },
  ]);
});

test('ends the try of a killed worker where the next one was put in the queue', () => {
  const row = {
    activity: 'instantly.daily-analytics',
    activityId: '1',
    attempt: 1,
    method: 'whole-workspace',
    queuedAt: '2026-01-05T14:00:00.000Z',
    startedAt: '2026-01-05T14:00:01.000Z',
    endedAt: null,
    outcome: 'running' as const,
    failure: null,
    vendorAnswer: null,
    nextAttemptAt: null,
    worker: '1@a',
  };
  const next = {
    ...row,
    attempt: 2,
    queuedAt: '2026-01-05T14:00:05.000Z',
    startedAt: '2026-01-05T14:00:06.000Z',
  };
  expect(settledTries([row], [], null)).toEqual([row]);
  expect(settledTries([row, next], [], null)).toMatchObject([
    { outcome: 'failed', endedAt: next.queuedAt, failure: { type: 'WorkerLost' } },
    { outcome: 'running', endedAt: null },
  ]);
});

test.each([
  [400, '0.4 s'],
  [9_999, '10 s'],
  [59_600, '1 min'],
  [280_000, '4 min 40 s'],
  [6 * 3_600_000, '6 h'],
  [51 * 3_600_000, '2 d 3 h'],
])('puts %d ms in words', (ms, words) => {
  expect(spanInWords(ms)).toBe(words);
});
