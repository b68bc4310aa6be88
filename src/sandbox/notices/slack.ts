import express, { Router } from 'express';
import { z } from 'zod';
import { RateLimit } from '../rate-limit.ts';
import type { Vendor } from '../vendor.ts';
import { lastPartOf, tokenIn, type Inbox } from './inbox.ts';

const mostBlocks = 50;
const mostAttachments = 100;
const burst = 4;

const Message = z.object({
  text: z.string().optional(),
  blocks: z.array(z.unknown()).optional(),
  attachments: z.array(z.unknown()).optional(),
});

/** What an ending of the token does: Slack's own words. */
const refusals: Readonly<Record<string, readonly [status: number, word: string]>> = {
  'no-service': [404, 'no_service'],
  'no-team': [404, 'no_team'],
  'channel-not-found': [404, 'channel_not_found'],
  archived: [410, 'channel_is_archived'],
  prohibited: [403, 'action_prohibited'],
  'invalid-token': [403, 'invalid_token'],
};

/**
 * Slack's incoming webhooks, `/services/T0/B0/stand-in-acme`. Its answers are words, not JSON. One
 * message a second, and four at once.
 */
export function createSlack(inbox: Inbox): Vendor {
  const limits = new Map<string, RateLimit>();
  const router = Router();
  const text = express.text({ type: () => true, limit: '1mb' });

  router.post('/services/:team/:channel/:token', text, (request, response) => {
    const refuse = (status: number, word: string) =>
      response.status(status).type('text').send(word);
    const opened = tokenIn(request.params.token);
    if (!opened) return refuse(404, 'no_service');
    const { workspace, trouble } = opened;
    const [status, word] = refusals[trouble ?? ''] ?? [];
    if (status !== undefined && word !== undefined) return refuse(status, word);
    const limit = limits.get(workspace) ?? new RateLimit({ most: burst, ms: burst * 1_000 });
    limits.set(workspace, limit);
    if (!limit.admit()) {
      response.set('Retry-After', '1');
      return refuse(429, 'rate_limited');
    }
    const message = messageIn(request.body);
    if (!message) return refuse(400, 'invalid_payload');
    const { text: words = '', blocks = [], attachments = [] } = message;
    if (blocks.length > mostBlocks) return refuse(400, 'invalid_blocks');
    if (attachments.length > mostAttachments) return refuse(400, 'too_many_attachments');
    if (words === '' && blocks.length === 0 && attachments.length === 0)
      return refuse(400, 'no_text');
    const id = request.get('x-notification-id') ?? null;
    inbox.put({ vendor: 'slack', workspace, id, body: message });
    return response.type('text').send('ok');
  });
  router.use((_request, response) => response.status(404).type('text').send('no_service'));

  return {
    id: 'slack',
    router,
    workspaceOf: ({ path }) => tokenIn(lastPartOf(path))?.workspace,
    addressesIn: () => undefined,
    errorBody: (_, status) => (status === 500 ? 'rollup_error' : `error_${status}`),
  };
}

function messageIn(body: unknown): z.infer<typeof Message> | undefined {
  try {
    return Message.safeParse(JSON.parse(String(body))).data;
  } catch {
    return undefined;
  }
}
