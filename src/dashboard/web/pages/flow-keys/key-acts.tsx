import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { FlowKeyDetail } from '../../../../contracts/flow-history.ts';
import { flowKeyResource, flowKeysResource, openFlowKey, steerFlowKey } from '../../api.ts';
import { useNow } from '../../live.ts';
import { counted } from '../../numbers.ts';
import { Icon } from '../../parts/icon.tsx';
import { ReasonDialog, type Act } from '../../parts/reason-dialog.tsx';
import { say } from '../../parts/toast.tsx';
import { clockZone, when } from '../../time.ts';
import { LimitsDialog } from './limits-dialog.tsx';
import { ActButton } from '../../parts/act-button.tsx';

/** What a person can do with a flow key; each asks for a reason. */
export const KeyActs = ({ detail }: { detail: FlowKeyDetail }) => {
  const { key, paused, closed, waiting } = detail.flowKey;
  const now = useNow();
  const client = useQueryClient();
  const [act, setAct] = useState<Act>();
  const [isLimiting, setLimiting] = useState(false);
  const refresh = async (done: string) => {
    say(done);
    await client.invalidateQueries({ queryKey: [flowKeyResource(key).path] });
    await client.invalidateQueries({ queryKey: [flowKeysResource.path] });
  };

  const pause: Act = {
    title: `Pause ${key}?`,
    consequence:
      'No new call starts under this key, in any process, until someone resumes it. Calls under way end. Runs wait and lose nothing.',
    verb: 'Pause the key',
    isReasonNeeded: true,
    run: async (reason) => {
      await steerFlowKey(key, 'pause', reason);
      await refresh(`Paused ${key}.`);
    },
  };
  const resume: Act = {
    title: `Resume ${key}?`,
    consequence: `Calls start again at the rate of its limits. ${waiting === 0 ? 'No run waits for it.' : `${counted(waiting, 'run')} that wait go on within seconds.`}`,
    verb: 'Resume the key',
    isReasonNeeded: true,
    run: async (reason) => {
      await steerFlowKey(key, 'resume', reason);
      await refresh(`Resumed ${key}.`);
    },
  };
  const openIt: Act = {
    title: `Open ${key} now?`,
    verb: 'Open the key',
    isReasonNeeded: true,
    ...(closed?.by === 'vendor'
      ? {
          consequence: `The vendor itself asked us to wait until ${when(closed.until, now)} ${clockZone()}. Calls before that are likely to be refused again, and a vendor may block a login that does not keep to it. Open it only if the vendor has told you that it is over.`,
          isDangerous: true,
          typedName: key,
        }
      : {
          consequence:
            'The vendor named no time, so the end of this closing is our guess. If the vendor is still in trouble, the next refusal closes the key again.',
        }),
    run: async (reason) => {
      await openFlowKey(key, reason, closed?.by === 'vendor' ? key : undefined);
      await refresh(`Opened ${key}. Runs go on at their next try.`);
    },
  };

  return (
    <div className="row w">
      <ActButton className="btn" onClick={() => setLimiting(true)}>
        Change limits…
      </ActButton>
      {closed && (
        <ActButton
          className={closed.by === 'vendor' ? 'btn d' : 'btn'}
          onClick={() => setAct(openIt)}
        >
          Open now…
        </ActButton>
      )}
      {paused ? (
        <ActButton className="btn p" onClick={() => setAct(resume)}>
          <Icon name="play" size="m" />
          Resume…
        </ActButton>
      ) : (
        <ActButton className="btn" onClick={() => setAct(pause)}>
          <Icon name="pause" size="m" />
          Pause…
        </ActButton>
      )}
      <ReasonDialog act={act} onClose={() => setAct(undefined)} />
      <LimitsDialog
        detail={isLimiting ? detail : undefined}
        done={() => refresh(`Changed the limits of ${key}.`)}
        onClose={() => setLimiting(false)}
      />
    </div>
  );
};
