import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { LeaseInfo } from '../../../../contracts/coordination.ts';
import { leasesResource, releaseLease } from '../../api-coordination.ts';
import { useNow, useResource } from '../../live.ts';
import { count } from '../../numbers.ts';
import { Ago } from '../../parts/ago.tsx';
import { Card } from '../../parts/card.tsx';
import { Copy } from '../../parts/copy.tsx';
import { ReasonDialog, type Act } from '../../parts/reason-dialog.tsx';
import { say } from '../../parts/toast.tsx';
import { Empty, View } from '../../parts/view.tsx';
import { exact, relative } from '../../time.ts';
import { ActButton } from '../../parts/act-button.tsx';

const command = 'npm run -s agentic -- lease list';

/** Who holds what, until when, and who waits in which order. */
export const Leases = () => {
  const [act, setAct] = useState<Act>();
  const client = useQueryClient();
  const release = (name: string, holder: string, isHeld: boolean): Act => ({
    title: isHeld ? `Take ${name} away?` : `Take ${holder} out of the line?`,
    consequence: isHeld ? (
      <>
        <code className="wrap">{holder}</code> loses it at once and the next in line gets it. A run
        that holds it is stopped when it renews; until then two may be at work.
      </>
    ) : (
      <>
        <code className="wrap">{holder}</code> loses its place. It may ask again.
      </>
    ),
    verb: isHeld ? 'Take it away' : 'Take it out',
    isDangerous: true,
    isReasonNeeded: true,
    async run(reason) {
      await releaseLease(name, holder, reason);
      say(isHeld ? `${name} is free for the next in line.` : `${holder} no longer waits.`);
      void client.invalidateQueries();
    },
  });
  return (
    <View query={useResource(leasesResource)} what="The list of leases" rows={3}>
      {({ leases }) => (
        <Card title="Leases and semaphores" tag={leases.length} line>
          {leases.length === 0 ? (
            <Empty>
              <p>
                <b>Nobody holds a lease or waits for one.</b> Runs take one to be alone with a
                sheet, a mailbox or an import, and wait in line for it.
              </p>
              <p className="row w hint">
                On the command line: <code>{command}</code>
                <Copy text={command} name="Copy command" isIcon className="btn q xs" />
              </p>
            </Empty>
          ) : (
            leases.map((lease) => (
              <Lease
                key={lease.name}
                lease={lease}
                ask={(holder, isHeld) => setAct(release(lease.name, holder, isHeld))}
              />
            ))
          )}
          <ReasonDialog act={act} onClose={() => setAct(undefined)} />
        </Card>
      )}
    </View>
  );
};

const Lease = ({
  lease: { name, places, holders, waiting },
  ask,
}: {
  lease: LeaseInfo;
  ask: (holder: string, isHeld: boolean) => void;
}) => {
  const now = useNow();
  return (
    <div className="lease">
      <p className="row w">
        <span className="mono strong">{name}</span>
        <span className="tag">{places === 1 ? 'lease' : `semaphore of ${count(places)}`}</span>
        <span className="s12 t3 num">
          {count(holders.length)} of {count(places)} held, {count(waiting.length)} in line
        </span>
      </p>
      <ul className="list">
        {holders.map(({ holder, token, since, until }) => (
          <li key={holder}>
            <span className="badge running">Holds it</span>
            <span className="grow">
              <span className="mono s12 cut block" title={holder}>
                {holder}
              </span>
              <span className="s11 t3 block num">
                since <Ago at={since} />, counts as dead{' '}
                <time dateTime={until} title={exact(until)}>
                  {relative(until, now)}
                </time>{' '}
                unless renewed · token {token}
              </span>
            </span>
            <ActButton className="btn xs d" onClick={() => ask(holder, true)}>
              Take away…
            </ActButton>
          </li>
        ))}
        {waiting.map(({ holder, since }, index) => (
          <li key={holder}>
            <span className="badge queued num">{index + 1}. in line</span>
            <span className="grow">
              <span className="mono s12 cut block" title={holder}>
                {holder}
              </span>
              <span className="s11 t3 block">
                since <Ago at={since} />
              </span>
            </span>
            <ActButton
              className="btn xs"
              aria-label={`Take ${holder} out of the line`}
              onClick={() => ask(holder, false)}
            >
              Take out…
            </ActButton>
          </li>
        ))}
      </ul>
    </div>
  );
};

/** Who has come to which barrier; nothing when nobody came to one within a day. */
export const Barriers = () => {
  const { data } = useResource(leasesResource);
  if (!data || data.barriers.length === 0) return null;
  return (
    <Card title="Barriers of the last day" tag={data.barriers.length}>
      <ul className="list">
        {data.barriers.map(({ name, parties, members, openedAt }) => (
          <li key={name}>
            {openedAt === null ? (
              <span className="badge waiting num">
                {count(members.length)} of {count(parties)} there
              </span>
            ) : (
              <span className="badge completed">Open</span>
            )}
            <span className="grow">
              <span className="mono s12 strong cut block">{name}</span>
              <span className="s11 t3 cut block" title={members.join(', ')}>
                {openedAt === null ? (
                  members.join(', ') || 'nobody is there now'
                ) : (
                  <>
                    opened for {count(parties)}, <Ago at={openedAt} />
                  </>
                )}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
};
