import { FileInput, Modal, NumberInput, Select, Textarea, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { AgentInfo, CapabilityInfo } from '../../../../contracts/api.ts';
import { agentsResource, ApiFailure } from '../../api.ts';
import { startSwarm } from '../../api-swarms.ts';
import { useResource } from '../../live.ts';
import { count, counted } from '../../numbers.ts';
import { effectWords } from '../../parts/effect.ts';
import { Icon } from '../../parts/icon.tsx';
import { say } from '../../parts/toast.tsx';
import { readPasted } from './pasted.ts';
import { ActButton } from '../../parts/act-button.tsx';

type Format = 'jsonl' | 'csv';
const types = { jsonl: 'application/x-ndjson', csv: 'text/csv' } as const;
const examples = {
  jsonl: '{"label": "first", "ms": 200}\n{"label": "second", "ms": 200}',
  csv: 'label,ms\nfirst,200\nsecond,200',
} as const;

/** Starts a swarm from a pasted or uploaded list. */
export const StartDialog = ({
  isOpen,
  capability,
  onClose,
}: {
  isOpen: boolean;
  /** Chosen beforehand, by a link. */
  capability: string | undefined;
  onClose: () => void;
}) => (
  <Modal
    opened={isOpen}
    onClose={onClose}
    title="Start a swarm"
    size={640}
    closeButtonProps={{ 'aria-label': 'Close' }}
  >
    <Form first={capability} onClose={onClose} />
  </Modal>
);

const Form = ({ first, onClose }: { first: string | undefined; onClose: () => void }) => {
  const navigate = useNavigate();
  const agents = useResource(agentsResource).data?.agents ?? [];
  const [id, setId] = useState(first ?? null);
  const [account, setAccount] = useState<string | null>(null);
  const [title, setTitle] = useState('');
  const [format, setFormat] = useState<Format>('jsonl');
  const [text, setText] = useState('');
  const [file, setFile] = useState<File | null>(null);
  const [window, setWindow] = useState<number | string>('');
  const [percent, setPercent] = useState<number | string>(10);
  const [confirm, setConfirm] = useState('');
  const [reason, setReason] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  const isAsked = error instanceof ApiFailure && error.code === 'not-confirmed';

  const agent = agents.find((each) => each.capabilities.some((one) => one.id === id));
  const capability = agent?.capabilities.find((each) => each.id === id);
  const accounts = agent?.accounts.map((each) => each.name) ?? [];
  const pasted = format === 'jsonl' && !file ? readPasted(text, id ?? undefined) : undefined;
  const hasTasks = file !== null || text.trim() !== '';
  const isReady =
    title.trim() !== '' &&
    hasTasks &&
    pasted?.problem === undefined &&
    (id !== null || format === 'jsonl') &&
    agent?.isServed !== false &&
    !isBusy;

  const start = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const body = new Blob([file ?? text], { type: types[format] });
      const run = await startSwarm(body, {
        title: title.trim(),
        ...(id === null ? {} : { capability: id }),
        ...(account === null ? {} : { account }),
        ...(file ? { file: file.name } : { file: 'the pasted list' }),
        ...(typeof window === 'number' ? { window } : {}),
        ...(typeof percent === 'number' ? { failureThreshold: percent / 100 } : {}),
        ...(confirm.trim() === '' ? {} : { confirm: confirm.trim() }),
        ...(reason.trim() === '' ? {} : { reason: reason.trim() }),
      });
      say(
        run.started ? 'Started the swarm.' : 'The same tasks were under way: this is their swarm.',
      );
      await navigate({
        to: '/swarms/$workflowId',
        params: { workflowId: run.workflowId },
        search: {},
      });
    } catch (failure) {
      setError(failure instanceof Error ? failure : new Error(String(failure)));
      setBusy(false);
    }
  };

  return (
    <form
      className="dialog"
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady) void start();
      }}
    >
      <TextInput
        label="Title"
        description="What people read instead of an id. Required"
        placeholder="Check the addresses of November"
        value={title}
        onChange={(event) => setTitle(event.currentTarget.value)}
        maxLength={120}
        data-autofocus
      />
      <div className="two-fields">
        <Select
          label="Capability"
          description={format === 'csv' ? 'Required for CSV' : 'Or each line names its own'}
          placeholder="Each line names its own"
          data={agents.map((each) => ({
            group: each.title,
            items: each.capabilities.map((one) => ({ value: one.id, label: one.title })),
          }))}
          value={id}
          onChange={(value) => {
            setId(value);
            setAccount(null);
          }}
          searchable
          clearable
          clearButtonProps={{ 'aria-label': 'No capability' }}
        />
        {accounts.length > 1 && (
          <Select
            label="Account"
            description="Whose login is used"
            placeholder="default"
            data={accounts}
            value={account}
            onChange={setAccount}
            clearable
          />
        )}
      </div>
      <div className="row w">
        <span className="field-label">Tasks</span>
        <span className="t3 s12 grow">{linesWords(format, capability)}</span>
        <div className="seg" role="group" aria-label="Format">
          {(['jsonl', 'csv'] as const).map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={format === each}
              onClick={() => setFormat(each)}
            >
              {each.toUpperCase()}
            </button>
          ))}
        </div>
      </div>
      <Textarea
        aria-label="Pasted tasks"
        placeholder={examples[format]}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        disabled={file !== null}
        error={pasted?.problem}
        autosize
        minRows={5}
        maxRows={12}
        className="code-field"
      />
      <FileInput
        label="Or a file"
        description="JSONL or CSV, up to 50 MB"
        placeholder="Choose a file"
        accept=".jsonl,.ndjson,.csv"
        value={file}
        onChange={(chosen) => {
          setFile(chosen);
          if (chosen) setFormat(chosen.name.toLowerCase().endsWith('.csv') ? 'csv' : 'jsonl');
        }}
        clearable
        clearButtonProps={{ 'aria-label': 'No file' }}
      />
      <div className="two-fields">
        <NumberInput
          label="Window"
          description="Tasks in flight at most"
          placeholder="As many as workers take"
          value={window}
          onChange={setWindow}
          min={1}
          max={10_000}
          allowDecimal={false}
          thousandSeparator=","
        />
        <NumberInput
          label="Fails above"
          description="Share of failed tasks"
          value={percent}
          onChange={setPercent}
          min={0}
          max={100}
          suffix=" %"
        />
      </div>
      <Notice agent={agent} capability={capability} />
      {error && <Refusal error={error} />}
      {(isAsked || confirm !== '') && (
        <div className="two-fields">
          <TextInput
            label="Confirm"
            description="Exactly the text that it asks for"
            value={confirm}
            onChange={(event) => setConfirm(event.currentTarget.value)}
            maxLength={500}
            autoComplete="off"
          />
          <TextInput
            label="Reason"
            description="Required. It is kept in the audit log."
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            maxLength={500}
          />
        </div>
      )}
      <div className="actions">
        <button type="button" className="btn" onClick={onClose}>
          Back
        </button>
        <ActButton type="submit" className="btn p" disabled={!isReady}>
          {pasted && pasted.tasks.length > 0 && pasted.problem === undefined
            ? `Start ${counted(pasted.tasks.length, 'task')}`
            : 'Start'}
        </ActButton>
      </div>
    </form>
  );
};

function linesWords(format: Format, capability: CapabilityInfo | undefined): string {
  if (format === 'csv') return 'A header with the names of the fields, then one task a line';
  return capability
    ? 'One input a line, as a JSON object'
    : 'One task a line: {"capability": …, "input": …}';
}

const Notice = ({
  agent,
  capability,
}: {
  agent: AgentInfo | undefined;
  capability: CapabilityInfo | undefined;
}) => {
  if (!agent || !capability) return null;
  if (!agent.isServed) {
    return (
      <p className="failed row" role="alert">
        <Icon name="warning" />
        No worker serves {agent.id}. Start one: <code>npm run -s agentic -- worker</code>
      </p>
    );
  }
  const isOutgoing = capability.effect === 'send' || capability.effect === 'spend';
  return (
    <p className="t2 s12">
      <span className={`tag ${capability.effect === 'destroy' ? 'danger' : ''}`}>
        {effectWords[capability.effect]}
      </span>{' '}
      {capability.description}.
      {isOutgoing && ' What was already sent or paid is not sent or paid again.'}
    </p>
  );
};

/** What the server would not take, and where it stands. */
const Refusal = ({ error }: { error: Error }) => {
  const fields = error instanceof ApiFailure ? error.fields : [];
  return (
    <div className="problems" role="alert">
      <p className="failed">
        <b>Not started.</b> {error.message}
      </p>
      {fields.length > 1 && (
        <ul className="s12">
          {fields.slice(0, 5).map((field) => (
            <li key={`${field.path} ${field.message}`}>
              <code>{field.path}</code> {field.message}
            </li>
          ))}
          {fields.length > 5 && <li>and {count(fields.length - 5)} more</li>}
        </ul>
      )}
    </div>
  );
};
