import { Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { agentsResource } from '../../api.ts';
import { useResource } from '../../live.ts';
import { Card } from '../../parts/card.tsx';
import { effectWords } from '../../parts/effect.ts';
import { Icon } from '../../parts/icon.tsx';
import { useTitle } from '../../parts/title.ts';
import { Empty, View } from '../../parts/view.tsx';

/** What can be started, by agent; search by words. */
export const PickerPage = (): ReactNode => {
  useTitle('New run');
  const query = useResource(agentsResource);
  const [text, setText] = useState('');
  const wanted = text.trim().toLowerCase();
  return (
    <>
      <div className="head">
        <h1>New run</h1>
        <span className="t3">What should be done?</span>
      </div>
      <div className="row">
        <label className="find field">
          <Icon name="search" size="m" />
          <span className="hidden">Search capabilities</span>
          <input
            type="search"
            data-page-filter
            placeholder="Search by words"
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <kbd className="hide-m">/</kbd>
        </label>
      </div>
      <View query={query} what="The list of capabilities">
        {({ agents }) => {
          const shown = agents
            .map((agent) => ({
              agent,
              capabilities: agent.capabilities.filter((capability) =>
                `${agent.title} ${capability.title} ${capability.id} ${capability.description}`
                  .toLowerCase()
                  .includes(wanted),
              ),
            }))
            .filter((each) => each.capabilities.length > 0);
          return shown.length === 0 ? (
            <div className="card">
              <Empty>
                <p>No capability matches “{text}”.</p>
                <button type="button" className="btn" onClick={() => setText('')}>
                  Clear the search
                </button>
              </Empty>
            </div>
          ) : (
            shown.map(({ agent, capabilities }) => (
              <Card
                key={agent.id}
                title={agent.title}
                more={
                  <span className="more">
                    {agent.isServed ? agent.description : 'No worker serves this agent now'}
                  </span>
                }
              >
                <ul className="list">
                  {capabilities.map((capability) => (
                    <li key={capability.id}>
                      <span className="grow">
                        <Link
                          to="/new/$capability"
                          params={{ capability: capability.id }}
                          className="strong block quiet-link"
                        >
                          {capability.title}
                        </Link>
                        <span className="s12 t3 block">{capability.description}</span>
                      </span>
                      <code className="t3 hide-m">{capability.id}</code>
                      <span className="tag">{effectWords[capability.effect]}</span>
                      <Link
                        to="/new/$capability"
                        params={{ capability: capability.id }}
                        className="btn xs"
                        aria-label={`Fill in ${capability.title}`}
                      >
                        Fill in
                      </Link>
                    </li>
                  ))}
                </ul>
              </Card>
            ))
          );
        }}
      </View>
    </>
  );
};
