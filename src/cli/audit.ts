import { pipeline } from 'node:stream/promises';
import { Command, Option } from 'commander';
import { AuditQuery, type AuditRow } from '../contracts/audit.ts';
import { faint, moment, number, print, printJson, say, table } from './output.ts';
import { queryFrom, spanOf } from './query-options.ts';
import { withSession } from './session.ts';

/** `audit`: who did what, to what, why, and from where. Reads only. */
export function auditCommand(): Command {
  const command = new Command('audit')
    .description('who did what, to what, why, and from where, newest first')
    .option('--by <who>', 'only of this person or token, whole: cli:mara@host, token:nightly')
    .option('--action <name>', 'only this, or all that begins so: run.cancel, run')
    .option('--target <text>', 'only what was done to something with this in its name')
    .option('--since <time>', 'only from then on: 90s, 10m, 2h or 7d ago, a day or a time (UTC)')
    .option('--until <time>', 'only before then, said in the same way')
    .option('--limit <number>', 'how many, at most 500 (default: 50)')
    .option('--cursor <number>', 'go on where the last list ended')
    .addOption(
      new Option('--format <format>', 'all that match as a file').choices(['csv', 'jsonl']),
    )
    .option('--json', 'print JSON only')
    .addHelpText(
      'after',
      '\nExamples:\n  agentic audit --action run --since 7d\n  agentic audit --by cli:mara@host --format csv > audit.csv',
    );
  return command.action(() =>
    withSession(async ({ database }) => {
      const { createAuditReader } = await import('../platform/audit-reader.ts');
      const { since, until, format, json, ...options } = command.opts();
      const query = queryFrom(AuditQuery, { ...options, ...spanOf({ since, until }) });
      const audit = createAuditReader(database);
      if (format !== undefined) {
        const { cursor: _, limit: __, ...filter } = query;
        await pipeline(audit.export(filter, format === 'csv' ? 'csv' : 'jsonl'), process.stdout, {
          end: false,
        });
        return;
      }
      const page = await audit.page(query);
      if (json) {
        printJson(page);
        return;
      }
      if (page.rows.length === 0) say('Nothing in the audit matches.');
      else print(table(heads, page.rows.map(rowOf)));
      const total = `${page.isTotalExact ? '' : 'more than '}${number(page.total)}`;
      if (page.next !== null)
        say(faint(`\n${page.rows.length} of ${total}. For more: --cursor ${page.next}`));
    }),
  );
}

const heads = ['at (UTC)', 'by', 'from', 'action', 'target', 'why'];

const rowOf = ({ at, by, from, action, target, reason }: AuditRow) => [
  ...[moment(at), by, from, action, target],
  faint(reason),
];
