import { Command, Option } from 'commander';
import { z } from 'zod';
import { AccountName } from '../contracts/capability.ts';
import type { LeadDetail, LeadPage } from '../contracts/leads.ts';
import { ExitCode, Stop } from './exit.ts';
import { exportCommand, importCommand } from './leads-files.ts';
import { chosen, filterFlags } from './leads-filter.ts';
import { faint, moment, number, print, printJson, say, strong, table } from './output.ts';
import { withSession, type Session } from './session.ts';

/** The verbs of `leads` that work on the table itself, or on files of this machine. */
export const leadCommands = (): readonly Command[] => [
  importCommand(),
  exportCommand(),
  listCommand(),
  listsCommand(),
  showCommand(),
  leaveOutCommand(),
  takeInCommand(),
];

const account = () => new Option('--account <name>', 'whose leads').default('default');

const storeOf = async ({ database }: Session) => {
  const { createLeadStore } = await import('../platform/leads.ts');
  return createLeadStore(database);
};

function listCommand(): Command {
  const command = new Command('list')
    .description('leads page by page, with what became of them in campaigns')
    .addOption(account())
    .option('--limit <number>', 'leads a page, at most 1,000 (default: 50)')
    .option('--cursor <text>', 'the next page, as this one names it')
    .option('--json', 'print JSON only')
    .addHelpText(
      'after',
      '\nExamples:\n  agentic leads list --list plumbers-berlin --has-email true\n  agentic leads list --q "acme berlin" --json',
    );
  filterFlags().forEach((option) => command.addOption(option));
  return command.action(() =>
    withSession(async (session) => {
      const query = chosen(command.opts());
      const page = await (await storeOf(session)).page(query);
      if (command.opts().json === true) printJson(page);
      else describePage(page);
    }),
  );
}

function describePage({ leads, next, total, isTotalExact }: LeadPage): void {
  if (leads.length === 0) {
    say('No lead matches. `agentic leads import <file> --list <name>` brings some in.');
    return;
  }
  const heads = ['id', 'name', 'town', 'site', 'e-mail', 'phone', 'campaigns'];
  const rows = leads.map((lead) => [
    String(lead.id),
    lead.businessName ?? [lead.firstName, lead.lastName].filter(Boolean).join(' '),
    lead.city,
    lead.site,
    lead.excluded ? `left out: ${lead.excluded.why}` : (lead.emails[0] ?? null),
    lead.phones[0] ?? null,
    lead.pushes.map(({ state }) => state).join(', ') || null,
  ]);
  print(table(heads, rows));
  const all = isTotalExact ? number(total) : `more than ${number(total)}`;
  const more = next === null ? '' : `; the next page: --cursor ${next}`;
  print(faint(`\n${number(leads.length)} of ${all}${more}`));
}

function listsCommand(): Command {
  const command = new Command('lists')
    .description('the lists of an account, and how many leads of which kind it has')
    .addOption(account())
    .option('--json', 'print JSON only')
    .addHelpText('after', '\nExample:\n  agentic leads lists');
  return command.action(() =>
    withSession(async (session) => {
      const name = nameOf(command);
      const store = await storeOf(session);
      const [lists, counts] = [await store.lists(name), await store.counts(name)];
      if (command.opts().json === true) {
        printJson({ lists, counts });
        return;
      }
      if (lists.length === 0) say('There is no list yet.');
      else {
        const rows = lists.map(({ list, leads, latest }) => [list, leads, moment(latest)]);
        print(table(['list', 'leads', 'grew'], rows));
      }
      const { leads, withEmail, withPhone, excluded, standIn } = counts;
      print(
        faint(
          `\n${number(leads)} leads: ${number(withEmail)} with e-mail, ${number(withPhone)} with phone, ${number(excluded)} left out, ${number(standIn)} made up`,
        ),
      );
    }),
  );
}

function nameOf(command: Command): string {
  const name = AccountName.safeParse(command.opts().account);
  if (name.success) return name.data;
  throw new Stop(ExitCode.wrongInput, `--account: ${name.error.issues[0]?.message ?? ''}`);
}

const Id = z.coerce.number().int().positive();

function idsOf(texts: readonly string[]): readonly number[] {
  return texts.map((text) => {
    const id = Id.safeParse(text);
    if (id.success) return id.data;
    const message = `<id>: expected a number as \`agentic leads list\` shows it, got “${text}”`;
    throw new Stop(ExitCode.wrongInput, message);
  });
}

function showCommand(): Command {
  const command = new Command('show')
    .description('one lead, its lists and campaigns, and who said what')
    .argument('<id>', 'the lead, as lists show it')
    .addOption(account())
    .option('--json', 'print JSON only')
    .addHelpText('after', '\nExample:\n  agentic leads show 412');
  return command.action((text: string) =>
    withSession(async (session) => {
      const [id = 0] = idsOf([text]);
      const lead = await (await storeOf(session)).get(nameOf(command), id);
      if (!lead) {
        const message = `The account ${nameOf(command)} has no lead ${id}; \`agentic leads list\` shows them.`;
        throw new Stop(ExitCode.wrongInput, message);
      }
      if (command.opts().json === true) printJson(lead);
      else describeLead(lead);
    }),
  );
}

function describeLead({ sources, pushes, lists, excluded, ...lead }: LeadDetail): void {
  const { custom, ...fields } = lead;
  const own = Object.entries(custom).map(([name, value]) => [`custom.${name}`, value] as const);
  const rows = [...Object.entries(fields), ...own].flatMap(([name, value]) => {
    const text = Array.isArray(value) ? value.join(', ') : value;
    if (text === null || text === '') return [];
    const last = sources[name]?.at(-1);
    const from = last ? `${last.kind} ${last.ref}${last.isStandIn ? ' (made up)' : ''}` : null;
    return [[name, String(text), from]];
  });
  print(table(['field', 'value', 'from'], rows));
  print(`\n${strong('lists')}  ${lists.join(', ') || 'none'}`);
  if (excluded) print(`${strong('left out')}  ${excluded.why} (${excluded.by})`);
  if (pushes.length > 0) {
    const pushed = pushes.map((each) => [each.campaignId, each.email, each.state, each.reason]);
    print(`\n${table(['campaign', 'address', 'state', 'why'], pushed)}`);
  }
}

function leaveOutCommand(): Command {
  const command = new Command('leave-out')
    .description('leave leads out of everything for good')
    .argument('<ids...>', 'the leads, as lists show them')
    .requiredOption('--reason <text>', 'why, for those who look later')
    .addOption(account())
    .addHelpText(
      'after',
      '\nExample:\n  agentic leads leave-out 412 413 --reason "our own branches"',
    );
  return command.action((texts: readonly string[]) =>
    withSession(async (session) => {
      const { reason } = z.object({ reason: z.string() }).parse(command.opts());
      const ids = idsOf(texts);
      const store = await storeOf(session);
      const word = { why: reason, by: session.by };
      const count = await store.exclude(nameOf(command), ids, word);
      await session.note({
        action: 'leads.leave-out',
        target: nameOf(command),
        reason,
        detail: { ids: [...ids], count },
      });
      print(
        `${number(count)} of ${number(ids.length)} are left out now; the others were, or are not there.`,
      );
    }),
  );
}

function takeInCommand(): Command {
  const command = new Command('take-in')
    .description('take in again leads that were left out')
    .argument('<ids...>', 'the leads, as lists show them')
    .requiredOption('--reason <text>', 'why, for those who look later')
    .addOption(account())
    .addHelpText('after', '\nExample:\n  agentic leads take-in 412 --reason "left out by mistake"');
  return command.action((texts: readonly string[]) =>
    withSession(async (session) => {
      const { reason } = z.object({ reason: z.string() }).parse(command.opts());
      const ids = idsOf(texts);
      const count = await (await storeOf(session)).include(nameOf(command), ids);
      await session.note({
        action: 'leads.take-in',
        target: nameOf(command),
        reason,
        detail: { ids: [...ids], count },
      });
      print(`${number(count)} of ${number(ids.length)} were taken in again.`);
    }),
  );
}
