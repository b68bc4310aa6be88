import { useEffect, useState } from 'react';
import type { BulkAct, BulkSelection } from '../../../../contracts/bulk.ts';
import type { StrugglingCause, StrugglingRun } from '../../../../contracts/struggling.ts';
import { isTaken } from '../../frame/keys.tsx';
import { counted } from '../../numbers.ts';
import { ActButton, useLackOf } from '../../parts/act-button.tsx';
import { BulkDialog } from '../../parts/bulk-dialog.tsx';
import { Icon } from '../../parts/icon.tsx';
import { BulkBar } from '../../parts/selection.tsx';

/** What can be done with what is ticked; `r` and `p` do it by key. */
export const BulkActs = ({
  picked,
  noun,
  selection,
  clear,
}: {
  picked: readonly (StrugglingCause | StrugglingRun)[];
  /** What a row is called: `cause`. */
  noun: string;
  selection: BulkSelection;
  clear: () => void;
}) => {
  const [act, setAct] = useState<BulkAct>();
  const lack = useLackOf('operator');
  const tasks = picked.reduce((sum, each) => sum + each.tasks, 0);
  const blocked = picked.map((each) => each.blocked).find((why) => why !== null);
  const hasSwarm = picked.some((each) =>
    'swarms' in each ? each.swarms > 0 : each.type === 'swarm',
  );
  const noSwarm = hasSwarm ? undefined : 'Only swarms pause: pause the flow key, or cancel';

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (isTaken(event) || picked.length === 0 || lack !== undefined) return;
      if (event.key === 'r' && blocked === undefined) setAct('retry-now');
      if (event.key === 'p' && hasSwarm) setAct('pause');
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  });

  return (
    <>
      {picked.length > 0 && (
        <BulkBar
          label={`Selected ${noun}s`}
          words={
            <>
              <b>
                {counted(picked.length, noun)}, {counted(tasks, 'task')} selected
              </b>
              {blocked != null && <span className="t3"> · {blocked}</span>}
            </>
          }
        >
          <ActButton className="btn xs" blocked={blocked} onClick={() => setAct('retry-now')}>
            <Icon name="retrying" size="m" />
            {blocked === undefined ? 'Retry now…' : 'Retry now: key is held'}
          </ActButton>
          <ActButton className="btn xs" blocked={noSwarm} onClick={() => setAct('pause')}>
            Pause…
          </ActButton>
          <ActButton className="btn xs d" onClick={() => setAct('cancel')}>
            Cancel…
          </ActButton>
          <button type="button" className="btn q xs" onClick={clear}>
            Clear
          </button>
        </BulkBar>
      )}
      <BulkDialog
        question={act && { act, selection }}
        onClose={() => setAct(undefined)}
        done={clear}
      />
    </>
  );
};
