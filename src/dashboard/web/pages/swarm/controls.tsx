import { Menu, NumberInput, Select, Textarea } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { FailureFilter, SwarmDetail } from '../../../../contracts/swarm.ts';
import {
  changeSwarm,
  exportAddress,
  readSwarm,
  swarmResource,
  tilesResource,
  type SwarmChanges,
  type SwarmRef,
} from '../../api-swarms.ts';
import { count, counted } from '../../numbers.ts';
import { Icon } from '../../parts/icon.tsx';
import { ReasonDialog, type Act } from '../../parts/reason-dialog.tsx';
import { say } from '../../parts/toast.tsx';
import { failedOf, RetryFields, useEffectWords } from './retry-fields.tsx';
import { readPasted } from './pasted.ts';
import { ActButton, useLackOf } from '../../parts/act-button.tsx';

/** What a person is about to do, as it stood when the dialog opened. */
export interface Asked {
  readonly what: keyof SwarmChanges;
  /** Which failed tasks, for a retry. */
  readonly of: FailureFilter;
  readonly then: SwarmDetail;
}

/** Up to so many failed tasks are tried again without a reason. */
const fewTasks = 10;
const noReason = 'no reason given';

/** What a person can do with a swarm. */
export const Controls = ({
  detail,
  swarm,
  asked,
  ask,
}: {
  detail: SwarmDetail;
  swarm: SwarmRef;
  asked: Asked | undefined;
  ask: (asked: Asked | undefined) => void;
}) => {
  const isSteerable = detail.phase === 'working' || detail.phase === 'paused';
  const lack = useLackOf('operator');
  const begin = (what: Asked['what']) => ask({ what, of: {}, then: detail });
  const { cli, counts } = detail;
  const copyText = (text: string, what: string) => {
    void navigator.clipboard.writeText(text).then(() => say(`Copied ${what}.`));
  };
  return (
    <div className="row w swarm-controls">
      {isSteerable && (
        <>
          <ActButton className="chip num" onClick={() => begin('window')}>
            Window <b>{detail.window === null ? '–' : count(detail.window)}</b>
          </ActButton>
          <span className="chip num still">
            Grain <b>{detail.request.grain ?? 'auto'}</b>
          </span>
          <span className="sep" />
          {detail.phase === 'paused' ? (
            <ActButton className="btn p" onClick={() => begin('resume')}>
              <Icon name="play" size="m" />
              Resume…
            </ActButton>
          ) : (
            <ActButton className="btn" onClick={() => begin('pause')}>
              <Icon name="pause" size="m" />
              Pause…
            </ActButton>
          )}
        </>
      )}
      {counts.failed > 0 && (isSteerable || detail.run.closedAt !== null) && (
        <ActButton className="btn" onClick={() => begin('retry-failed')}>
          <Icon name="retrying" size="m" />
          Retry {count(counts.failed)} failed…
        </ActButton>
      )}
      {isSteerable && (
        <ActButton className="btn d" onClick={() => begin('cancel')}>
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
          {isSteerable && (
            <Menu.Item disabled={lack !== undefined} title={lack} onClick={() => begin('add')}>
              Add tasks…
            </Menu.Item>
          )}
          <Menu.Label>Export</Menu.Label>
          <Menu.Item component="a" href={exportAddress(swarm, 'csv')} download>
            All tasks as CSV
          </Menu.Item>
          <Menu.Item component="a" href={exportAddress(swarm, 'jsonl')} download>
            All tasks as JSONL
          </Menu.Item>
          {counts.failed > 0 && (
            <Menu.Item component="a" href={exportAddress(swarm, 'jsonl', 'failed')} download>
              Failed tasks as JSONL
            </Menu.Item>
          )}
          <Menu.Divider />
          <Menu.Item onClick={() => copyText(swarm.workflowId, 'the id')}>Copy id</Menu.Item>
          <Menu.Item onClick={() => copyText(cli, 'the command')}>Copy as CLI line</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {asked && (
        <Dialog
          key={asked.what}
          asked={asked}
          swarm={swarm}
          ask={ask}
          close={() => ask(undefined)}
        />
      )}
    </div>
  );
};

const Dialog = ({
  asked,
  swarm,
  ask,
  close,
}: {
  asked: Asked;
  swarm: SwarmRef;
  ask: (asked: Asked) => void;
  close: () => void;
}) => {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { then } = asked;
  const [window, setWindow] = useState<number | string>(then.window ?? '');
  const [text, setText] = useState('');
  const [capability, setCapability] = useState(then.methods[0]?.capability ?? null);
  const effects = useEffectWords(then);
  const capabilities = [...new Set(then.methods.map((each) => each.capability))];

  const send = async <How extends keyof SwarmChanges>(
    how: How,
    body: SwarmChanges[How],
    done: string,
  ) => {
    const { started } = await changeSwarm(swarm, how, body);
    say(started ? 'Started a swarm over the failed tasks.' : done);
    if (started) {
      await navigate({
        to: '/swarms/$workflowId',
        params: { workflowId: started.workflowId },
        search: {},
      });
      return;
    }
    await client.invalidateQueries({ queryKey: [swarmResource(swarm).path] });
    await client.invalidateQueries({ queryKey: [tilesResource(swarm).path] });
  };

  const act = (): Act => {
    const { total, completed } = then.counts;
    const left = total - completed - then.counts.failed;
    switch (asked.what) {
      case 'pause':
        return {
          title: 'Pause this swarm?',
          consequence: `No further task starts; those at work now end first. ${counted(left, 'task')} wait until somebody resumes it. Nothing is lost.`,
          verb: 'Pause the swarm',
          run: (reason) => send('pause', { reason: reason || noReason }, 'Paused.'),
        };
      case 'resume':
        return {
          title: 'Resume this swarm?',
          consequence: `${counted(left, 'task')} go on. ${effects}`,
          verb: 'Resume the swarm',
          run: (reason) => send('resume', { reason: reason || noReason }, 'Resumed.'),
        };
      case 'cancel':
        return {
          title: `Cancel ${counted(left, 'task')}?`,
          consequence: `${count(completed)} are done and stay done. ${count(left)} are left undone; calls that are under way end first. A cancelled swarm does not go on: its open tasks need a new one.`,
          verb: `Cancel ${counted(left, 'task')}`,
          isDangerous: true,
          isReasonNeeded: true,
          run: async (reason) => {
            await refuseIfMoved(left, (now) => now.counts.open + now.counts.retrying);
            await send('cancel', { reason }, 'Asked the swarm to stop.');
          },
        };
      case 'window':
        return {
          title: 'Change the window',
          consequence:
            'The window is how many tasks may be in flight at once. Tasks that are at work stay at work.',
          verb: 'Change the window',
          isReady: typeof window === 'number' && window >= 1 && window <= 10_000,
          fields: (
            <NumberInput
              label="Window"
              description="1 to 10,000 tasks"
              value={window}
              onChange={setWindow}
              min={1}
              max={10_000}
              allowDecimal={false}
              thousandSeparator=","
            />
          ),
          run: (reason) =>
            send(
              'window',
              { reason: reason || noReason, window: Number(window) },
              `The window is ${count(Number(window))} now.`,
            ),
        };
      case 'add': {
        const { tasks, problem } = readPasted(text, capability ?? undefined);
        return {
          title: 'Add tasks',
          size: 600,
          consequence: `They stand in line behind the ${count(total)} there are. All are checked first; if one is wrong, none is added. ${effects}`,
          verb: tasks.length > 0 ? `Add ${counted(tasks.length, 'task')}` : 'Add tasks',
          isReady: tasks.length > 0 && problem === undefined,
          fields: (
            <>
              {capabilities.length > 0 && (
                <Select
                  label="Each line is"
                  data={[
                    { value: '', label: 'a whole task: {"capability": …, "input": …}' },
                    ...capabilities.map((id) => ({ value: id, label: `an input of ${id}` })),
                  ]}
                  value={capability ?? ''}
                  onChange={(value) => setCapability(value === '' ? null : value)}
                  allowDeselect={false}
                />
              )}
              <Textarea
                label="Tasks"
                description="JSONL: one JSON object a line, at most 1 MB"
                value={text}
                onChange={(event) => setText(event.currentTarget.value)}
                error={problem}
                autosize
                minRows={5}
                maxRows={14}
                className="code-field"
              />
            </>
          ),
          run: (reason) =>
            send(
              'add',
              { reason: reason || noReason, tasks: [...tasks] },
              `Added ${counted(tasks.length, 'task')}.`,
            ),
        };
      }
      case 'retry-failed': {
        const failed = failedOf(then, asked.of);
        return {
          title: `Retry ${counted(failed, 'failed task')}?`,
          size: 560,
          consequence: `${counted(failed, 'task')} stand in line again${then.run.closedAt === null ? '' : ', in a new swarm'}; the ${count(completed)} that are done stay done. ${effects}`,
          verb: `Retry ${counted(failed, 'task')}`,
          isReasonNeeded: failed > fewTasks,
          isReady: failed > 0,
          fields: (
            <RetryFields detail={then} of={asked.of} onChange={(of) => ask({ ...asked, of })} />
          ),
          run: async (reason) => {
            await refuseIfMoved(failed, (now) => failedOf(now, asked.of));
            await send(
              'retry-failed',
              { reason: reason || noReason, of: asked.of },
              `${counted(failed, 'task')} in line again.`,
            );
          },
        };
      }
    }
  };

  /** What the dialog said must still be about true when the button is pressed. */
  const refuseIfMoved = async (shown: number, read: (now: SwarmDetail) => number) => {
    const now = await readSwarm(swarm);
    const found = read(now);
    if (Math.abs(found - shown) <= Math.max(1, shown * 0.1)) return;
    ask({ ...asked, then: now });
    throw new Error(
      `It would be ${counted(found, 'task')} by now, not ${count(shown)}. Nothing was done: read again, then decide`,
    );
  };

  return <ReasonDialog act={act()} onClose={close} />;
};
