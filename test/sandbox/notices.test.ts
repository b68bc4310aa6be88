/** What Slack and Discord take and refuse, as their documents say. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { startStandIns, type StandIns } from '../../src/sandbox/server.ts';

let standIns: StandIns;
beforeAll(async () => {
  standIns = await startStandIns();
});
afterAll(() => standIns.close());
beforeEach(() => standIns.faults.clear());

async function post(path: string, body: unknown) {
  const response = await fetch(`${standIns.url}${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/json', 'x-notification-id': 'n-1' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, text, retryAfter: response.headers.get('retry-after') };
}
const slack = (token: string, body: unknown = { text: 'hello' }) =>
  post(`/slack/services/T0/B0/${token}`, body);
const discord = (token: string, body: unknown = { content: 'hello' }, id = '1') =>
  post(`/discord/api/webhooks/${id}/${token}`, body);

test('Slack answers a word, and keeps the message', async () => {
  expect(await slack('stand-in-a')).toMatchObject({ status: 200, text: 'ok' });
  expect(standIns.notices.list('a')).toMatchObject([
    { vendor: 'slack', id: 'n-1', body: { text: 'hello' } },
  ]);
});

test.each([
  ['no_service', 404, 'nobody', { text: 'x' }],
  ['no_service', 404, 'stand-in-b.no-service', { text: 'x' }],
  ['channel_is_archived', 410, 'stand-in-b.archived', { text: 'x' }],
  ['action_prohibited', 403, 'stand-in-b.prohibited', { text: 'x' }],
  ['invalid_token', 403, 'stand-in-b.invalid-token', { text: 'x' }],
  ['channel_not_found', 404, 'stand-in-b.channel-not-found', { text: 'x' }],
  ['no_team', 404, 'stand-in-b.no-team', { text: 'x' }],
  ['invalid_payload', 400, 'stand-in-c', 'not JSON'],
  ['no_text', 400, 'stand-in-d', {}],
  ['invalid_blocks', 400, 'stand-in-e', { blocks: Array.from({ length: 51 }, () => ({})) }],
  [
    'too_many_attachments',
    400,
    'stand-in-f',
    { attachments: Array.from({ length: 101 }, () => ({})) },
  ],
])('Slack says %s with %d', async (word, status, token, body) => {
  expect(await slack(token, body)).toMatchObject({ status, text: word });
});

test('Slack asks to wait after a burst, and its faults are words too', async () => {
  const all = await Promise.all(Array.from({ length: 6 }, () => slack('stand-in-g')));
  const refused = all.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(2);
  expect(refused[0]).toMatchObject({ retryAfter: '1' });
  standIns.faults.set([{ vendor: 'slack', fault: { kind: 'status', status: 500 } }]);
  expect(await slack('stand-in-g')).toMatchObject({ status: 500, text: 'rollup_error' });
});

test('Discord answers nothing, or the message when it is waited for; with a version, too', async () => {
  expect(await discord('stand-in-a')).toMatchObject({ status: 204, text: '' });
  const waited = await post('/discord/api/v10/webhooks/1/stand-in-a?wait=true', {
    embeds: [{ title: 't', description: 'd', color: 3_581_519 }],
  });
  expect(waited.status).toBe(200);
  expect(JSON.parse(waited.text)).toMatchObject({ id: expect.any(String) });
  const found = await fetch(`${standIns.url}/discord/api/webhooks/1/stand-in-a`);
  expect(await found.json()).toMatchObject({ id: '1', name: 'a' });
});

test.each([
  ['an empty message', 'stand-in-b', {}, '1', 400, 50_006],
  ['more than it takes', 'stand-in-b', { content: 'x'.repeat(2_001) }, '1', 400, 50_035],
  [
    'more in all embeds than it takes',
    'stand-in-b',
    { embeds: [{ description: 'x'.repeat(4_000) }, { description: 'x'.repeat(2_001) }] },
    '1',
    400,
    50_035,
  ],
  ['a wrong token', 'nobody', { content: 'x' }, '1', 401, 50_027],
  ['a webhook that was deleted', 'stand-in-b', { content: 'x' }, '2', 404, 10_015],
])('Discord refuses %s', async (_, token, body, id, status, code) => {
  const answer = await discord(token, body, id);
  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.text)).toMatchObject({ code });
});

test('Discord tells how long to wait, in the header and as a fraction in the body', async () => {
  const all = await Promise.all(Array.from({ length: 6 }, () => discord('stand-in-c')));
  const [refused] = all.filter(({ status }) => status === 429);
  expect(refused?.retryAfter).toBe('1');
  expect(JSON.parse(refused?.text ?? '')).toMatchObject({ retry_after: 0.53, global: false });
});

test('a webhook takes any JSON; one that moved leads elsewhere; all can be looked at', async () => {
  expect((await post('/webhook/hooks/stand-in-h', { any: 'thing' })).status).toBe(200);
  expect((await post('/webhook/hooks/nobody', {})).status).toBe(404);
  expect((await post('/webhook/hooks/stand-in-h.moved', {})).status).toBe(302);
  const seen = await fetch(`${standIns.url}/sandbox/notices?workspace=h`);
  expect(await seen.json()).toMatchObject({ notices: [{ body: { any: 'thing' } }] });
});
