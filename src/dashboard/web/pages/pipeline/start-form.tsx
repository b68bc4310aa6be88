import { TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState, type SubmitEvent } from 'react';
import '@mantine/dates/styles.layer.css';
import type { PipelineList } from '../../../../contracts/pipeline.ts';
import { ApiFailure } from '../../api.ts';
import { startPipeline } from '../../api-pipelines.ts';
import { Card } from '../../parts/card.tsx';
import { Icon } from '../../parts/icon.tsx';
import { say } from '../../parts/toast.tsx';
import { Field } from '../new-run/field.tsx';
import { inputOf, problemOf, valuesOf } from '../new-run/schema.ts';
import { paramFields } from './params.ts';
import { ActButton } from '../../parts/act-button.tsx';

type Problems = Readonly<Record<string, string>>;

/** Starts a ready pipeline with its parameters. */
export const StartForm = ({ pipeline }: { pipeline: PipelineList['pipelines'][number] }) => {
  const navigate = useNavigate();
  const fields = paramFields(pipeline.paramsSchema);
  const [values, setValues] = useState(() => valuesOf(fields, {}));
  const [key, setKey] = useState('');
  const [problems, setProblems] = useState<Problems>({});
  const start = useMutation({
    mutationFn: () =>
      startPipeline({
        pipeline: pipeline.name,
        params: { ...inputOf(fields, values) },
        ...(key.trim() === '' ? {} : { key: key.trim() }),
      }),
    onSuccess: ({ workflowId, runId, started }) => {
      say(
        started
          ? `Started ${pipeline.title}.`
          : 'The same work was already under way. Your start joined it; nothing was done twice.',
      );
      void navigate({ to: '/runs/$workflowId', params: { workflowId }, search: { run: runId } });
    },
    onError: (error) => setProblems(problemsIn(error)),
  });
  const problemsNow = (): Problems =>
    Object.fromEntries(
      fields.flatMap((field): [string, string][] => {
        const problem = problemOf(field, values[field.name]);
        return problem === undefined ? [] : [[field.name, problem]];
      }),
    );
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const found = problemsNow();
    setProblems(found);
    if (Object.keys(found).length === 0) start.mutate();
  };
  const isAboutField = fields.some(({ name }) => problems[name] !== undefined);
  return (
    <Card title="Run it" line>
      <form
        id="start"
        className="pad stackv"
        noValidate
        aria-label={`Run ${pipeline.title}`}
        onSubmit={submit}
      >
        {fields.map((field) => (
          <Field
            key={field.name}
            field={field}
            value={values[field.name]}
            error={problems[field.name]}
            change={(value) => setValues((before) => ({ ...before, [field.name]: value }))}
            blur={() => setProblems(problemsNow())}
          />
        ))}
        <TextInput
          label="Key"
          description="Optional. What makes it one piece of work; the day and the parameters when left empty."
          value={key}
          onChange={(event) => setKey(event.currentTarget.value)}
        />
        {start.error && !isAboutField && (
          <p className="failed row wrap" role="alert">
            <Icon name="warning" /> {start.error.message}
          </p>
        )}
        <div className="row">
          <ActButton type="submit" className="btn p" disabled={start.isPending}>
            <Icon name="play" size="m" />
            {start.isPending ? 'Starting' : 'Start'}
          </ActButton>
        </div>
      </form>
    </Card>
  );
};

/** What the server found wrong, by parameter. */
const problemsIn = (error: Error): Problems =>
  error instanceof ApiFailure
    ? Object.fromEntries(
        error.fields.flatMap(({ path, message }): [string, string][] => {
          const [, name] = /^\/params\/([^/]+)/.exec(path) ?? [];
          return name === undefined ? [] : [[name, message]];
        }),
      )
    : {};
