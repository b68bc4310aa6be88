import { Command } from 'commander';
import { version } from '../platform/version.ts';
import { agentsCommand } from './agents.ts';
import { annealCommand } from './anneal.ts';
import { auditCommand } from './audit.ts';
import { databaseCommand } from './database.ts';
import { keysCommand } from './keys.ts';
import { doctorCommand } from './doctor.ts';
import { klapCommands } from './klap.ts';
import { barrierCommand } from './barrier.ts';
import { leaseCommand } from './lease.ts';
import { leadCommands } from './leads.ts';
import { ledgerCommand } from './ledger.ts';
import { logsCommand } from './logs.ts';
import { memoryCommand } from './memory.ts';
import { pipelineCommand } from './pipeline.ts';
import { postCommands } from './posts.ts';
import { agentCommands, runCommand } from './run.ts';
import { runsCommand } from './runs.ts';
import { scheduleCommand } from './schedule.ts';
import { strugglingCommand } from './struggling.ts';
import { suppressCommand } from './suppress.ts';
import { tokensCommand } from './tokens.ts';
import { topicCommand } from './topic.ts';
import { swarmCommand } from './swarm.ts';
import { tourCommand } from './tour.ts';
import { workerCommand } from './worker.ts';

const exitCodes = `
Exit codes:
  0    done
  1    the run failed
  2    wrong usage or input
  3    Temporal, the database or a worker could not be reached
  4    timed out waiting; the run goes on
  130  interrupted; a run that was started goes on

In a checkout, \`agentic\` is \`npm run -s agentic --\`. Examples:
  agentic instantly daily --date 2026-01-05
  agentic schedule list
  agentic runs --state failed`;

/** The command `agentic` with all its verbs. Wrong usage throws a `CommanderError`. */
export function createProgram(): Command {
  const program = new Command('agentic')
    .description('Outreach and content operations as durable runs')
    .version(version, '--version', 'show the version')
    .helpCommand('help [command]', 'show help for a command')
    .addHelpText('after', exitCodes);
  const commands = [
    ...agentCommands({ leads: leadCommands(), klap: klapCommands(), posts: postCommands() }),
    runCommand(),
    pipelineCommand(),
    swarmCommand(),
    scheduleCommand(),
    runsCommand(),
    strugglingCommand(),
    ledgerCommand(),
    suppressCommand(),
    agentsCommand(),
    keysCommand(),
    memoryCommand(),
    annealCommand(),
    topicCommand(),
    leaseCommand(),
    barrierCommand(),
    tokensCommand(),
    auditCommand(),
    logsCommand(),
    databaseCommand(),
    doctorCommand(),
    workerCommand(),
    tourCommand(),
  ];
  for (const command of commands) {
    program.addCommand(command);
  }
  throwing(program);
  return program;
}

/**
 * Commander throws instead of ending the process, in every command. An option after a verb is the
 * verb's own, also where its group has one of that name (`runs --json`, `runs show --json`).
 */
function throwing(command: Command): void {
  command
    .exitOverride()
    .enablePositionalOptions()
    .showHelpAfterError(`Try: ${pathOf(command)} --help`);
  command.commands.forEach(throwing);
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}
