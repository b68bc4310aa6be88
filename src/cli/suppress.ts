import { Command } from 'commander';
import { z } from 'zod';
import { ExitCode, Stop } from './exit.ts';
import { moment, number, print, printJson, say, table } from './output.ts';
import { withSession } from './session.ts';
import { readText } from './text-file.ts';

const Options = z.object({ json: z.boolean().optional() });
const WithReason = Options.extend({ reason: z.string() });

/** `suppress …`: who nothing is ever sent to. */
export function suppressCommand(): Command {
  return new Command('suppress')
    .description('who nothing is sent to: add, remove, list, import, export')
    .addHelpText('after', '\nExample:\n  agentic suppress add mara@example.com --reason "asked us"')
    .addCommand(addCommand())
    .addCommand(removeCommand())
    .addCommand(listCommand())
    .addCommand(importCommand())
    .addCommand(exportCommand());
}

function addCommand(): Command {
  const command = changeCommand('add', 'send nothing more to addresses, or to whole domains')
    .argument('<entries...>', 'addresses and domains; a domain stands for all below it')
    .addHelpText(
      'after',
      '\nExample:\n  agentic suppress add mara@example.com acme.test --reason "asked us to stop"',
    );
  return command.action((entries: string[]) =>
    withSession(async (session) => {
      const { createSuppressions } = await import('../platform/suppressions.ts');
      const { reason, json } = WithReason.parse(command.opts());
      const list = createSuppressions(session.database);
      const added = await list.add(entries, { by: session.requester.name, reason });
      const target = entries.join(' ');
      await session.note({ action: 'suppression.add', target, reason, detail: { added } });
      tell({ given: entries.length, added }, json);
    }),
  );
}

function removeCommand(): Command {
  const command = changeCommand('remove', 'allow sending again')
    .argument('<entry>', 'the address or domain, as lists show it')
    .addHelpText(
      'after',
      '\nExample:\n  agentic suppress remove acme.test --reason "a customer now"',
    );
  return command.action((entry: string) =>
    withSession(async (session) => {
      const { createSuppressions } = await import('../platform/suppressions.ts');
      const { reason, json } = WithReason.parse(command.opts());
      const before = await createSuppressions(session.database).remove(entry);
      if (!before) {
        const message = `${entry} is not on the list; \`agentic suppress list\` shows it.`;
        throw new Stop(ExitCode.wrongInput, message);
      }
      await session.note({
        ...{ action: 'suppression.remove', target: entry, reason },
        detail: { before, after: {} },
      });
      if (json) printJson({ removed: entry });
      else print(`${entry} is off the list: it may be sent to again.`);
    }),
  );
}

function listCommand(): Command {
  const command = new Command('list')
    .description('show the list, by name')
    .argument('[text]', 'only entries with this in them')
    .option('--json', 'print JSON only')
    .addHelpText('after', '\nExample:\n  agentic suppress list example.com');
  return command.action((text: string | undefined) =>
    withSession(async ({ database }) => {
      const { createSuppressions } = await import('../platform/suppressions.ts');
      const entries = await createSuppressions(database).list(text);
      if (Options.parse(command.opts()).json) printJson({ suppressions: entries });
      else if (entries.length === 0) say('The list has no such entry.');
      else {
        const rows = entries.map(({ pattern, reason, by, at }) => [
          pattern,
          reason,
          by,
          moment(at),
        ]);
        print(table(['nothing to', 'why', 'by', 'since (UTC)'], rows));
      }
    }),
  );
}

function importCommand(): Command {
  const command = changeCommand('import', 'add all entries of a file, or none if one is wrong')
    .argument('<file>', 'an address or domain at the beginning of each line, or - for stdin')
    .addHelpText(
      'after',
      '\nThe first column of a CSV file counts, such as that of `suppress export`.\n\nExample:\n  agentic suppress import unsubscribed.csv --reason "from the old tool"',
    );
  return command.action((file: string) =>
    withSession(async (session) => {
      const { patternsIn, createSuppressions } = await import('../platform/suppressions.ts');
      const { reason, json } = WithReason.parse(command.opts());
      const [source, text] = await readText(file, '<file>');
      const entries = patternsIn(text);
      const list = createSuppressions(session.database);
      const added = await list.add(entries, { by: session.requester.name, reason });
      const detail = { given: entries.length, added };
      await session.note({ action: 'suppression.import', target: source, reason, detail });
      tell(detail, json);
    }),
  );
}

function exportCommand(): Command {
  const command = new Command('export')
    .description('write the list as CSV to stdout')
    .option('--json', 'print JSON only')
    .addHelpText('after', '\nExample:\n  agentic suppress export > suppressed.csv');
  return command.action(() =>
    withSession(async ({ database }) => {
      const { createSuppressions } = await import('../platform/suppressions.ts');
      const list = createSuppressions(database);
      if (Options.parse(command.opts()).json) printJson({ suppressions: await list.list() });
      else process.stdout.write(await list.export());
    }),
  );
}

const changeCommand = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .requiredOption('--reason <text>', 'why, for those who look later')
    .option('--json', 'print JSON only');

/** What adding came to. */
function tell(result: { readonly given: number; readonly added: number }, json?: boolean): void {
  if (json) printJson(result);
  else
    print(`${number(result.added)} added, ${number(result.given - result.added)} there already.`);
}
