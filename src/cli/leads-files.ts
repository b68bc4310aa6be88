import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Command, Option } from 'commander';
import { z } from 'zod';
import { exportLeads as exporting, importLeads, LeadLayout } from '../contracts/leads-work.ts';
import { checkTask } from '../contracts/check.ts';
import type { LeadFilter } from '../contracts/leads.ts';
import { ExitCode, Stop } from './exit.ts';
import { flagName } from './flags.ts';
import { chosen, filterFlags } from './leads-filter.ts';
import { number, say } from './output.ts';
import { duration, runTask, unserved } from './run.ts';
import { withSession } from './session.ts';

const ImportOptions = z.object({
  list: z.string(),
  account: z.string(),
  json: z.boolean().default(false),
  wait: z.boolean(),
  timeout: z.number().optional(),
  rejected: z.string().optional(),
});

/** npm runs scripts in the checkout; the person is somewhere else. */
const pathOf = (file: string): string => resolve(process.env.INIT_CWD ?? process.cwd(), file);

const flagOf = (path: string): string => flagName(path.split('/').at(-1) ?? '');

/** `leads import`: brings a file's rows to the database, then starts the run that takes them in. */
export function importCommand(): Command {
  const command = new Command('import')
    .description('take the leads of a CSV or XLSX file into a list; a repeat changes nothing')
    .argument('<file>', 'a .csv or .xlsx of any length, with a header')
    .requiredOption('--list <name>', 'the list they go into')
    .option('--account <name>', 'whose leads they are', 'default')
    .option('--json', 'print JSON only')
    .option('--rejected <file>', 'write all lines that made no lead there as CSV, with reasons')
    .option('--no-wait', 'load the file, start the run and leave')
    .addOption(duration('--timeout <time>', 'wait no longer than this: 90s, 10m, 2h'))
    .addHelpText(
      'after',
      [
        '\nColumns are known by their names: Business Name, Address, Website, Phone, Rating, Emails,',
        'LinkedIn, Twitter, Facebook, Instagram, YouTube, TikTok, City, First Name, Place ID and so on.',
        'Others become variables. At least Website, Email or Place ID has to be among them.',
        '\nExamples:\n  agentic leads import leads.csv --list plumbers-berlin',
        '  agentic leads import old-sheet.xlsx --list old --account acme --json',
        '  agentic leads import leads.csv --list plumbers-berlin --rejected mend-these.csv',
      ].join('\n'),
    );
  return command.action(async (file: string) => {
    const options = ImportOptions.parse(command.opts());
    const { rejected } = options;
    if (rejected !== undefined && !options.wait) {
      throw new Stop(
        ExitCode.wrongInput,
        '--rejected: is known only at the end, so it cannot go with --no-wait',
      );
    }
    const path = pathOf(file);
    const request = (id: string) => ({
      capability: importLeads.id,
      account: options.account,
      input: { list: options.list, file: id },
    });
    const id = await withSession(async (session) => {
      checkTask(request('0'.repeat(64))); // a wrong name is told before a long file is loaded
      if (!(await session.isServed('leads'))) throw unserved('leads');
      const { loadLeadFile } = await import('../platform/lead-files.ts');
      const loaded = await loadLeadFile(session.database, path);
      say(`Loaded ${number(loaded.lines)} lines of ${loaded.name}`);
      return loaded.id;
    }, flagOf);
    const { runId } = await runTask(
      (requester) => ({
        ...request(id),
        ...(requester ? { requestedBy: { kind: 'cli' as const, name: requester.name } } : {}),
      }),
      options,
      flagOf,
    );
    if (rejected === undefined) return;
    await withSession(async ({ database }) => {
      const { writeRejects } = await import('../platform/lead-rejects.ts');
      const output = pathOf(rejected);
      const count = await writeRejects(database, { run: runId, file: id, path }, output).catch(
        unwritable('--rejected', output),
      );
      say(`Wrote ${number(count)} lines that made no lead to ${output}`);
    });
  });
}

const ExportOptions = z.object({
  layout: LeadLayout,
  format: z.enum(['csv', 'xlsx']).optional(),
  output: z.string().optional(),
  file: z.string().optional(),
  json: z.boolean().default(false),
  wait: z.boolean(),
  timeout: z.number().optional(),
});
type ExportOptions = z.infer<typeof ExportOptions>;

/** `leads export`: leads as a table, to stdout or a file that is there only once it is whole. */
export function exportCommand(): Command {
  const command = new Command('export')
    .description('write leads as CSV or XLSX, to stdout or a file')
    .option('-o, --output <file>', 'a file instead of stdout; its name tells the format')
    .addOption(
      new Option('--format <format>', 'instead of what the name tells').choices(['csv', 'xlsx']),
    )
    .addOption(
      new Option(
        '--layout <layout>',
        'all columns, those of the old sheet, or those Instantly takes',
      )
        .choices(LeadLayout.options)
        .default('full'),
    )
    .option('--file <name>', 'as a run: the worker writes it below exports/ in its state folder')
    .option('--json', 'with --file: print JSON only')
    .option('--no-wait', 'with --file: start the run and leave')
    .addOption(duration('--timeout <time>', 'with --file: wait no longer than this: 90s, 10m, 2h'))
    .option('--account <name>', 'whose leads', 'default')
    .addHelpText(
      'after',
      '\nLeads that are left out for good stay out, unless --is-excluded true asks for them.\n' +
        '\nExamples:\n  agentic leads export --list plumbers-berlin -o plumbers.xlsx\n' +
        '  agentic leads export --list plumbers-berlin --layout instantly > push.csv\n' +
        '  agentic leads export --list plumbers-berlin --file plumbers.csv --no-wait',
    );
  filterFlags().forEach((option) => command.addOption(option));
  return command.action(async () => {
    const options = ExportOptions.parse(command.opts());
    const { account, cursor: _, limit: __, ...filter } = chosen(command.opts());
    if (options.file === undefined) await exportHere(account, filter, options);
    else await exportThere(account, filter, { ...options, file: options.file });
  });
}

/** Streams leads through this command. */
const exportHere = (
  account: string,
  filter: LeadFilter,
  { output, layout, format }: ExportOptions,
): Promise<void> =>
  withSession(async ({ database }) => {
    const { createLeadStore } = await import('../platform/leads.ts');
    const { exportLeads, leadBytes, wishOf } = await import('../platform/lead-export.ts');
    const file = format ? `.${format}` : (output ?? '');
    const wish = wishOf(account, { ...filter, layout, file });
    const store = createLeadStore(database);
    if (output === undefined) {
      await pipeline(leadBytes(store, wish), process.stdout, { end: false });
      return;
    }
    const path = pathOf(output);
    await exportLeads(store, wish, path).catch(unwritable('--output', path));
    say(`Wrote ${path}`);
  });

/** Has a worker write them, as a run. */
async function exportThere(
  account: string,
  filter: LeadFilter,
  { file, layout, output, format, ...options }: ExportOptions & { readonly file: string },
): Promise<void> {
  if (output !== undefined || format !== undefined) {
    throw new Stop(ExitCode.wrongInput, '--file: expected either --file, or --output and --format');
  }
  await runTask(
    (requester) => ({
      ...{ capability: exporting.id, account, input: { ...filter, file, layout } },
      ...(requester ? { requestedBy: { kind: 'cli' as const, name: requester.name } } : {}),
    }),
    options,
    flagOf,
  );
}

/** Tells a file that can't be opened from what goes wrong later. */
const unwritable =
  (flag: string, path: string) =>
  (error: unknown): never => {
    if (!(error instanceof Error && 'syscall' in error && error.syscall === 'open')) throw error;
    throw new Stop(ExitCode.wrongInput, `${flag}: ${path} can't be written: ${error.message}`);
  };
