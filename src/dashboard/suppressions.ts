import {
  NewSuppressions,
  SuppressionList,
  SuppressionRemoval,
  SuppressionsAdded,
  SuppressionsQuery,
} from '../contracts/effects.ts';
import type { Database } from '../platform/database.ts';
import { createSuppressions, patternsIn } from '../platform/suppressions.ts';
import type { Health } from './health.ts';
import { HttpError } from './http-error.ts';
import type { Routes } from './routes.ts';

interface SuppressionRouteDeps {
  readonly database: Database;
  readonly health: Health;
}

const mostShown = 500;
const mostNamed = 5;

/** Who nothing is sent to: listed, added, removed and exported, each change with its reason. */
export function suppressionRoutes(routes: Routes, deps: SuppressionRouteDeps): void {
  const { database, health } = deps;
  const list = createSuppressions(database);

  routes.get(
    '/api/suppressions',
    { does: 'List who nothing is sent to', query: SuppressionsQuery, answer: SuppressionList },
    async ({ query: { q } }) => {
      const [suppressions, total] = await health.during(
        Promise.all([list.list(q, mostShown), list.count(q)]),
      );
      return { suppressions: [...suppressions], total };
    },
  );

  routes.get(
    '/api/suppressions.csv',
    { does: 'Export the whole list', file: 'text/csv' },
    async ({ response }) => {
      const table = await health.during(list.export());
      response.attachment('suppressions.csv').type('text/csv; charset=utf-8').send(table);
    },
  );

  routes.post(
    '/api/suppressions',
    {
      does: 'Send nothing more to addresses or domains',
      role: 'operator',
      body: NewSuppressions,
      answer: SuppressionsAdded,
    },
    async ({ body: { patterns, reason }, who, note }) => {
      const given = patternsIn(patterns.join('\n'));
      if (given.length === 0) {
        const message = 'expected at least one address or domain';
        throw new HttpError(400, 'invalid-request', message, [{ path: '/patterns', message }]);
      }
      const added = await health.during(list.add(given, { by: who.name, reason }));
      const more = given.length > mostNamed ? ` and ${given.length - mostNamed} more` : '';
      await note({
        action: 'suppression.add',
        target: `${given.slice(0, mostNamed).join(' ')}${more}`,
        reason,
        detail: { given: given.length, added },
      });
      return { given: given.length, added };
    },
  );

  routes.delete(
    '/api/suppressions/:pattern',
    { does: 'Allow sending again', role: 'operator', body: SuppressionRemoval },
    async ({ params: { pattern }, body: { reason }, note }) => {
      const before = await health.during(list.remove(pattern));
      if (!before) {
        throw new HttpError(404, 'unknown-suppression', `“${pattern}” is not on the list`);
      }
      await note({
        ...{ action: 'suppression.remove', target: pattern, reason },
        detail: { before, after: {} },
      });
    },
  );
}
