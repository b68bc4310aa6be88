import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { AgentInfo } from '../../../contracts/api.ts';
import type { AgentWorker } from '../../../contracts/load.ts';
import { agentsResource } from '../api.ts';
import { useNow, useResource } from '../live.ts';
import { count, counted, percent } from '../numbers.ts';
import { StandInTag } from '../parts/card.tsx';
import { Copy } from '../parts/copy.tsx';
import { effectWords } from '../parts/effect.ts';
import { Icon } from '../parts/icon.tsx';
import { useTitle } from '../parts/title.ts';
import { Empty, View } from '../parts/view.tsx';
import { dayOf, duration, exact, relative } from '../time.ts';

const command = 'npm run -s agentic -- worker';
const oldBeatMs = 30_000;
const goneBeatMs = 120_000;

/** Who does the work, and whether every agent is served. */
export const AgentsPage = (): ReactNode => {
  useTitle('Agents');
  const query = useResource(agentsResource);
  return (
    <>
      <div className="head">
        <h1>Agents</h1>
        <span className="t3">Who does the work: workers, queues, credentials, capabilities.</span>
      </div>
      <View query={query} what="The list of agents">
        {({ agents }) =>
          agents.length === 0 ? (
            <div className="card">
              <Empty>No agent is declared in this version.</Empty>
            </div>
          ) : (
            agents.map((agent) => <AgentCard key={agent.id} agent={agent} />)
          )
        }
      </View>
    </>
  );
};

const AgentCard = ({ agent }: { agent: AgentInfo }) => {
  const today = `${dayOf(useNow())}T00:00:00Z`;
  return (
    <section className="card" aria-label={`Agent ${agent.title}`}>
      <header className="b">
        <h2>{agent.title}</h2>
        <span className={`badge ${agent.isServed ? 'completed' : 'retrying'}`}>
          <Icon name={agent.isServed ? 'completed' : 'warning'} size="m" />
          {agent.isServed ? 'Served' : 'Not served'}
        </span>
        <span className="t3 s12 cut">{agent.description}</span>
      </header>
      <div className="facts-grid">
        <Fact name="Task queue" value={<code>{agent.queue}</code>} />
        <Fact
          name="Waiting"
          value={
            agent.backlog === 0
              ? 'none'
              : `${counted(agent.backlog, 'task')}, oldest ${duration(agent.backlogAgeMs)}`
          }
        />
        <Fact
          name="Runs today"
          value={
            <Link to="/runs" search={{ agent: agent.id, from: today }} className="link">
              {count(agent.runsToday)}
            </Link>
          }
        />
        <Fact
          name="Failed today"
          value={
            <Link
              to="/runs"
              search={{ agent: agent.id, state: 'failed', from: today }}
              className={agent.failedToday > 0 ? 'failed strong' : 'link'}
            >
              {count(agent.failedToday)}
            </Link>
          }
        />
      </div>
      <Workers agent={agent} />
      <div className="cols halves inside">
        <Accounts agent={agent} />
        <Capabilities agent={agent} />
      </div>
    </section>
  );
};

const Fact = ({ name, value }: { name: string; value: ReactNode }) => (
  <div>
    <h3>{name}</h3>
    <div className="num">{value}</div>
  </div>
);

const Workers = ({ agent }: { agent: AgentInfo }) =>
  agent.workers.length === 0 ? (
    <Empty>
      <p>
        <b>No worker serves {agent.id}.</b> Its runs wait until one is there.
      </p>
      <p className="row w hint">
        Start one: <code>{command}</code>
        <Copy text={command} name="Copy command" isIcon className="btn q xs" />
      </p>
    </Empty>
  ) : (
    <table className="cards">
      <caption className="hidden">Workers of {agent.title}</caption>
      <thead>
        <tr>
          <th scope="col">Worker</th>
          <th scope="col" style={{ width: 110 }}>
            State
          </th>
          <th scope="col" style={{ width: 120 }}>
            Heartbeat
          </th>
          <th scope="col" style={{ width: 200 }}>
            In flight
          </th>
          <th scope="col" className="r" style={{ width: 90 }}>
            Last hour
          </th>
          <th scope="col" className="r" style={{ width: 80 }}>
            Share
          </th>
          <th scope="col" className="r" style={{ width: 110 }}>
            Memory
          </th>
          <th scope="col" className="r" style={{ width: 90 }}>
            CPU
          </th>
          <th scope="col" className="r" style={{ width: 120 }}>
            Version
          </th>
        </tr>
      </thead>
      <tbody>
        {agent.workers.map((worker) => (
          <WorkerRow key={worker.identity} worker={worker} />
        ))}
      </tbody>
    </table>
  );

const stateLooks = {
  idle: { family: 'completed', icon: 'completed', word: 'Idle' },
  working: { family: 'running', icon: 'running', word: 'Working' },
  struggling: { family: 'failed', icon: 'warning', word: 'Struggling' },
  draining: { family: 'retrying', icon: 'pause', word: 'Draining' },
  gone: { family: 'queued', icon: 'terminated', word: 'Gone' },
} as const satisfies Record<AgentWorker['agentState'], unknown>;

const WorkerRow = ({ worker }: { worker: AgentWorker }) => {
  const now = useNow();
  const age = now - Date.parse(worker.seenAt);
  const look = stateLooks[age > goneBeatMs ? 'gone' : worker.agentState];
  const { sinceStart, lastHour } = worker.load;
  const share = worker.slots > 0 ? worker.inFlight / worker.slots : 0;
  return (
    <tr className="two-lines">
      <th scope="row">
        <span className="cut block strong">{worker.host}</span>
        <span className="mono t3 cut block s11" title={worker.identity}>
          {worker.identity}
        </span>
      </th>
      <td>
        <span className={`badge ${look.family}`}>
          <Icon name={look.icon} size="m" />
          {look.word}
        </span>
      </td>
      <td
        className={age > oldBeatMs ? 'retrying strong s12' : 't2 s12'}
        title={`Seen ${exact(worker.seenAt)}, started ${exact(worker.startedAt)}`}
      >
        {relative(worker.seenAt, now)}
      </td>
      <td className="full">
        <span className="row">
          <span
            className="meter grow"
            role="img"
            aria-label={`${worker.inFlight} of ${worker.slots} slots in use`}
          >
            <i className="f-running" style={{ width: percent(share) }} />
          </span>
          <span className="s12 t2 num nowrap">
            {worker.inFlight} of {worker.slots}
          </span>
        </span>
      </td>
      <td
        className="r t2 s12 num"
        title={`Since its start ${count(sinceStart.done)} done, ${count(sinceStart.failed)} failed, busy ${duration(sinceStart.busySeconds * 1000)}`}
      >
        {count(lastHour.done)}
        {lastHour.failed > 0 && (
          <span className="failed block s11">{count(lastHour.failed)} failed</span>
        )}
      </td>
      <td className="r t2 s12 num" title="Share of the agent’s tasks in the last ten minutes">
        {worker.share === null ? '–' : percent(worker.share)}
      </td>
      <td className="r t2 s12 hide-m">{count(Math.round(worker.memoryMb))} MB</td>
      <td
        className="r t2 s12 hide-m"
        title={`Share of one core over the last beat; its event loop is at most ${count(worker.loopDelayMs)} ms late`}
      >
        {percent(worker.cpu)}
      </td>
      <td className="r t2 s12 hide-m mono">{worker.version}</td>
    </tr>
  );
};

const credentialLooks = {
  working: { family: 'completed', icon: 'completed', word: 'Working' },
  refused: { family: 'failed', icon: 'failed', word: 'Refused' },
  unknown: { family: 'queued', icon: 'queued', word: 'Not checked' },
} as const;

const Accounts = ({ agent }: { agent: AgentInfo }) => (
  <section aria-label={`Accounts of ${agent.title}`}>
    <h3 className="list-head">Accounts and credentials</h3>
    <ul className="list">
      {agent.accounts.map((account) => {
        const look = credentialLooks[account.credentials];
        return (
          <li key={account.name}>
            <span className="grow">
              <span className="row strong">
                {account.name} {account.isStandIn && <StandInTag />}
              </span>
              <span className="s12 t3 block wrap">{account.message}</span>
            </span>
            <span className={`badge ${look.family}`}>
              <Icon name={look.icon} size="m" />
              {look.word}
            </span>
          </li>
        );
      })}
    </ul>
  </section>
);

const Capabilities = ({ agent }: { agent: AgentInfo }) => (
  <section aria-label={`Capabilities of ${agent.title}`}>
    <h3 className="list-head">Capabilities</h3>
    <ul className="list">
      {agent.capabilities.map((capability) => (
        <li key={capability.id}>
          <span className="grow">
            <span className="strong cut block">{capability.title}</span>
            <span className="mono t3 cut block s11">{capability.id}</span>
          </span>
          <span className="tag">{effectWords[capability.effect]}</span>
          <Link
            to="/new/$capability"
            params={{ capability: capability.id }}
            className="btn xs"
            aria-label={`New run of ${capability.title}`}
          >
            New run
          </Link>
        </li>
      ))}
    </ul>
  </section>
);
