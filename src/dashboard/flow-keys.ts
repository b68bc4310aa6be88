import { Router } from 'express';
import { z } from 'zod';
import { FlowKeyChange, FlowKeyNewLimits, FlowKeyOpening } from '../contracts/flow-keys.ts';
import type { AuditEntry } from '../platform/audit.ts';
import type { Database } from '../platform/database.ts';
import { createFlowKeys } from '../platform/flow-keys.ts';
import type { Health } from './health.ts';
import { parsed } from './http-error.ts';

interface FlowKeyDeps {
  readonly database: Database;
  readonly health: Health;
  /** Who changes, as the audit names them. */
  readonly by: string;
  /** Notes a change in the audit log, and lets pages show it. */
  readonly changed: (entry: Omit<AuditEntry, 'by' | 'from'>) => Promise<void>;
}

/** Flow keys: paused, resumed, opened, limited and reset, each change with its reason. */
export function createFlowKeyRoutes({ database, health, by, changed }: FlowKeyDeps): Router {
  const keys = createFlowKeys(database);
  const router = Router();

  router.post('/api/flow-keys/:key/limits', async (request, response) => {
    const { key } = request.params;
    const { reason, ...limits } = parsed(FlowKeyNewLimits, request.body);
    await health.during(keys.setLimits(key, limits, { by, reason }));
    await changed({ action: 'flow-key.limits', target: key, reason, detail: limits });
    response.status(204).end();
  });

  router.post('/api/flow-keys/:key/open', async (request, response) => {
    const { key } = request.params;
    const { reason, confirm } = parsed(FlowKeyOpening, request.body);
    await health.during(keys.open(key, { by, reason, isConfirmed: confirm === key }));
    await changed({ action: 'flow-key.open', target: key, reason });
    response.status(204).end();
  });

  router.post('/api/flow-keys/:key/:how', async (request, response) => {
    const { key } = request.params;
    const how = parsed(z.enum(['pause', 'resume', 'reset']), request.params.how);
    const { reason } = parsed(FlowKeyChange, request.body);
    const person = { by, reason };
    await health.during(how === 'reset' ? keys.resetLimits(key, person) : keys[how](key, person));
    await changed({ action: `flow-key.${how}`, target: key, reason });
    response.status(204).end();
  });
  return router;
}
