import type { AgentInfo, CapabilityInfo } from '../../../../contracts/api.ts';
import type { Effect } from '../../../../contracts/capability.ts';
import { words } from '../../numbers.ts';
import { StandInTag } from '../../parts/card.tsx';
import { Icon } from '../../parts/icon.tsx';

const meaning: Readonly<Record<Effect, string>> = {
  read: 'Reads only. A repeat does no harm.',
  upsert: 'Stores rows. A repeat of the same work overwrites the same rows and adds none.',
  send: 'Sends something to people outside.',
  spend: 'Spends money at the vendor.',
  destroy: 'Removes something for good.',
  notify: 'Sends a notice; it may arrive more than once.',
};

/** What will happen when the form is sent, beside it. */
export const WhatItDoes = ({
  agent,
  capability,
  account,
}: {
  agent: AgentInfo;
  capability: CapabilityInfo;
  account: string;
}) => {
  const login = agent.accounts.find((each) => each.name === account);
  const tunables = Object.entries(capability.tunables);
  return (
    <aside className="card" aria-label="What it will do">
      <header className="b">
        <h2>What it will do</h2>
        {login?.isStandIn && <StandInTag />}
      </header>
      <div className="pad stackv">
        <p className="t2">
          {meaning[capability.effect]} The same work has the same id: if it is already under way,
          this start joins it.
        </p>
        {login?.isStandIn && (
          <p className="t2">
            A stand-in answers for {words(login.vendor)}: the numbers are made up.
          </p>
        )}
        {login?.credentials === 'refused' && (
          <p className="failed row">
            <Icon name="warning" /> The vendor refused this account’s key: {login.message}
          </p>
        )}
        <div>
          <h3 className="gap-below">Methods, in this order</h3>
          <ol className="stackv methods">
            {capability.methods.map((method) => (
              <li key={method.id}>
                <span className="mono">{method.id}</span>
                <span className="s12 t3 block">{method.description}</span>
              </li>
            ))}
          </ol>
        </div>
        {tunables.length > 0 && (
          <div>
            <h3 className="gap-below">Tunables</h3>
            <dl className="kv">
              {tunables.map(([name, tunable]) => (
                <div key={name} className="pair" title={tunable.description}>
                  <dt>{words(name)}</dt>
                  <dd>
                    {tunable.default} {tunable.unit}{' '}
                    <span className="t3">
                      ({tunable.min} to {tunable.max})
                    </span>
                  </dd>
                </div>
              ))}
            </dl>
          </div>
        )}
        <dl className="kv">
          <dt>Capability</dt>
          <dd className="mono">{capability.id}</dd>
          <dt>Task queue</dt>
          <dd className="mono">{agent.queue}</dd>
          <dt>Credentials</dt>
          <dd>{login?.credentials ?? 'unknown'}</dd>
        </dl>
      </div>
    </aside>
  );
};
