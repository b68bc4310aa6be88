/** The log and the audit as the browser reads them; the calls themselves are those of `api.ts`. */
import {
  AuditChoices,
  AuditPage,
  type AuditFilter,
  type AuditQuery,
} from '../../contracts/audit.ts';
import { LogHistogram, LogPage, type LogFilter, type LogQuery } from '../../contracts/logs.ts';
import { get, pathOf, resource, type Resource } from './api.ts';

/** One page of the log. */
export const readLog = (query: Partial<LogQuery>, signal: AbortSignal): Promise<LogPage> =>
  get(pathOf('/api/logs', query), LogPage, signal);

/** How many lines match when. */
export const readLogHistogram = (filter: LogFilter, signal: AbortSignal): Promise<LogHistogram> =>
  get(pathOf('/api/logs/histogram', filter), LogHistogram, signal);

/** One page of the audit, newest first. */
export const readAudit = (query: Partial<AuditQuery>, signal: AbortSignal): Promise<AuditPage> =>
  get(pathOf('/api/audit', query), AuditPage, signal);

/** What the audit may be filtered by. */
export const auditChoicesResource: Resource<AuditChoices> = resource(
  '/api/audit/choices',
  AuditChoices,
);

/** All of the audit that matches as a file. */
export const auditFile = (format: 'csv' | 'jsonl', filter: AuditFilter): string =>
  pathOf(`/api/audit.${format}`, filter);
