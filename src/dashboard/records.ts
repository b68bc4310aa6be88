import { pipeline } from 'node:stream/promises';
import { AuditChoices, AuditFilter, AuditPage, AuditQuery } from '../contracts/audit.ts';
import { LogFilter, LogHistogram, LogPage, LogQuery } from '../contracts/logs.ts';
import { createAuditReader } from '../platform/audit-reader.ts';
import type { Database } from '../platform/database.ts';
import { createLogReader } from '../platform/logs.ts';
import type { Health } from './health.ts';
import type { Routes } from './routes.ts';

interface RecordRouteDeps {
  readonly database: Database;
  readonly health: Health;
}

/** The log of all processes: searched, counted over time, followed. */
export function logRoutes(routes: Routes, { database, health }: RecordRouteDeps): void {
  const logs = createLogReader(database);

  routes.get(
    '/api/logs',
    { does: 'Search the log, newest first, or follow it', query: LogQuery, answer: LogPage },
    ({ query }) => health.during(logs.page(query)),
  );
  routes.get(
    '/api/logs/histogram',
    { does: 'Count log lines over time', query: LogFilter, answer: LogHistogram },
    ({ query }) => health.during(logs.histogram(query)),
  );
}

/** Who did what, to what, why and from where: read, and written into files. */
export function auditRoutes(routes: Routes, { database, health }: RecordRouteDeps): void {
  const audit = createAuditReader(database);

  routes.get(
    '/api/audit',
    { does: 'Search the audit, newest first', query: AuditQuery, answer: AuditPage },
    ({ query }) => health.during(audit.page(query)),
  );
  routes.get(
    '/api/audit/choices',
    { does: 'What the audit may be filtered by', answer: AuditChoices },
    () => health.during(audit.choices()),
  );
  for (const [format, file] of [
    ['csv', 'text/csv'],
    ['jsonl', 'application/x-ndjson'],
  ] as const) {
    routes.get(
      `/api/audit.${format}`,
      { does: `Export the audit as ${format.toUpperCase()}`, query: AuditFilter, file },
      async ({ query, response }) => {
        response.attachment(`audit.${format}`).type(`${file}; charset=utf-8`);
        await pipeline(audit.export(query, format), response).catch((error: unknown) => {
          if (!response.destroyed) throw error; // a reader that left needs no answer
        });
      },
    );
  }
}
