import { Router } from 'express';
import { EffectSettlement, EffectsQuery, type EffectDetail } from '../contracts/effects.ts';
import type { AuditEntry } from '../platform/audit.ts';
import type { Database } from '../platform/database.ts';
import { createLedger } from '../platform/ledger.ts';
import type { Health } from './health.ts';
import { HttpError, parsed } from './http-error.ts';

interface LedgerRouteDeps {
  readonly database: Database;
  readonly health: Health;
  /** Whose word an effect's history keeps. */
  readonly user: string;
  /** Notes a change in the audit log, and lets pages show it. */
  readonly changed: (entry: Omit<AuditEntry, 'by' | 'from'>) => Promise<void>;
}

/** The ledger: listed, shown, and settled by a person's word with its reason. */
export function createLedgerRoutes({ database, health, user, changed }: LedgerRouteDeps): Router {
  const ledger = createLedger({ database });
  const router = Router();

  const found = async (key: string): Promise<EffectDetail> => {
    const effect = await health.during(ledger.show(key));
    if (effect) return effect;
    throw new HttpError(404, 'unknown-effect', `The ledger has no effect “${key}”`);
  };

  router.get('/api/effects', async ({ query }, response) => {
    const { state, key, limit } = parsed(EffectsQuery, query);
    response.json({ effects: await health.during(ledger.list({ state, prefix: key, limit })) });
  });

  router.get('/api/effects/:key', async ({ params }, response) => {
    response.json(await found(params.key));
  });

  router.post('/api/effects/:key/settle', async (request, response) => {
    const { key } = await found(request.params.key);
    const { verdict, reason } = parsed(EffectSettlement, request.body);
    const settled = await health.during(ledger.settle(key, verdict, { by: user, reason }));
    await changed({ action: 'effect.settle', target: key, reason, detail: { verdict } });
    response.json(settled);
  });
  return router;
}
