import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { Status } from '../../../contracts/api.ts';
import { statusResource } from '../api.ts';
import { useNow, useResource } from '../live.ts';
import { Copy } from '../parts/copy.tsx';
import { Icon } from '../parts/icon.tsx';
import { exact, when } from '../time.ts';

const workerCommand = 'npm run -s agentic -- worker';

const Down = ({ what, part }: { what: string; part: Status['temporal'] | Status['database'] }) => {
  const now = useNow();
  return (
    <div className="banner failed" role="alert">
      <Icon name="warning" />
      <p>
        <b>
          {what} cannot be reached since{' '}
          <time dateTime={part.since} title={exact(part.since)}>
            {when(part.since, now)}
          </time>
          .
        </b>{' '}
        {part.message && `${part.message.replace(/\.$/, '')}. `}This page comes back by itself.
      </p>
    </div>
  );
};

/** Says on every page what keeps it from being right, and brings the page back when it is over. */
export const Banners = () => {
  const query = useResource(statusResource);
  const client = useQueryClient();
  const status = query.data;
  const isUp = status ? status.temporal.isUp && status.database.isUp : undefined;
  const wasUp = useRef(isUp);
  useEffect(() => {
    if (wasUp.current === false && isUp === true) void client.refetchQueries({ type: 'active' });
    wasUp.current = isUp;
  }, [isUp, client]);

  if (!status) {
    return query.error ? (
      <div className="banner failed" role="alert">
        <Icon name="warning" />
        <p>
          <b>The dashboard’s state could not be read.</b> {query.error.message}. This page comes
          back by itself.
        </p>
      </div>
    ) : null;
  }
  return (
    <>
      {!status.temporal.isUp && <Down what="Temporal" part={status.temporal} />}
      {!status.database.isUp && <Down what="The database" part={status.database} />}
      {status.temporal.isUp && status.unservedAgents.length > 0 && (
        <div className="banner retrying" role="alert">
          <Icon name="warning" />
          <p>
            <b>No worker serves {status.unservedAgents.join(', ')}.</b> Runs wait in the queue and
            go on once one is there. Start one: <code>{workerCommand}</code>
          </p>
          <Copy text={workerCommand} name="Copy command" />
        </div>
      )}
    </>
  );
};
