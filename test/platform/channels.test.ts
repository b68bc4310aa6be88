import { expect, test } from '@jest/globals';
import { channelOf } from '../../src/platform/channels.ts';
import { readConfig } from '../../src/platform/config.ts';

test.each([
  ['slack', 'https://hooks.slack.com/services/T/B/x'],
  ['slack', 'slack+https://chat.kunde.de/hooks/x'],
  ['slack', 'https://discord.com/api/webhooks/1/x/slack'],
  ['discord', 'https://discord.com/api/webhooks/1/x'],
  ['discord', 'https://discordapp.com/api/v10/webhooks/1/x?thread_id=2'],
  ['webhook', 'https://discord.com/somewhere/else'],
  ['webhook', 'https://hooks.slack.com.kunde.de/services/T/B/x'],
  ['webhook', 'http://127.0.0.1:8090/hooks/x'],
])('%s: %s', (kind, address) => {
  expect(channelOf(address)).toMatchObject({ kind });
});

test('mail is encrypted before the login, unless it stays on this machine', () => {
  const to = '?from=os@kunde.de&to=a@kunde.de,b@kunde.de';
  expect(channelOf(`smtp://mara:p%40ss@mail.kunde.de${to}`)).toEqual({
    ...{ kind: 'email', host: 'mail.kunde.de', port: 587, security: 'starttls' },
    ...{ login: { user: 'mara', pass: 'p@ss' }, from: 'os@kunde.de' },
    to: ['a@kunde.de', 'b@kunde.de'],
  });
  expect(channelOf(`smtps://mail.kunde.de${to}`)).toMatchObject({ port: 465, security: 'tls' });
  expect(channelOf(`smtp://localhost:25${to}`)).toMatchObject({ port: 25, security: 'plain' });
});

test.each([
  'http://hooks.kunde.de/s3cret',
  'smtp://a:s3cret@mail.kunde.de',
  'smtp://a:s3cret@mail.kunde.de?from=x&to=a@kunde.de',
  'ftp://kunde.de/s3cret',
  's3cret',
])('%s is refused, and the refusal does not repeat it', (address) => {
  const read = () => readConfig({ NOTIFY_CHANNEL_OPS: address }, '/nonexistent');
  expect(read).toThrow(/NOTIFY_CHANNEL_OPS: expected/);
  expect(read).not.toThrow(/s3cret/);
});

test('a channel that leads to the stand-ins is one of them', () => {
  const { accounts } = readConfig(
    {
      SANDBOX_URL: 'http://127.0.0.1:8090',
      NOTIFY_CHANNEL_HERE: 'http://127.0.0.1:8090/webhook/hooks/x',
      NOTIFY_CHANNEL_LIVE: 'https://hooks.kunde.de/x',
    },
    '/nonexistent',
  );
  expect(accounts.notify?.map(({ name, isStandIn }) => [name, isStandIn])).toEqual([
    ['here', true],
    ['live', false],
    ['tour', true],
  ]);
});
