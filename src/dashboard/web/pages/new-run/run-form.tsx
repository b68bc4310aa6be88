import { Select } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState, type SubmitEvent } from 'react';
import type { AgentInfo, CapabilityInfo } from '../../../../contracts/api.ts';
import { isOnceEffect } from '../../../../contracts/capability.ts';
import { ApiFailure, startRun } from '../../api.ts';
import { Card } from '../../parts/card.tsx';
import { Copy } from '../../parts/copy.tsx';
import { effectWords } from '../../parts/effect.ts';
import { Icon } from '../../parts/icon.tsx';
import { say } from '../../parts/toast.tsx';
import { keepDraft, type Draft } from './draft.ts';
import { Field } from './field.tsx';
import { GuardedStart, type Word } from './guarded-start.tsx';
import { inputOf, problemOf, type FormField } from './schema.ts';
import { WhatItDoes } from './what-it-does.tsx';
import { ActButton } from '../../parts/act-button.tsx';

type Problems = Readonly<Record<string, string>>;

/** The form of one capability, with what it will do beside it and the same start as text below. */
export const RunForm = ({
  agent,
  capability,
  fields,
  draft,
  empty,
}: {
  agent: AgentInfo;
  capability: CapabilityInfo;
  fields: readonly FormField[];
  draft: Draft;
  empty: Draft;
}) => {
  const navigate = useNavigate();
  const [{ account, values }, setForm] = useState(draft);
  const [problems, setProblems] = useState<Problems>({});
  const [emptied, setEmptied] = useState(0);
  const [isGuarded, setGuarded] = useState(false);
  useEffect(() => keepDraft(capability.id, { account, values }), [capability.id, account, values]);

  const input = inputOf(fields, values);
  const request = { capability: capability.id, account, input };
  const start = useMutation({
    mutationFn: (word?: Word) => startRun({ ...request, ...word }),
    onSuccess: ({ workflowId, runId, started }) => {
      keepDraft(capability.id, undefined);
      say(
        started
          ? `Started ${capability.title}.`
          : 'The same work was already under way. Your start joined it; nothing was done twice.',
      );
      void navigate({ to: '/runs/$workflowId', params: { workflowId }, search: { run: runId } });
    },
    onError: (error) => setProblems(problemsOf(error, fields)),
  });

  const check = (field: FormField, value: unknown) => {
    const problem = problemOf(field, value);
    setProblems((before) => {
      const others = Object.entries(before).filter(([name]) => name !== field.name);
      const own: [string, string][] = problem === undefined ? [] : [[field.name, problem]];
      return Object.fromEntries([...others, ...own]);
    });
  };
  const submit = (event?: SubmitEvent) => {
    event?.preventDefault();
    if (!agent.isServed || start.isPending) return;
    const found = fields.flatMap((field): [string, string][] => {
      const problem = problemOf(field, values[field.name]);
      return problem === undefined ? [] : [[field.name, problem]];
    });
    setProblems(Object.fromEntries(found));
    if (found.length > 0) return;
    if (isOnceEffect(capability.effect)) setGuarded(true);
    else start.mutate(undefined);
  };
  const isPristine = JSON.stringify({ account, values }) === JSON.stringify(empty);

  return (
    <>
      <div className="head">
        <h1>{capability.title}</h1>
        <span className="tag">{effectWords[capability.effect]}</span>
        <span className="t3">{capability.description}</span>
      </div>
      <div className="cols aside">
        <div className="col">
          <Card title="Input" line>
            <form
              className="pad stackv"
              noValidate
              aria-label={capability.title}
              onSubmit={submit}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) submit();
              }}
            >
              <ProblemList problems={problems} fields={fields} error={start.error} />
              <Select
                label="Account"
                description="Which login at the vendor is used"
                data={agent.accounts.map((each) => ({
                  value: each.name,
                  label: each.isStandIn ? `${each.name} (stand-in)` : each.name,
                }))}
                value={account}
                onChange={(name) => setForm({ account: name ?? account, values })}
                allowDeselect={false}
                maw={320}
              />
              {fields.map((field) => (
                <Field
                  // A number field keeps what it last said; emptied, it must start afresh.
                  key={`${field.name} ${emptied}`}
                  field={field}
                  value={values[field.name]}
                  error={problems[field.name]}
                  change={(value) => {
                    setForm((form) => ({
                      ...form,
                      values: { ...form.values, [field.name]: value },
                    }));
                    if (problems[field.name] !== undefined) check(field, value);
                  }}
                  blur={() => check(field, values[field.name])}
                />
              ))}
              {!agent.isServed && (
                <p className="retrying row" role="alert">
                  <Icon name="warning" />
                  No worker serves {agent.id}. Start one, then this run can be started.
                </p>
              )}
              <div className="row">
                <ActButton
                  type="submit"
                  className="btn p"
                  disabled={!agent.isServed || start.isPending}
                >
                  <Icon name="play" size="m" />
                  {start.isPending
                    ? 'Starting'
                    : isOnceEffect(capability.effect)
                      ? 'Try it dry…'
                      : 'Start'}
                </ActButton>
                <button
                  type="button"
                  className="btn"
                  disabled={isPristine}
                  onClick={() => {
                    setForm(empty);
                    setEmptied(emptied + 1);
                    setProblems({});
                  }}
                >
                  Empty the form
                </button>
                <span className="hint end hide-m">
                  <kbd>⌘ Enter</kbd> or <kbd>Ctrl Enter</kbd>{' '}
                  {isOnceEffect(capability.effect) ? 'tries it dry' : 'starts'}
                </span>
              </div>
            </form>
          </Card>
          <AsText request={request} />
        </div>
        <GuardedStart
          request={isGuarded ? request : undefined}
          capability={capability}
          start={(word) => start.mutateAsync(word)}
          onClose={() => setGuarded(false)}
        />
        <WhatItDoes agent={agent} capability={capability} account={account} />
      </div>
    </>
  );
};

/** Errors the server found, by field; what belongs to no field is shown as it is. */
function problemsOf(error: Error, fields: readonly FormField[]): Problems {
  if (!(error instanceof ApiFailure)) return {};
  const known = new Set(fields.map((field) => field.name));
  return Object.fromEntries(
    error.fields.flatMap(({ path, message }): [string, string][] => {
      const [name = '', ...rest] = path
        .replace(/^\/input\//, '/')
        .slice(1)
        .split('/');
      if (!known.has(name)) return [];
      return [[name, rest.length > 0 ? `${rest.join('.')}: ${message}` : message]];
    }),
  );
}

const ProblemList = ({
  problems,
  fields,
  error,
}: {
  problems: Problems;
  fields: readonly FormField[];
  error: Error | null;
}) => {
  const wrong = fields.filter((field) => problems[field.name] !== undefined);
  if (wrong.length === 0 && !error) return null;
  return (
    <div className="problems" role="alert">
      <b>{error && wrong.length === 0 ? 'The run was not started.' : 'Not started yet:'}</b>
      {error && wrong.length === 0 && <p>{error.message}</p>}
      {error instanceof ApiFailure && error.requestId && (
        <p className="s12 t3">
          Request <code>{error.requestId}</code>
        </p>
      )}
      <ul>
        {wrong.map((field) => (
          <li key={field.name}>
            <a
              className="link"
              href={`#field-${field.name}`}
              onClick={(event) => {
                event.preventDefault();
                document.getElementById(`field-${field.name}`)?.focus();
              }}
            >
              “{field.title}”
            </a>{' '}
            {problems[field.name]}
          </li>
        ))}
      </ul>
    </div>
  );
};

const AsText = ({
  request,
}: {
  request: { readonly capability: string; readonly account: string; readonly input: object };
}) => {
  const [isCli, setCli] = useState(false);
  const quoted = `'${JSON.stringify(request.input).replaceAll("'", `'\\''`)}'`;
  const cli = `npm run -s agentic -- run ${request.capability} --account ${request.account} --input ${quoted}`;
  const text = isCli ? cli : JSON.stringify(request, null, 2);
  return (
    <Card
      title="The same as text"
      line
      more={
        <>
          <div className="seg end" role="group" aria-label="Shown as">
            <button type="button" aria-pressed={!isCli} onClick={() => setCli(false)}>
              As JSON
            </button>
            <button type="button" aria-pressed={isCli} onClick={() => setCli(true)}>
              As CLI line
            </button>
          </div>
          <Copy text={text} name="Copy text" isIcon className="btn q xs" />
        </>
      }
    >
      <div className="pad">
        <pre className="wrap" tabIndex={0} aria-label={isCli ? 'As CLI line' : 'As JSON'}>
          {text}
        </pre>
      </div>
    </Card>
  );
};
