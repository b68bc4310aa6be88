import { expect, test } from '@jest/globals';
import type { EffectEntry } from '../../src/contracts/effects.ts';
import { attentionOf, type AttentionFacts } from '../../src/rules/attention.ts';
import { needItemsOf, type NeedFacts } from '../../src/rules/needs.ts';

const now = '2026-01-05T14:10:00.000Z';
const nothing: NeedFacts = { decisions: [], effects: [], halts: [], refusedLogins: [] };
const decision = (step: string, deadline: string): NeedFacts['decisions'][number] => ({
  ...{ workflowId: 'pipeline/a/b', runId: 'r', run: 'A', step, deadline },
  ...{ decision: 'approval', question: `May ${step} go on?` },
});
const effect = (key: string, updatedAt = '2026-01-05T14:00:00.000Z'): EffectEntry => ({
  ...{ key, effect: 'send', state: 'unknown', reason: 'the call broke off', owner: null },
  ...{ leaseUntil: updatedAt, quarantinedUntil: updatedAt, createdAt: updatedAt, updatedAt },
});

test('what waits for a person comes by its deadline, then by its age, each with its cause', () => {
  const items = needItemsOf({
    decisions: [
      decision('late', '2026-01-07T00:00:00.000Z'),
      { ...decision('soon', '2026-01-06T00:00:00.000Z'), decision: 'repair', question: 'Gone' },
    ],
    effects: [effect('new', '2026-01-05T14:00:00.000Z'), effect('old', '2026-01-01T14:00:00.000Z')],
    halts: [{ workflowId: 'swarm/x', title: 'Leads', reason: 'the key is refused', open: 1 }],
    refusedLogins: [
      {
        agent: 'klap',
        account: 'a',
        message: 'No such key',
        checkedAt: '2026-01-03T00:00:00.000Z',
      },
    ],
  });
  expect(items.map(({ kind, title, text }) => [kind, title, text])).toEqual([
    ['repair', 'The step soon of “A” waits for repair.', 'Gone.'],
    ['approval', 'May late go on?', '“A” asks, at its step late.'],
    [
      'halted-swarm',
      'Leads stopped by itself.',
      'the key is refused. 1 task waits, nothing is lost: mend that, then resume the swarm.',
    ],
    [
      'unknown-outcome',
      'One send may or may not have happened.',
      'old was asked of the vendor: the call broke off. Nothing is repeated until you decide.',
    ],
    ['refused-login', 'The login a of klap does not work.', 'No such key.'],
    ['unknown-outcome', 'One send may or may not have happened.', expect.stringContaining('new')],
  ]);
});

test('the overview speaks of what waits for a person in one sentence a kind, decisions first', () => {
  const well: AttentionFacts = {
    ...{ now, needs: [], unserved: [], failures: [], retries: [], waits: [] },
  };
  const attention = (some: Partial<NeedFacts>) =>
    attentionOf({ ...well, needs: needItemsOf({ ...nothing, ...some }) });
  expect(attention({ decisions: [decision('send', now)] })).toMatchObject([
    {
      title: '“A” waits for your decision.',
      link: { to: '/needs-you?selected=step%2Fpipeline%2Fa%2Fb%2Fsend' },
    },
  ]);
  const many = attention({
    decisions: [decision('send', now), decision('spend', now)],
    effects: [effect('lead:mara')],
  });
  expect(many).toMatchObject([
    { kind: 'needs-you', title: '2 decisions wait for you.', link: { to: '/needs-you' } },
    { kind: 'needs-you', link: { to: '/needs-you?selected=effect%2Flead%3Amara' } },
  ]);
});
