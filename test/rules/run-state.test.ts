import { expect, test } from '@jest/globals';
import { stateOf, type FlowHold, type LastTry, type RunFacts } from '../../src/rules/run-state.ts';

const nextAt = '2026-01-05T14:41:02.000Z';
const until = '2026-01-05T14:41:00.000Z';
const run = (failure: string, flow: Partial<FlowHold> | null, some: Partial<LastTry> = {}) => {
  const facts: RunFacts = {
    ...{ workflowId: 'a.b/acme/1', type: 'task', status: 'running', capability: 'a.b' },
    ...{ agent: 'a', account: 'acme', failure: null, message: null, isServed: true },
    lastTry: {
      ...{ activity: 'a.b', attempt: 1, method: null, outcome: 'failed', message: 'no' },
      ...{ failure, nextAttemptAt: nextAt, isWorkerAlive: true, ...some },
    },
    needs: null,
    swarm: null,
    flow: flow && { key: 'a:acme', vendor: 'Acme', closed: null, paused: null, ...flow },
  };
  return stateOf(facts);
};
const closed = (by: 'vendor' | 'guess') => ({ closed: { until, by, why: 'answered 429' } });
const paused = { paused: { since: until, by: 'mara', why: 'new contract' } };

test.each([
  ['RateLimited', closed('vendor'), 'vendor', 'Acme asks us to wait', until],
  ['VendorUnavailable', closed('guess'), 'guess', expect.stringMatching(/named no time/), until],
  ['RateLimited', {}, 'turn', 'Waits for its turn at Acme', nextAt],
  ['DatabaseUnavailable', {}, 'database', expect.stringMatching(/^Our own database/), nextAt],
  [
    ...(['RateLimited', { ...closed('vendor'), ...paused }, 'paused'] as const),
    ...(['a:acme is paused by mara: “new contract”', null] as const),
  ],
])('after %s under %j a run waits for its key: %s', (failure, flow, because, reason, ends) => {
  expect(run(failure, flow)).toEqual({
    ...{ kind: 'waiting', flowKey: 'a:acme', attempt: 2 },
    ...{ because, reason, until: ends },
  });
});

test.each([
  ['VendorUnavailable', {}],
  ['VendorSilent', closed('vendor')],
  ['RateLimited', null],
])('after %s under %j it is only tried again', (failure, flow) => {
  expect(run(failure, flow)).toMatchObject({ kind: 'retrying', attempt: 2, nextAt });
});

test('a try that was the last one waits for nothing', () => {
  expect(run('RateLimited', closed('vendor'), { nextAttemptAt: null }).kind).toBe('running');
});
