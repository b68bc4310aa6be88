import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import type { AgentMemory, MemoryDiff, SnapshotView } from '../../../../contracts/memory-views.ts';
import { diffResource } from '../../api-memory.ts';
import { useNow, useResource } from '../../live.ts';
import { counted } from '../../numbers.ts';
import { Card } from '../../parts/card.tsx';
import { FilterChip } from '../../parts/filter-chip.tsx';
import { Icon } from '../../parts/icon.tsx';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { View } from '../../parts/view.tsx';
import { when } from '../../time.ts';
import { DiffLines } from './diff-lines.tsx';
import { TryLastMonth } from './trial.tsx';
import { useMemoryActs } from './memory-acts.tsx';
import { ActButton } from '../../parts/act-button.tsx';

const route = getRouteApi('/memory/$agent');

/** Two snapshots side by side: what one has and the other has not, and what the gate said. */
export const WhatChanged = ({ memory }: { memory: AgentMemory }) => {
  const search = route.useSearch();
  const { agent, world, live, snapshots } = memory;
  const to = Number(search.to ?? live);
  const from = Number(search.from ?? before(snapshots, to));
  const query = useResource(diffResource({ agent, world }, from, to), true);
  return (
    <Card title="What changed" more={<Choice memory={memory} from={from} to={to} />}>
      <Verdict snapshot={snapshots.find(({ seq }) => seq === to)} />
      <View query={query} what="What changed" rows={4}>
        {(diff) =>
          diff.lines.length === 0 ? (
            <p className="pad t2">No lesson differs between the two.</p>
          ) : (
            <>
              <Summary diff={diff} />
              <DiffLines lines={diff.lines} />
            </>
          )
        }
      </View>
      <div className="row w card-foot">
        <TryLastMonth of={{ agent, world }} question={{ entry: to }} />
        <span className="grow" />
        <RollBack memory={memory} to={from} />
      </div>
    </Card>
  );
};

/** The one that was obeyed before; 0 is memory before anything was learnt. */
export const before = (snapshots: readonly SnapshotView[], seq: number): number =>
  snapshots.find((each) => each.seq < seq && each.refused === null)?.seq ?? 0;

const Choice = ({ memory, from, to }: { memory: AgentMemory; from: number; to: number }) => {
  const navigate = route.useNavigate();
  const search = route.useSearch();
  const now = useNow();
  const options = [
    ...memory.snapshots.map(({ seq, at, isLive }) => ({
      value: String(seq),
      label: `${seq}${isLive ? ' live' : ''}, ${when(at, now)}`,
    })),
    { value: '0', label: '0, nothing learnt' },
  ];
  const choose = (next: { readonly from?: string; readonly to?: string }) =>
    void navigate({ search: { ...search, ...next }, replace: true, resetScroll: false });
  const chip = (name: string, seq: number, set: (value: string) => void) => (
    <FilterChip
      name={name}
      value={String(seq)}
      any="live"
      options={options}
      onChange={(value) => set(value ?? String(memory.live))}
    />
  );
  return (
    <span className="more row w g1 choice">
      {chip('Earlier snapshot', from, (value) => choose({ from: value }))}
      <span aria-hidden="true">›</span>
      {chip('Later snapshot', to, (value) => choose({ to: value }))}
    </span>
  );
};

const Verdict = ({ snapshot }: { snapshot: SnapshotView | undefined }) => {
  if (!snapshot) return null;
  const { refused, isLive, what } = snapshot;
  const family = refused === null ? 'completed' : 'failed';
  return (
    <div className={`verdict ${family} s12`}>
      <Icon name={family} />
      <span className="wrap">
        <b>{refused === null ? 'Gate passed.' : 'Refused by the gate.'}</b>{' '}
        <span className="t2">
          {refused ?? (isLive ? 'Runs obey it now.' : 'Runs obeyed it until a later one.')} From:{' '}
          {what}
        </span>
      </span>
    </div>
  );
};

const Summary = ({ diff: { added, changed, removed } }: { diff: MemoryDiff }) => (
  <p className="row w s12 diff-sum strong">
    <span className={added.length > 0 ? 'completed' : 't3'}>
      +{counted(added.length, 'lesson')}
    </span>
    <span className={changed.length > 0 ? 'running' : 't3'}>{changed.length} changed</span>
    <span className={removed.length > 0 ? 'failed' : 't3'}>−{removed.length} gone</span>
  </p>
);

const RollBack = ({ memory, to }: { memory: AgentMemory; to: number }) => {
  const { agent, world, live } = memory;
  const [isAsked, setAsked] = useState(false);
  const { rollBackTo } = useMemoryActs(memory);
  const diff = useResource(diffResource({ agent, world }, live, to)).data;
  if (to === live) return null;
  const change = diff
    ? `${names('Gone after that: ', diff.removed)}${names('Back again: ', diff.added)}${names(
        'As they were: ',
        diff.changed.map(({ after }) => after),
      )}`
    : '';
  return (
    <>
      <ActButton className="btn xs d" onClick={() => setAsked(true)}>
        Roll back to {to}…
      </ActButton>
      <ReasonDialog
        act={isAsked ? rollBackTo(to, change || 'No lesson comes or goes.') : undefined}
        onClose={() => setAsked(false)}
      />
    </>
  );
};

const names = (what: string, lessons: readonly { readonly id: string }[]): string =>
  lessons.length === 0 ? '' : `${what}${lessons.map(({ id }) => id).join(', ')}. `;
