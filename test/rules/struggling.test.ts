import { expect, test } from '@jest/globals';
import type { FlowKeyInUse } from '../../src/contracts/flow-keys.ts';
import type { StrugglingCause } from '../../src/contracts/struggling.ts';
import { mainCauseOf, stateOfCause, whyNotNow, wordsIn } from '../../src/rules/struggling.ts';

const now = '2026-01-05T14:28:20.000Z';
const until = '2026-01-05T14:41:00.000Z';

const key = (more: Partial<FlowKeyInUse> = {}): FlowKeyInUse => ({
  key: 'apify:team-2',
  limits: { perSecond: 8, perMinute: 400, atOnce: 10 },
  limitsBy: null,
  ...{ share: 1, underWay: 0, waiting: 0, closings: 0 },
  ...{ closed: null, paused: null, lastAnswer: null },
  ...more,
});
const closedBy = (by: 'vendor' | 'guess') => ({ until, why: 'it answered 429', by });

const cause = (more: Partial<StrugglingCause> = {}): StrugglingCause => ({
  id: 'leads.find-contacts|team-2|RateLimited',
  ...{ state: 'waiting', capability: 'leads.find-contacts', title: 'Find contacts' },
  ...{ agent: 'leads', account: 'team-2', flowKey: 'apify:team-2', failure: 'RateLimited' },
  ...{
    class: 'transient',
    status: 429,
    words: 'Team limit reached',
    tasks: 212,
    runs: 1,
    swarms: 1,
  },
  ...{ attempts: { least: 2, most: 2 }, nextAt: until, blocked: null },
  first: { workflowId: 'swarm/a', runId: '1', type: 'swarm', run: 'Leads' },
  ...more,
});

const said = (causes: readonly StrugglingCause[], flowKeys = [key()], tasks = 246) => {
  const main = mainCauseOf({ causes, tasks, flowKeys, now });
  return main && `${main.title} ${main.text}`;
};

test('says nothing while nothing struggles', () => {
  expect(mainCauseOf({ causes: [], tasks: 0, flowKeys: [], now })).toBeNull();
});

test('names the limit of a vendor, how many wait for it, and until when', () => {
  expect(said([cause()], [key({ closed: closedBy('vendor') })])).toBe(
    'Main cause: the limit of apify:team-2. 212 of 246 struggling tasks wait for one key, closed by the vendor until 14:41:00 UTC. They go on by themselves.',
  );
});

test('advises a lower rate for a key that closed twice in a day, not for one that closed once', () => {
  const advice =
    'It was closed 2 times in 24 h: to be stopped less often, lower its rate from 8 to 5.6 a second.';
  const closed = closedBy('vendor');
  expect(said([cause()], [key({ closed, closings: 2 })])).toContain(advice);
  expect(said([cause()], [key({ closed, closings: 1 })])).not.toContain('lower its rate');
});

test('adds up the causes that wait for the same key', () => {
  const causes = [cause(), cause({ capability: 'leads.scrape', tasks: 34 })];
  expect(said(causes, [key({ closed: closedBy('vendor') })])).toContain(
    '246 struggling tasks wait for one key',
  );
});

test('tells a guess of ours, a pause, our own database and a mere turn apart', () => {
  expect(said([cause()], [key({ closed: closedBy('guess') })])).toContain(
    'trouble at apify:team-2. 212 of 246 struggling tasks wait for one key, which we leave alone until',
  );
  const paused = { since: now, by: 'mara', why: 'new contract' };
  expect(said([cause()], [key({ paused })])).toContain(
    'mara paused it: “new contract.” Nothing of it goes on before somebody resumes the key.',
  );
  expect(said([cause({ failure: 'DatabaseUnavailable' })])).toContain('our own database was away');
  expect(said([cause()])).toContain('many want apify:team-2 at once');
});

test('quotes the vendor of what is tried again, and says when it goes on', () => {
  const retrying = cause({
    ...{ state: 'retrying', failure: 'VendorSilent', status: 502, tasks: 1 },
    words: 'Upstream mailbox provider',
  });
  expect(said([retrying], [key({ share: 0.7 })], 1)).toBe(
    'Main cause: apify:team-2 answers 502. 1 struggling task is tried again: “Upstream mailbox provider.” It goes on by itself, the first at 14:41:00 UTC. Meanwhile 70% of its rate is used; good answers let it grow back.',
  );
});

test('waits for a key that is closed, and retries what failed at one that is open', () => {
  expect(stateOfCause('VendorUnavailable', { closed: closedBy('guess') })).toBe('waiting');
  expect(stateOfCause('VendorUnavailable', { closed: null })).toBe('retrying');
  expect(stateOfCause('RateLimited', undefined)).toBe('waiting');
});

test('lets nobody retry now what a closed or paused key would send away again', () => {
  const { closed } = key({ closed: closedBy('vendor') });
  expect(whyNotNow(cause(), key({ closed }), now)).toBe(
    'apify:team-2 is closed until 14:41:00 UTC',
  );
  const paused = { since: now, by: 'mara', why: '' };
  expect(whyNotNow(cause(), key({ closed, paused }), now)).toBe('apify:team-2 is paused by mara');
  expect(whyNotNow(cause({ state: 'retrying' }), key(), now)).toBeNull();
});

test('takes the words out of the form in which a vendor sent them', () => {
  expect(wordsIn('{"statusCode":429,"error":"Too Many","message":"Slow down"}')).toBe('Slow down');
  expect(wordsIn('{"error":{"code":5,"message":"No such sheet"}}')).toBe('No such sheet');
  expect(wordsIn('Bad gateway')).toBe('Bad gateway');
  expect(wordsIn('{"message":"cut o')).toBe('{"message":"cut o');
  expect(wordsIn('[]')).toBe('[]');
  expect(wordsIn(' ')).toBeUndefined();
});
