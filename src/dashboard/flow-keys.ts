import { FlowKeyChange, FlowKeyNewLimits, FlowKeyOpening } from '../contracts/flow-keys.ts';
import type { Database } from '../platform/database.ts';
import { createFlowKeys, type LimitsChange } from '../platform/flow-keys.ts';
import type { Health } from './health.ts';
import type { Routes } from './routes.ts';

interface FlowKeyDeps {
  readonly database: Database;
  readonly health: Health;
}

/** Flow keys: paused, resumed, opened, limited and reset, each change with its reason. */
export function flowKeyRoutes(routes: Routes, { database, health }: FlowKeyDeps): void {
  const keys = createFlowKeys(database);

  routes.post(
    '/api/flow-keys/:key/limits',
    { does: 'Set limits in place of the declared ones', role: 'operator', body: FlowKeyNewLimits },
    async ({ params: { key }, body: { reason, ...limits }, who, note }) => {
      const person = { by: who.identity, reason };
      const change = await health.during(keys.setLimits(key, limits, person));
      await note({ action: 'flow-key.limits', target: key, reason, detail: { ...change } });
    },
  );

  routes.post(
    '/api/flow-keys/:key/open',
    { does: 'End a closing before its time', role: 'operator', body: FlowKeyOpening },
    async ({ params: { key }, body: { reason, confirm }, who, note }) => {
      const person = { by: who.identity, reason, isConfirmed: confirm === key };
      await health.during(keys.open(key, person));
      await note({ action: 'flow-key.open', target: key, reason });
    },
  );

  for (const [how, does] of [
    ['pause', 'Let no more calls start'],
    ['resume', 'Let calls start again'],
    ['reset', 'Go back to the declared limits'],
  ] as const) {
    routes.post(
      `/api/flow-keys/:key/${how}`,
      { does, role: 'operator', body: FlowKeyChange },
      async ({ params: { key }, body: { reason }, who, note }) => {
        const person = { by: who.identity, reason };
        const acting =
          how === 'reset' ? keys.resetLimits(key, person) : keys[how](key, person).then(() => ({}));
        const change = await health.during<Partial<LimitsChange>>(acting);
        await note({ action: `flow-key.${how}`, target: key, reason, detail: { ...change } });
      },
    );
  }
}
