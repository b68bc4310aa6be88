import { Command } from 'commander';
import type { AgentInfo } from '../contracts/api.ts';
import { createAgentReader } from '../platform/agents.ts';
import { faint, print, printJson, strong, table } from './output.ts';
import { withSession } from './session.ts';

/** `agents`: who can do what, at which logins, and whether somebody serves it. */
export function agentsCommand(): Command {
  const command = new Command('agents')
    .description('show agents, what they can do, their logins and workers')
    .option('--json', 'print JSON only')
    .addHelpText('after', '\nExample:\n  agentic agents');
  return command.action(() =>
    withSession(async (session) => {
      const list = await createAgentReader(session).list();
      if (command.opts().json) printJson(list);
      else print(list.agents.map(describe).join('\n\n'));
    }),
  );
}

function describe(agent: AgentInfo): string {
  const { id, title, description, isServed, workers, backlog, runsToday, failedToday } = agent;
  const running = workers.filter((worker) => worker.state === 'running').length;
  const served = isServed
    ? `served by ${running === 1 ? '1 worker' : `${running} workers`}`
    : 'served by no worker: start one with `npm start` or `agentic worker`';
  return [
    `${strong(title)}  ${description}`,
    `${served}; ${backlog} waiting; today ${runsToday} runs, ${failedToday} failed`,
    '',
    table(
      ['capability', 'command', 'effect', 'what it does'],
      agent.capabilities.map((each) => [
        each.id,
        `agentic ${id} ${each.verb}`,
        each.effect,
        each.description,
      ]),
    ),
    '',
    table(
      ['account', 'login', 'last check'],
      agent.accounts.map((account) => [
        account.name,
        account.isStandIn ? 'stand-in' : 'live',
        `${account.credentials} ${faint(account.message)}`,
      ]),
    ),
  ].join('\n');
}
