import express, { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import { RateLimit } from '../rate-limit.ts';
import type { Vendor } from '../vendor.ts';
import { lastPartOf, tokenIn, type Inbox } from './inbox.ts';

const mostInEmbeds = 6_000;

const Embed = z.object({
  title: z.string().max(256).optional(),
  description: z.string().max(4_096).optional(),
  url: z.url().optional(),
  color: z.int().min(0).max(0xffffff).optional(),
  fields: z
    .array(
      z.object({
        name: z.string().min(1).max(256),
        value: z.string().min(1).max(1_024),
        inline: z.boolean().optional(),
      }),
    )
    .max(25)
    .default([]),
  footer: z.object({ text: z.string().max(2_048) }).optional(),
});
const Message = z.object({
  content: z.string().max(2_000).optional(),
  embeds: z.array(Embed).max(10).default([]),
  allowed_mentions: z.object({ parse: z.array(z.string()) }).optional(),
});

/**
 * Discord's webhooks, `/api/webhooks/1/stand-in-acme`, also with a version. Five messages in two
 * seconds. The id `2` stands for one that was deleted.
 */
export function createDiscord(inbox: Inbox): Vendor {
  const limits = new Map<string, RateLimit>();
  const router = Router();
  const path = ['/api/webhooks/:id/:token', '/api/:version/webhooks/:id/:token'];
  let messages = 0;

  /** Whose webhook this is; undefined when it was answered already. */
  const open = (request: Request<{ id: string; token: string }>, response: Response) => {
    if (request.params.id === '2') {
      response.status(404).json({ message: 'Unknown Webhook', code: 10_015 });
      return undefined;
    }
    const opened = tokenIn(request.params.token);
    if (!opened) response.status(401).json({ message: 'Invalid Webhook Token', code: 50_027 });
    return opened?.workspace;
  };

  router.get(path, (request: Request<{ id: string; token: string }>, response) => {
    const workspace = open(request, response);
    if (workspace === undefined) return;
    response.json({ id: request.params.id, type: 1, name: workspace, channel_id: '10' });
  });

  router.post(
    path,
    express.json({ type: () => true, limit: '1mb' }),
    (request: Request<{ id: string; token: string }>, response) => {
      const workspace = open(request, response);
      if (workspace === undefined) return;
      const limit = limits.get(workspace) ?? new RateLimit({ most: 5, ms: 2_000 });
      limits.set(workspace, limit);
      if (!limit.admit()) {
        response.set({
          'Retry-After': '1',
          'X-RateLimit-Limit': '5',
          'X-RateLimit-Remaining': '0',
        });
        const body = { message: 'You are being rate limited.', retry_after: 0.53, global: false };
        response.status(429).json(body);
        return;
      }
      const message = Message.safeParse(request.body);
      if (!message.success || lengthOf(message.data.embeds) > mostInEmbeds) {
        const errors = Object.fromEntries(
          (message.error?.issues ?? []).map((issue) => [issue.path.join('.'), issue.message]),
        );
        response.status(400).json({ message: 'Invalid Form Body', code: 50_035, errors });
        return;
      }
      const { content = '', embeds } = message.data;
      if (content === '' && embeds.length === 0) {
        response.status(400).json({ message: 'Cannot send an empty message', code: 50_006 });
        return;
      }
      const id = request.get('x-notification-id') ?? null;
      inbox.put({ vendor: 'discord', workspace, id, body: message.data });
      messages += 1;
      if (request.query.wait !== 'true') response.status(204).send('');
      else response.json({ id: String(messages), channel_id: '10', content, embeds });
    },
  );
  router.use((_request, response) =>
    response.status(404).json({ message: '404: Not Found', code: 0 }),
  );

  return {
    id: 'discord',
    router,
    workspaceOf: (request) => tokenIn(lastPartOf(request.path))?.workspace,
    addressesIn: () => undefined,
    errorBody: (_, status) => ({ message: 'The fault plan says so', code: status }),
  };
}

const lengthOf = (embeds: readonly z.infer<typeof Embed>[]): number =>
  embeds
    .flatMap(({ title = '', description = '', fields, footer }) => [
      ...[title, description, footer?.text ?? ''],
      ...fields.flatMap(({ name, value }) => [name, value]),
    ])
    .reduce((length, text) => length + text.length, 0);
