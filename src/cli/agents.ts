import { Command } from 'commander';
import type { AgentInfo } from '../contracts/api.ts';
import type { AgentWorker } from '../contracts/load.ts';
import { faint, number, print, printJson, strong, table } from './output.ts';
import { withSession } from './session.ts';

/** `agents`: who can do what, at which logins, and whether somebody serves it. */
export function agentsCommand(): Command {
  const command = new Command('agents')
    .description('show agents, what they can do, their logins and workers')
    .option('--json', 'print JSON only')
    .addHelpText('after', '\nExample:\n  agentic agents');
  return command.action(() =>
    withSession(async (session) => {
      const { createAgentReader } = await import('../platform/agents.ts');
      const list = await createAgentReader(session).list();
      if (command.opts().json) printJson(list);
      else print(list.agents.map(describe).join('\n\n'));
    }),
  );
}

const workerHeads = [
  ...['worker', 'state', 'under way', 'free slots', 'done', 'failed', 'busy s', 'last hour'],
  ...['share', 'cpu', 'memory MB', 'loop delay ms'],
];

const rowOf = (worker: AgentWorker) => [
  worker.identity,
  worker.agentState,
  worker.load.inFlight,
  worker.freeSlots,
  worker.load.sinceStart.done,
  worker.load.sinceStart.failed,
  Math.round(worker.load.sinceStart.busySeconds),
  `${number(worker.load.lastHour.done)} done, ${number(worker.load.lastHour.failed)} failed`,
  worker.share === null ? null : `${Math.round(worker.share * 100)} %`,
  `${Math.round(worker.cpu * 100)} %`,
  Math.round(worker.memoryMb),
  Math.round(worker.loopDelayMs),
];

function describe(agent: AgentInfo): string {
  const { id, title, description, isServed, workers, backlog, runsToday, failedToday } = agent;
  const running = workers.filter((worker) => worker.state === 'running').length;
  const served = isServed
    ? `served by ${running === 1 ? '1 worker' : `${running} workers`}`
    : 'served by no worker: start one with `npm start` or `agentic worker`';
  return [
    `${strong(title)}  ${description}`,
    `${served}, ${agent.state}; ${backlog} waiting; today ${runsToday} runs, ${failedToday} failed`,
    '',
    ...(workers.length > 0 ? [table(workerHeads, workers.map(rowOf)), ''] : []),
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
