import { NumberInput, Select, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { CapabilityInfo } from '../../../../contracts/api.ts';
import { agentsResource } from '../../api.ts';
import { proposeLesson, type MemoryRef } from '../../api-memory.ts';
import { useResource } from '../../live.ts';
import { Icon } from '../../parts/icon.tsx';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { say } from '../../parts/toast.tsx';
import { TryLastMonth } from './trial.tsx';
import { ActButton } from '../../parts/act-button.tsx';

const kinds = [
  { value: 'avoid', label: 'Avoid a method' },
  { value: 'prefer', label: 'Prefer a method' },
  { value: 'at most', label: 'Keep a number at most' },
  { value: 'at least', label: 'Keep a number at least' },
  { value: 'start', label: 'Start a number at' },
];
const dayMs = 86_400_000;

/** What a person has chosen so far. */
interface Draft {
  readonly capability: string | null;
  readonly account: string;
  readonly kind: string;
  readonly of: string | null;
  readonly value: number | string;
  readonly why: string;
  readonly days: number | string;
}
const blank: Draft = {
  ...{ capability: null, account: 'default', kind: 'avoid', of: null },
  ...{ value: '', why: '', days: '' },
};

/** Lets a person add a lesson, and see beforehand what it would have changed. */
export const ProposeButton = ({ memory }: { memory: MemoryRef }) => {
  const [isAsked, setAsked] = useState(false);
  const [draft, setDraft] = useState(blank);
  const client = useQueryClient();
  const { capability, account, why, days } = draft;
  const rule = sentenceOf(draft);
  const lesson =
    capability === null || rule === undefined || account.trim() === ''
      ? undefined
      : { capability, account: account.trim(), rule };

  const propose = async (reason: string) => {
    if (!lesson) return;
    const expires =
      typeof days === 'number'
        ? { expires: new Date(Date.now() + days * dayMs).toISOString() }
        : {};
    const said = await proposeLesson(memory, { ...lesson, why: why.trim(), reason, ...expires });
    if (said.refused === null) say(`${said.lesson ?? 'It'} holds from now on.`);
    else say(`Noted as entry ${said.seq}, but runs do not obey it: ${said.refused}`, 'failed');
    setDraft(blank);
    await client.invalidateQueries();
  };

  return (
    <>
      <ActButton className="btn" onClick={() => setAsked(true)}>
        <Icon name="plus" size="m" />
        Propose a lesson…
      </ActButton>
      <ReasonDialog
        act={
          isAsked
            ? {
                title: 'Propose a lesson',
                consequence:
                  'Runs that begin from now on obey it. It is an entry of the log, like an edit of the file by hand, and can be taken back.',
                verb: 'Add the lesson',
                isReasonNeeded: true,
                isReady: lesson !== undefined && why.trim() !== '',
                size: 560,
                fields: (
                  <>
                    <Fields memory={memory} draft={draft} change={setDraft} />
                    <div>
                      <TryLastMonth
                        of={memory}
                        question={lesson ? { lesson } : {}}
                        isReady={lesson !== undefined}
                      />
                    </div>
                  </>
                ),
                run: propose,
              }
            : undefined
        }
        onClose={() => setAsked(false)}
      />
    </>
  );
};

const Fields = ({
  memory,
  draft,
  change,
}: {
  memory: MemoryRef;
  draft: Draft;
  change: (draft: Draft) => void;
}) => {
  const agents = useResource(agentsResource).data?.agents ?? [];
  const agent = agents.find(({ id }) => id === memory.agent);
  const capability = agent?.capabilities.find(({ id }) => id === draft.capability);
  const isNumber = isAboutNumber(draft.kind);
  const set = (some: Partial<Draft>) => change({ ...draft, ...some });
  return (
    <>
      <div className="two-fields">
        <Select
          label="Capability"
          data={agent?.capabilities.map(({ id }) => id) ?? []}
          value={draft.capability}
          onChange={(id) => set({ capability: id, of: null })}
        />
        <TextInput
          label="Account"
          value={draft.account}
          onChange={(event) => set({ account: event.currentTarget.value })}
        />
        <Select
          label="Rule"
          data={kinds}
          value={draft.kind}
          allowDeselect={false}
          onChange={(kind) => set({ kind: kind ?? 'avoid', of: null })}
        />
        <Select
          label={isNumber ? 'Number' : 'Method'}
          data={capability ? choicesOf(capability, draft.kind) : []}
          value={draft.of}
          onChange={(of) => set({ of })}
          disabled={!capability}
          nothingFoundMessage="There is none"
        />
        {isNumber && (
          <NumberInput
            label="Value"
            value={draft.value}
            onChange={(value) => set({ value })}
            hideControls
          />
        )}
        <NumberInput
          label="Days it holds"
          description="Then runs judge it; for good when left out"
          value={draft.days}
          onChange={(days) => set({ days })}
          min={1}
          max={365}
          allowDecimal={false}
          hideControls
        />
      </div>
      <TextInput
        label="Why"
        description="One sentence. It stands in the lesson and in the file"
        value={draft.why}
        onChange={(event) => set({ why: event.currentTarget.value })}
        maxLength={300}
      />
    </>
  );
};

const isAboutNumber = (kind: string): boolean => kind !== 'avoid' && kind !== 'prefer';

/** Numbers that a swarm begins with can be started, and not bounded. */
const swarmNumbers = ['grain', 'rate'];
const choicesOf = ({ methods, tunables }: CapabilityInfo, kind: string): readonly string[] =>
  isAboutNumber(kind)
    ? [...Object.keys(tunables), ...(kind === 'start' ? swarmNumbers : [])]
    : methods.map(({ id }) => id);

/** The rule as the heading of a lesson says it; undefined while something is missing. */
function sentenceOf({ kind, of, value }: Draft): string | undefined {
  if (of === null) return undefined;
  if (!isAboutNumber(kind)) return `${kind} method ${of}`;
  if (typeof value !== 'number') return undefined;
  return kind === 'start' ? `start ${of} at ${value}` : `keep ${of} ${kind} ${value}`;
}
