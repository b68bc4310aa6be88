import type { Client } from '@temporalio/client';
import { Checks, ChecksQuery, DataView } from '../contracts/settings.ts';
import type { Config } from '../platform/config.ts';
import type { Database } from '../platform/database.ts';
import { diagnose } from '../platform/doctor.ts';
import { listOlder } from '../platform/older-tables.ts';
import { overdue } from '../platform/retention.ts';
import { createTables } from '../platform/tables.ts';
import type { Health } from './health.ts';
import { remembered } from './remembered.ts';
import type { Routes } from './routes.ts';

interface SettingsRouteDeps {
  readonly client: Client;
  readonly database: Database;
  readonly config: Config;
  readonly health: Health;
}

const vendorsWithinMs = 14_000;
/** Checks ask vendors, and counting reads whole tables: not for each who looks. */
const freshMs = { checks: 60_000, again: 5_000, data: 30_000 };

/** What the pages of settings read: the checks of `agentic doctor`, and what is stored. */
export function settingsRoutes(routes: Routes, deps: SettingsRouteDeps): void {
  const { database, config, health } = deps;

  const checks = remembered(freshMs.checks, async (): Promise<Checks> => {
    const began = Date.now();
    const findings = await diagnose(deps, vendorsWithinMs);
    return {
      at: new Date().toISOString(),
      tookMs: Date.now() - began,
      isWell: findings.every(({ state }) => state !== 'wrong'),
      findings: [...findings],
    };
  });
  let askedAt = 0;

  const data = remembered(freshMs.data, async (): Promise<DataView> => {
    const [tables, past, older] = await Promise.all([
      createTables(database).list(),
      overdue(database, config),
      listOlder(database.sql),
    ]);
    return {
      at: new Date().toISOString(),
      keep: keptBy(config),
      tables: [...tables],
      overdue: [...past],
      older: [...older],
    };
  });

  routes.get(
    '/api/checks',
    { does: 'Check what this system needs', query: ChecksQuery, answer: Checks },
    ({ query: { again } }) => {
      if (again !== undefined && Date.now() - askedAt > freshMs.again) {
        askedAt = Date.now();
        checks.forget();
      }
      return checks.read();
    },
  );

  routes.get('/api/data', { does: 'Say what is stored and how long', answer: DataView }, () =>
    health.during(data.read()),
  );
}

const keptBy = (config: Config): DataView['keep'] => [
  {
    setting: 'RUN_RETENTION_DAYS',
    days: config.RUN_RETENTION_DAYS,
    what: 'Closed runs with their attempts, swarms, the audit, what happened to flow keys',
  },
  {
    setting: 'LOG_RETENTION_DAYS',
    days: config.LOG_RETENTION_DAYS,
    what: 'Log lines, and messages that every subscriber has',
  },
  {
    setting: 'TEMPORAL_RETENTION_DAYS',
    days: config.TEMPORAL_RETENTION_DAYS,
    what: 'The histories of closed runs in Temporal, and the large payloads they refer to',
  },
];
