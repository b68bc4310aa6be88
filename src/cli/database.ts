import { Command } from 'commander';
import { z } from 'zod';
import type { Cleanup, Migrated, TableCheck, TableSize } from '../contracts/database.ts';
import { askFor, canAsk } from './confirmation.ts';
import { ExitCode, Stop } from './exit.ts';
import { faint, moment, number, print, printJson, say, strong, table } from './output.ts';
import { withSession, type Session } from './session.ts';

/** `database …`: looks at the tables, brings them up to date, and deletes what is past its time. */
export const databaseCommand = (): Command =>
  new Command('database')
    .alias('db')
    .description('tables: explore, check-table, migrate, cleanup; no worker is needed')
    .addHelpText('after', '\nExample:\n  agentic database explore')
    .addCommand(exploreCommand())
    .addCommand(checkTableCommand())
    .addCommand(migrateCommand())
    .addCommand(cleanupCommand());

function exploreCommand(): Command {
  const command = new Command('explore')
    .description('all tables with rows, size and last write')
    .option('--json', 'print JSON only')
    .addHelpText('after', '\nReads only.\n\nExample:\n  agentic database explore');
  return command.action(() =>
    withSession(async ({ database }) => {
      const { createTables } = await import('../platform/tables.ts');
      const tables = [...(await createTables(database).list())];
      if (command.opts().json === true) printJson({ tables });
      else if (tables.length === 0) {
        say('The database has no tables: `agentic database migrate` makes them.');
      } else describeTables(tables);
    }),
  );
}

function describeTables(tables: readonly TableSize[]): void {
  const rows = tables.map(({ name, owner, rows: count, isExact, bytes, lastWriteAt }) => [
    name,
    owner,
    isExact ? count : `about ${number(count)}`,
    size(bytes),
    lastWriteAt === null ? null : moment(lastWriteAt),
  ]);
  print(table(['table', 'whose', 'rows', 'size', 'last write (UTC)'], rows));
  const total = tables.reduce((sum, { bytes }) => sum + bytes, 0);
  print(faint(`\n${number(tables.length)} tables, ${size(total)}`));
}

const mostSampled = 100;
const CheckOptions = z.object({
  rows: z.coerce
    .number()
    .int()
    .min(0)
    .max(mostSampled, `expected at most ${mostSampled}`)
    .default(3),
  showValues: z.boolean().default(false),
  json: z.boolean().optional(),
});

function checkTableCommand(): Command {
  const command = new Command('check-table')
    .description('columns of a table, how they differ from what we expect, and a few rows')
    .argument('<name>', 'the table, as `agentic database explore` names it')
    .option('--rows <number>', `how many rows to show, at most ${mostSampled} (default: 3)`)
    .option('--show-values', 'show what the rows say, personal data included', false)
    .option('--json', 'print JSON only')
    .addHelpText(
      'after',
      '\nReads only. Ends with 1 when the table differs from what we expect.\n\nExample:\n  agentic database check-table instantly_email_daily_analytics',
    );
  return command.action((name: string) =>
    withSession(async ({ database }) => {
      const options = CheckOptions.safeParse(command.opts());
      if (!options.success) {
        const message = `--rows: ${options.error.issues[0]?.message ?? ''}`;
        throw new Stop(ExitCode.wrongInput, message);
      }
      const { rows, showValues: isShown, json } = options.data;
      const { createTables } = await import('../platform/tables.ts');
      const check = await createTables(database).check(name, { rows, isShown });
      if (!check) {
        const message = `There is no table ${name}; \`agentic database explore\` lists them.`;
        throw new Stop(ExitCode.wrongInput, message);
      }
      if (json) printJson(check);
      else describeCheck(check, isShown);
      if (check.differences.length > 0) process.exitCode = ExitCode.failed;
    }),
  );
}

function describeCheck({ owner, columns, differences, sample }: TableCheck, isShown: boolean) {
  if (columns.length > 0) {
    const rows = columns.map(({ name, type, isNullable }) => [
      name,
      type,
      isNullable ? 'may be empty' : '',
    ]);
    print(table(['column', 'type', ''], rows));
  }
  if (differences.length > 0) print(`\n${strong('Differs')}\n${differences.join('\n')}`);
  else if (owner === 'ours') print('\nThe table is as expected.');
  else print(`\nThe table is not one of ours: nothing is expected of it.`);
  sample.forEach((row, index) => {
    print(`\n${strong(`Row ${index + 1}`)}\n${table([], Object.entries(row).map(cells))}`);
  });
  if (sample.length > 0 && !isShown) print(faint('\n•••• is hidden; --show-values shows it.'));
}

const cells = ([name, value]: readonly [string, unknown]): readonly (string | null)[] => [
  name,
  value === null || value === undefined
    ? null
    : typeof value === 'string'
      ? value
      : JSON.stringify(value),
];

function migrateCommand(): Command {
  const command = new Command('migrate')
    .description('bring the tables up to date, and take over those of older scripts')
    .option('--dry-run', 'only list what is pending')
    .option('--json', 'print JSON only')
    .addHelpText(
      'after',
      '\nWhat `npm start` does at each start. Tables of older scripts that have names of ours move to the\n' +
        'schema “older”, and their rows are copied; nothing is deleted. A repeat changes nothing.\n\nExamples:\n  agentic database migrate --dry-run\n  agentic database migrate',
    );
  return command.action(() =>
    withSession(async (session) => {
      const { migrateDatabase, migrationState } = await import('../platform/migrations.ts');
      const { dryRun, json } = z
        .object({ dryRun: z.boolean().optional(), json: z.boolean().optional() })
        .parse(command.opts());
      const state = await migrationState(session.database.sql);
      if (state.isNewer) {
        const message = 'The tables were made by a newer checkout: update this one.';
        throw new Stop(ExitCode.failed, message);
      }
      const result: Migrated = dryRun
        ? { ...state, isDone: false, takenOver: [] }
        : await migrateDatabase(session.config.DATABASE_URL);
      if (result.isDone && result.pending.length > 0) await noteMigration(session, result);
      if (json) printJson(result);
      else describeMigration(result);
    }),
  );
}

const noteMigration = (session: Session, { pending, setAside }: Migrated) =>
  session.note({
    action: 'database.migrate',
    target: nameOf(session.config.DATABASE_URL),
    reason: 'asked for on the command line',
    detail: { pending, setAside },
  });

function describeMigration({ pending, setAside, isDone, takenOver }: Migrated): void {
  if (pending.length === 0) print('The tables are up to date.');
  const [will, was] = isDone ? ['', 'done'] : ['would be ', 'pending'];
  for (const name of setAside) print(`${will}set aside  older.${name}`);
  for (const name of pending) print(`${was}  ${name}`);
  for (const each of takenOver) {
    print(`took over ${number(each.taken)} of ${number(each.rows)} rows of older.${each.table}`);
  }
}

function cleanupCommand(): Command {
  const command = new Command('cleanup')
    .description('list what is past its time, and delete it once that is confirmed')
    .option('--older-tables', 'also drop the tables of older scripts that were set aside', false)
    .option('--dry-run', 'only list what would go')
    .option('--confirm <database>', 'the name of the database; a terminal asks for it')
    .option('--reason <text>', 'why, for those who look later', 'asked for on the command line')
    .option('--json', 'print JSON only')
    .addHelpText(
      'after',
      '\nWorkers do the same each hour, by the settings …_RETENTION_DAYS, without the older tables. What was\n' +
        'sent, spent or left out is never deleted, nor are leads, figures and memory.\n\nExamples:\n  agentic database cleanup --dry-run\n  agentic database cleanup --older-tables --confirm agentic',
    );
  return command.action(() =>
    withSession(async (session) => {
      const options = CleanupOptions.parse(command.opts());
      const { overdue, prune } = await import('../platform/retention.ts');
      const { dropOlder, listOlder } = await import('../platform/older-tables.ts');
      const { config, database } = session;
      const older = [...(await listOlder(database.sql))];
      const found = [...(await overdue(database, config))];
      const tell = (removed: Cleanup['removed']) => {
        if (options.json) printJson({ overdue: found, older, removed } satisfies Cleanup);
        else if (removed !== null) print(`Gone: ${number(sum(Object.values(removed)))} rows.`);
      };
      if (!options.json) describeOverdue(found, older, options.olderTables);
      const isIdle = found.length === 0 && !(options.olderTables && older.length > 0);
      if (options.dryRun || isIdle) {
        tell(null);
        return;
      }
      await confirm(nameOf(config.DATABASE_URL), options);
      const removed: Record<string, number> = { ...(await prune(database, config)) };
      if (options.olderTables) {
        await dropOlder(database.sql);
        for (const { table: name, rows } of older) removed[name] = rows;
      }
      await session.note({
        action: 'database.cleanup',
        target: nameOf(config.DATABASE_URL),
        reason: options.reason,
        detail: { removed, olderTables: options.olderTables },
      });
      tell(removed);
    }),
  );
}

const CleanupOptions = z.object({
  olderTables: z.boolean(),
  dryRun: z.boolean().optional(),
  confirm: z.string().optional(),
  reason: z.string(),
  json: z.boolean().optional(),
});

function describeOverdue(
  overdue: Cleanup['overdue'],
  older: Cleanup['older'],
  isOlderMeant: boolean,
): void {
  const going = [...overdue, ...(isOlderMeant ? older : [])];
  if (going.length === 0) print('Nothing is past its time.');
  else {
    const rows = going.map((each) => [each.table, each.rows, size(each.bytes)]);
    print(table(['would go from', 'rows', 'size'], rows));
    print(faint(`\n${number(sum(going.map((each) => each.rows)))} rows`));
  }
  if (!isOlderMeant && older.length > 0) {
    const names = older.map((each) => `${each.table} (${number(each.rows)} rows)`).join(', ');
    print(`Tables of older scripts stay: ${names}; --older-tables drops them.`);
  }
}

/** @throws {Stop} unless the name of the database was given, or is typed now. */
async function confirm(
  name: string,
  { confirm: given, json }: z.output<typeof CleanupOptions>,
): Promise<void> {
  const what = `This deletes the rows above for good. To confirm, the name of the database is asked for: ${name}`;
  const typed =
    given ?? (json || !canAsk() ? undefined : await askFor(what, 'Nothing was deleted.'));
  if (typed?.trim() === name) return;
  const came = typed === undefined ? 'nothing' : `“${typed}”`;
  const message = `--confirm: expected the name of the database, ${name}, got ${came}. Nothing was deleted.`;
  throw new Stop(ExitCode.wrongInput, message);
}

const nameOf = (url: string): string =>
  URL.canParse(url) ? decodeURIComponent(new URL(url).pathname.slice(1)) : 'DATABASE_URL';

const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0);

/** Bytes as people read them. */
function size(bytes: number): string {
  if (bytes < 1024) return `${number(bytes)} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  const step = Math.min(units.length, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** step).toFixed(1)} ${units[step - 1] ?? ''}`;
}
