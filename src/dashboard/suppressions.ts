import { Router } from 'express';
import { NewSuppressions, SuppressionRemoval, SuppressionsQuery } from '../contracts/effects.ts';
import type { AuditEntry } from '../platform/audit.ts';
import type { Database } from '../platform/database.ts';
import { createSuppressions, patternsIn } from '../platform/suppressions.ts';
import type { Health } from './health.ts';
import { HttpError, parsed } from './http-error.ts';

interface SuppressionRouteDeps {
  readonly database: Database;
  readonly health: Health;
  /** Who adds, as the list names them. */
  readonly user: string;
  /** Notes a change in the audit log, and lets pages show it. */
  readonly changed: (entry: Omit<AuditEntry, 'by' | 'from'>) => Promise<void>;
}

const mostShown = 500;
const mostNamed = 5;

/** Who nothing is sent to: listed, added, removed and exported, each change with its reason. */
export function createSuppressionRoutes(deps: SuppressionRouteDeps): Router {
  const { database, health, user, changed } = deps;
  const list = createSuppressions(database);
  const router = Router();

  router.get('/api/suppressions', async ({ query }, response) => {
    const { q } = parsed(SuppressionsQuery, query);
    const [suppressions, total] = await health.during(
      Promise.all([list.list(q, mostShown), list.count(q)]),
    );
    response.json({ suppressions, total });
  });

  router.get('/api/suppressions.csv', async (_request, response) => {
    const table = await health.during(list.export());
    response.attachment('suppressions.csv').type('text/csv; charset=utf-8').send(table);
  });

  router.post('/api/suppressions', async (request, response) => {
    const { patterns, reason } = parsed(NewSuppressions, request.body);
    const given = patternsIn(patterns.join('\n'));
    if (given.length === 0) {
      const message = 'expected at least one address or domain';
      throw new HttpError(400, 'invalid-request', message, [{ path: '/patterns', message }]);
    }
    const added = await health.during(list.add(given, { by: user, reason }));
    const more = given.length > mostNamed ? ` and ${given.length - mostNamed} more` : '';
    await changed({
      action: 'suppression.add',
      target: `${given.slice(0, mostNamed).join(' ')}${more}`,
      reason,
      detail: { given: given.length, added },
    });
    response.json({ given: given.length, added });
  });

  router.delete('/api/suppressions/:pattern', async (request, response) => {
    const { pattern } = request.params;
    const { reason } = parsed(SuppressionRemoval, request.body);
    if (!(await health.during(list.remove(pattern)))) {
      throw new HttpError(404, 'unknown-suppression', `“${pattern}” is not on the list`);
    }
    await changed({ action: 'suppression.remove', target: pattern, reason });
    response.status(204).end();
  });
  return router;
}
