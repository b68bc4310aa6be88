/** Process: asks each vendor whether the logins and endpoints work, says what it found, and ends. */
import type { AgentBundle } from '../activities/agent.ts';
import type { Finding } from '../contracts/doctor.ts';
import { readConfig, type Account } from '../platform/config.ts';
import { openDatabase } from '../platform/database.ts';
import { within } from '../platform/within.ts';
import { createAgents } from './host.ts';

/** Longer than one call; two of them end before the one who asks gives up. */
const answersWithinMs = 5_500;

const say = (finding: Finding): Promise<unknown> =>
  new Promise((sent) => process.send?.({ finding }, sent));

const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** Asks about a login, and then about the endpoints it opens. */
async function lookAt({ agent, checkLogin, endpoints }: AgentBundle, account: Account) {
  const name = `${agent.id}/${account.name}`;
  const where = URL.canParse(account.baseUrl) ? new URL(account.baseUrl).host : agent.vendor;
  const login = await within(answersWithinMs, checkLogin(account)).catch((error: unknown) => ({
    state: 'unknown' as const,
    message: `${where}: ${reasonOf(error)}`,
  }));
  const works = login.state === 'working';
  const how = `look whether ${where} can be reached from here and is what the settings mean, and ask again`;
  await say({
    state: works ? 'ok' : 'wrong',
    about: `login ${name}`,
    message: `${login.message}${login.state === 'unknown' ? `: ${how}` : ''}${account.isStandIn ? ' (stand-in)' : ''}`,
  });
  const questions = works ? (endpoints?.(account) ?? []) : [];
  if (questions.length === 0) return;
  const wrong = await Promise.all(
    questions.map(({ name: endpoint, ask }) =>
      within(answersWithinMs, ask()).then(
        () => [],
        (error: unknown) => [`${endpoint}: ${reasonOf(error)}`],
      ),
    ),
  );
  const asked = questions.map((each) => each.name).join(', ');
  await say({
    about: `endpoints ${name}`,
    ...(wrong.flat().length === 0
      ? { state: 'ok', message: `They answer as expected: ${asked}` }
      : { state: 'wrong', message: wrong.flat().join('; ') }),
  });
}

process.once('disconnect', () => process.exit());
const config = readConfig();
const agents = createAgents(config, openDatabase(config.DATABASE_URL, 2));
await Promise.all(
  agents.flatMap((agent) => agent.accounts.map((account) => lookAt(agent, account))),
);
process.exit();
