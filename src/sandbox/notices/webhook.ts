import express, { Router } from 'express';
import type { Vendor } from '../vendor.ts';
import { lastPartOf, tokenIn, type Inbox } from './inbox.ts';

/** Any receiver of JSON, `/hooks/stand-in-acme`. The ending `.moved` leads to another address. */
export function createWebhook(inbox: Inbox): Vendor {
  const router = Router();
  router.post('/hooks/:token', express.json({ type: () => true }), (request, response) => {
    const opened = tokenIn(request.params.token);
    if (!opened) return response.status(404).json({ message: 'There is no such hook' });
    const { workspace, trouble } = opened;
    if (trouble === 'moved') {
      response.set('Location', 'http://127.0.0.1:1/elsewhere');
      return response.status(302).send('Found');
    }
    const id = request.get('x-notification-id') ?? null;
    inbox.put({ vendor: 'webhook', workspace, id, body: request.body });
    return response.json({ received: true });
  });
  router.use((_request, response) =>
    response.status(404).json({ message: 'There is no such hook' }),
  );
  return {
    id: 'webhook',
    router,
    workspaceOf: ({ path }) => tokenIn(lastPartOf(path))?.workspace,
    addressesIn: () => undefined,
    errorBody: (_, status) => ({ message: `The fault plan says ${status}` }),
  };
}
