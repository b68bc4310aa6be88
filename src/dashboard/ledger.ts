import { EffectDetail, EffectList, EffectSettlement, EffectsQuery } from '../contracts/effects.ts';
import type { Database } from '../platform/database.ts';
import { createLedger } from '../platform/ledger.ts';
import type { Health } from './health.ts';
import { HttpError } from './http-error.ts';
import type { Routes } from './routes.ts';

interface LedgerRouteDeps {
  readonly database: Database;
  readonly health: Health;
}

/** The ledger: listed, shown, and settled by a person's word with its reason. */
export function ledgerRoutes(routes: Routes, { database, health }: LedgerRouteDeps): void {
  const ledger = createLedger({ database });

  const found = async (key: string): Promise<EffectDetail> => {
    const effect = await health.during(ledger.show(key));
    if (effect) return effect;
    throw new HttpError(404, 'unknown-effect', `The ledger has no effect “${key}”`);
  };

  routes.get(
    '/api/effects',
    { does: 'List effects, newest first', query: EffectsQuery, answer: EffectList },
    async ({ query: { state, key, limit } }) => ({
      effects: [...(await health.during(ledger.list({ state, prefix: key, limit })))],
    }),
  );

  routes.get(
    '/api/effects/:key',
    { does: 'Show an effect and how it got where it is', answer: EffectDetail },
    ({ params }) => found(params.key),
  );

  routes.post(
    '/api/effects/:key/settle',
    {
      does: 'Say what became of an effect',
      role: 'operator',
      body: EffectSettlement,
      answer: EffectDetail,
    },
    async ({ params, body: { verdict, reason }, who, note }) => {
      const { key } = await found(params.key);
      const settled = await health.during(ledger.settle(key, verdict, { by: who.name, reason }));
      await note({ action: 'effect.settle', target: key, reason, detail: { verdict } });
      return settled;
    },
  );
}
