import { Menu } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { RunDetail } from '../../../../contracts/api.ts';
import { endRun, runResource } from '../../api.ts';
import { Icon } from '../../parts/icon.tsx';
import { ReasonDialog, type Act } from '../../parts/reason-dialog.tsx';
import { RunLink } from '../../parts/run-link.tsx';
import { isOpen } from '../../parts/state-badge.tsx';
import { say } from '../../parts/toast.tsx';
import { ActButton, useLackOf } from '../../parts/act-button.tsx';

/** What a person can do with a run. */
export const Actions = ({ detail }: { detail: RunDetail }) => {
  const { run } = detail;
  const client = useQueryClient();
  const [act, setAct] = useState<Act>();
  const lack = useLackOf('operator');
  const isLive = isOpen(run.state);

  const end = async (how: 'cancel' | 'terminate', reason: string) => {
    await endRun(run.workflowId, run.runId, how, reason);
    say(how === 'cancel' ? 'Asked the run to stop.' : 'Terminated the run.');
    await client.invalidateQueries({ queryKey: [runResource(run.workflowId).path] });
    await client.invalidateQueries({ queryKey: [runResource(run.workflowId, run.runId).path] });
  };
  const cancel: Act = {
    title: 'Cancel this run?',
    consequence: `${run.title} stops after the call that is under way. Rows that are stored stay stored; a later run of the same work carries on.`,
    verb: 'Cancel the run',
    isDangerous: true,
    run: (reason) => end('cancel', reason),
  };
  const terminate: Act = {
    title: 'Terminate this run?',
    consequence:
      'Temporal ends it at once, and the run cannot tidy up. A call that is under way may still reach the vendor. Use Cancel unless the run does not answer.',
    verb: 'Terminate the run',
    isDangerous: true,
    isReasonNeeded: true,
    run: (reason) => end('terminate', reason),
  };
  const copyText = (text: string, what: string) => {
    void navigator.clipboard.writeText(text).then(() => say(`Copied ${what}.`));
  };
  const { cli } = detail;

  return (
    <div className="row">
      {run.type === 'swarm' && (
        <RunLink workflowId={run.workflowId} runId={run.runId} type="swarm" className="btn">
          <Icon name="swarm" size="m" />
          Open the swarm
        </RunLink>
      )}
      {run.capability !== null && (
        <Link
          to="/new/$capability"
          params={{ capability: run.capability }}
          search={{ copyOf: run.workflowId, copyRun: run.runId }}
          className="btn"
        >
          <Icon name="copy" size="m" />
          Copy as new run
        </Link>
      )}
      {isLive && (
        <ActButton className="btn d" onClick={() => setAct(cancel)}>
          Cancel…
        </ActButton>
      )}
      <Menu position="bottom-end">
        <Menu.Target>
          <button type="button" className="btn q" aria-label="More actions">
            <Icon name="more" />
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => copyText(run.workflowId, 'the id')}>Copy id</Menu.Item>
          {cli !== null && (
            <Menu.Item onClick={() => copyText(cli, 'the command')}>Copy as CLI line</Menu.Item>
          )}
          {detail.temporalUrl !== null && (
            <Menu.Item component="a" href={detail.temporalUrl} target="_blank" rel="noreferrer">
              Open in Temporal
            </Menu.Item>
          )}
          {isLive && (
            <Menu.Item
              className="failed"
              disabled={lack !== undefined}
              title={lack}
              onClick={() => setAct(terminate)}
            >
              Terminate…
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      <ReasonDialog act={act} onClose={() => setAct(undefined)} />
    </div>
  );
};
