import { expect, test } from '@jest/globals';
import { agentStateOf, stateOfAll, type AgentSigns } from '../../src/rules/agent-state.ts';

const signs = (some: Partial<AgentSigns>): AgentSigns => ({
  worker: 'running',
  inFlight: 1,
  recent: { done: 10, failed: 0 },
  loopDelayMs: 3,
  ...some,
});

test.each([
  ['idle', { inFlight: 0 }],
  ['working', {}],
  ['working', { recent: { done: 0, failed: 4 } }],
  ['struggling', { recent: { done: 5, failed: 5 } }],
  ['working', { recent: { done: 6, failed: 5 } }],
  ['struggling', { inFlight: 0, recent: { done: 0, failed: 5 } }],
  ['struggling', { loopDelayMs: 1_000 }],
  ['working', { loopDelayMs: 999 }],
  ['draining', { worker: 'draining', loopDelayMs: 5_000 }],
  ['gone', { worker: 'gone' }],
] as const)('an agent is %s with %j', (state, some) => {
  expect(agentStateOf(signs(some))).toBe(state);
});

test('all workers together are as the worst that still works; none means gone', () => {
  expect(stateOfAll(['idle', 'struggling', 'gone'])).toBe('struggling');
  expect(stateOfAll(['gone', 'idle'])).toBe('idle');
  expect(stateOfAll(['gone', 'draining'])).toBe('draining');
  expect(stateOfAll([])).toBe('gone');
});
