import { Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { NewToken, Role, TokenRemoval, type ApiToken } from '../contracts/sign-in.ts';
import { flagName } from './flags.ts';
import { ExitCode, Stop } from './exit.ts';
import { moment, print, printJson, say, table } from './output.ts';
import { withSession } from './session.ts';

const Options = z.object({ json: z.boolean().optional() });

/** `tokens …`: programs that may call the dashboard's HTTP API. */
export function tokensCommand(): Command {
  return new Command('tokens')
    .description('tokens of programs that call the HTTP API: create, list, revoke')
    .addHelpText(
      'after',
      '\nExample:\n  agentic tokens create nightly --role operator --reason "nightly import"',
    )
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(revokeCommand());
}

function createCommand(): Command {
  const command = changeCommand('create', 'make a token; its secret is shown this once')
    .argument('<name>', 'what uses it, as runs and the audit log name it')
    .requiredOption('--role <role>', `what it may: ${Role.options.join(', ')}`)
    .option('--days <number>', 'days until it ends, at most 365', wholeNumber, 90)
    .addHelpText(
      'after',
      '\nThe secret is all that stdout gets, so that it can go straight into a file.\n\nExample:\n  agentic tokens create nightly --role operator --days 30 --reason "nightly import" > token',
    );
  return command.action((name: string) =>
    withSession(async (session) => {
      const { createApiTokens } = await import('../platform/api-tokens.ts');
      const { json, ...options } = command.opts<{ json?: true }>();
      const { reason, ...wish } = checked(NewToken, { name, ...options });
      const token = await named(createApiTokens(session.database).create(wish, session.by));
      const { role, expiresAt } = token;
      const detail = { role, expiresAt };
      await session.note({ action: 'token.create', target: token.name, reason, detail });
      if (json) printJson(token);
      else {
        say(
          `${token.name} may do what the role ${role} may, until ${moment(expiresAt)} UTC. This is shown once:`,
        );
        print(token.secret);
      }
    }),
  );
}

function listCommand(): Command {
  const command = new Command('list')
    .description('show all tokens, newest first; never their secrets')
    .option('--json', 'print JSON only')
    .addHelpText('after', '\nExample:\n  agentic tokens list');
  return command.action(() =>
    withSession(async ({ database }) => {
      const { createApiTokens } = await import('../platform/api-tokens.ts');
      const tokens = await createApiTokens(database).list();
      if (Options.parse(command.opts()).json) printJson({ tokens });
      else if (tokens.length === 0)
        say('No token was made yet: `agentic tokens create` makes one.');
      else print(table(heads, tokens.map(rowOf)));
    }),
  );
}

function revokeCommand(): Command {
  const command = changeCommand('revoke', 'end a token at once')
    .argument('<name>', 'as `agentic tokens list` shows it')
    .addHelpText('after', '\nExample:\n  agentic tokens revoke nightly --reason "not needed"');
  return command.action((name: string) =>
    withSession(async (session) => {
      const { createApiTokens } = await import('../platform/api-tokens.ts');
      const { json, ...options } = command.opts<{ json?: true }>();
      const { reason } = checked(TokenRemoval, options);
      const token = await createApiTokens(session.database).revoke(name);
      if (!token) {
        const message = `No token in use is called ${name}; \`agentic tokens list\` shows them.`;
        throw new Stop(ExitCode.wrongInput, message);
      }
      await session.note({ action: 'token.revoke', target: name, reason });
      if (json) printJson(token);
      else print(`${name} is revoked: programs that use it are refused from now on.`);
    }),
  );
}

const heads = ['name', 'role', 'made by', 'made (UTC)', 'last used', 'ends', 'state'];

const rowOf = (token: ApiToken) => [
  ...[token.name, token.role, token.createdBy, moment(token.createdAt)],
  token.lastUsedAt && moment(token.lastUsedAt),
  moment(token.expiresAt),
  stateOf(token),
];

function stateOf({ revokedAt, expiresAt }: ApiToken): string {
  if (revokedAt !== null) return `revoked ${moment(revokedAt)}`;
  return Date.parse(expiresAt) < Date.now() ? 'expired' : 'in use';
}

const changeCommand = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .requiredOption('--reason <text>', 'why, for those who look later')
    .option('--json', 'print JSON only');

function wholeNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number');
}

function checked<T extends z.ZodType>(schema: T, options: unknown): z.output<T> {
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  const wrong = result.error.issues.map(({ path, message }) => {
    const field = path.map(String).join('.');
    return `${field === 'name' ? '<name>' : flagName(field)}: ${message}`;
  });
  throw new Stop(ExitCode.wrongInput, wrong.join('\n'));
}

/** A name that is taken is the caller's to change. */
async function named<T>(work: Promise<T>): Promise<T> {
  const { NameTaken } = await import('../platform/api-tokens.ts');
  return work.catch((error: unknown) => {
    if (error instanceof NameTaken) throw new Stop(ExitCode.wrongInput, error.message);
    throw error;
  });
}
