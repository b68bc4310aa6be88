import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Command, Option } from 'commander';
import { z } from 'zod';
import { importLeads } from '../contracts/leads-work.ts';
import { checkTask } from '../contracts/check.ts';
import { ExitCode, Stop } from './exit.ts';
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
});

/** npm runs scripts in the checkout; the person is somewhere else. */
const pathOf = (file: string): string => resolve(process.env.INIT_CWD ?? process.cwd(), file);

/** `leads import`: brings a file's rows to the database, then starts the run that takes them in. */
export function importCommand(): Command {
  const command = new Command('import')
    .description('take the leads of a CSV or XLSX file into a list; a repeat changes nothing')
    .argument('<file>', 'a .csv or .xlsx of any length, with a header')
    .requiredOption('--list <name>', 'the list they go into')
    .option('--account <name>', 'whose leads they are', 'default')
    .option('--json', 'print JSON only')
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
      ].join('\n'),
    );
  return command.action(async (file: string) => {
    const options = ImportOptions.parse(command.opts());
    const request = (id: string) => ({
      capability: importLeads.id,
      account: options.account,
      input: { list: options.list, file: id },
    });
    const flagOf = (path: string): string => `--${path.split('/').at(-1) ?? ''}`;
    const id = await withSession(async (session) => {
      checkTask(request('0'.repeat(64))); // a wrong name is told before a long file is loaded
      if (!(await session.isServed('leads'))) throw unserved('leads');
      const { loadLeadFile } = await import('../platform/lead-files.ts');
      const loaded = await loadLeadFile(session.database, pathOf(file));
      say(`Loaded ${number(loaded.lines)} lines of ${loaded.name}`);
      return loaded.id;
    }, flagOf);
    await runTask(
      (requester) => ({
        ...request(id),
        ...(requester ? { requestedBy: { kind: 'cli' as const, name: requester.name } } : {}),
      }),
      options,
      flagOf,
    );
  });
}

const ExportOptions = z.object({
  layout: z.enum(['full', 'sheet', 'instantly']),
  format: z.enum(['csv', 'xlsx']).optional(),
  output: z.string().optional(),
});

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
        .choices(['full', 'sheet', 'instantly'])
        .default('full'),
    )
    .option('--account <name>', 'whose leads', 'default')
    .addHelpText(
      'after',
      '\nLeads that are left out for good stay out, unless --is-excluded true asks for them.\n' +
        '\nExamples:\n  agentic leads export --list plumbers-berlin -o plumbers.xlsx\n' +
        '  agentic leads export --list plumbers-berlin --layout instantly > push.csv',
    );
  filterFlags().forEach((option) => command.addOption(option));
  return command.action(() =>
    withSession(async ({ database }) => {
      const { createLeadStore } = await import('../platform/leads.ts');
      const { exportLeads, leadBytes } = await import('../platform/lead-export.ts');
      const { output, layout, format } = ExportOptions.parse(command.opts());
      const { account, cursor: _, limit: __, ...given } = chosen(command.opts());
      const wish = {
        account,
        layout,
        filter: {
          isExcluded: false,
          ...(layout === 'instantly' ? { hasEmail: true } : {}),
          ...given,
        },
        format: format ?? (/\.xlsx$/i.test(output ?? '') ? 'xlsx' : 'csv'),
      } as const;
      const store = createLeadStore(database);
      if (output === undefined) {
        await pipeline(leadBytes(store, wish), process.stdout, { end: false });
        return;
      }
      const path = pathOf(output);
      await exportLeads(store, wish, path).catch((error: unknown) => {
        if (!(error instanceof Error && 'syscall' in error && error.syscall === 'open'))
          throw error;
        throw new Stop(ExitCode.wrongInput, `--output: ${path} can't be written: ${error.message}`);
      });
      say(`Wrote ${path}`);
    }),
  );
}
