import { Textarea } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { z } from 'zod';
import type { PipelineStep } from '../../../../contracts/pipeline.ts';
import { answerStep, repairStep } from '../../api-pipelines.ts';
import { Icon } from '../../parts/icon.tsx';
import { ReasonDialog, type Act } from '../../parts/reason-dialog.tsx';
import { say } from '../../parts/toast.tsx';
import { ActButton } from '../../parts/act-button.tsx';

/** A step that waits for a person. */
export interface WaitingStep {
  readonly workflowId: string;
  readonly id: string;
  readonly title: string;
  readonly decision: 'approval' | 'repair';
  /** What it does, as the definition has it; undefined while that is not known. */
  readonly definition: PipelineStep | undefined;
}

/** What is done with a step that waits for a person. */
export type StepVerb = 'approve' | 'reject' | 'retry' | 'skip' | 'abort';

/** The buttons for a step that waits for a person; each asks for a reason. */
export const StepActs = ({ step, isSmall = false }: { step: WaitingStep; isSmall?: boolean }) => {
  const [verb, setVerb] = useState<StepVerb>();
  const size = isSmall ? 'xs' : '';
  return (
    <div className="row w">
      {step.decision === 'approval' ? (
        <>
          <ActButton className={`btn p ${size}`} onClick={() => setVerb('approve')}>
            <Icon name="check" size="m" />
            Approve…
          </ActButton>
          <ActButton className={`btn d ${size}`} onClick={() => setVerb('reject')}>
            Refuse…
          </ActButton>
        </>
      ) : (
        <>
          <ActButton className={`btn p ${size}`} onClick={() => setVerb('retry')}>
            <Icon name="retrying" size="m" />
            Retry…
          </ActButton>
          <ActButton className={`btn ${size}`} onClick={() => setVerb('skip')}>
            Skip…
          </ActButton>
          <ActButton className={`btn d ${size}`} onClick={() => setVerb('abort')}>
            Abort…
          </ActButton>
        </>
      )}
      <StepDialog step={step} verb={verb} onClose={() => setVerb(undefined)} />
    </div>
  );
};

/** Asks for the reason, and for what a repair needs. */
export const StepDialog = ({
  step,
  verb,
  onClose,
}: {
  step: WaitingStep;
  verb: StepVerb | undefined;
  onClose: () => void;
}) => {
  const client = useQueryClient();
  const initial = inputOf(step.definition);
  const [input, setInput] = useState(initial);
  const [output, setOutput] = useState('');
  const close = () => {
    setInput(initial);
    setOutput('');
    onClose();
  };
  const parsedInput = Fields.safeParse(jsonOf(input));
  const givenOutput = output.trim() === '' ? undefined : jsonOf(output);
  const tell = async (done: string, word: Promise<unknown>) => {
    await word;
    say(done);
    void client.invalidateQueries();
  };
  const { workflowId, id, title } = step;
  const repair = (
    action: 'retry' | 'skip' | 'abort',
    reason: string,
    more: { readonly input?: z.infer<typeof Fields>; readonly output?: unknown } = {},
  ) => repairStep(workflowId, { step: id, reason, action, ...more });

  const acts: Readonly<Record<StepVerb, Omit<Act, 'isReasonNeeded'>>> = {
    approve: {
      title: `Approve “${title}”?`,
      consequence: 'What comes after it begins at once.',
      verb: 'Approve',
      run: (reason) =>
        tell(`Approved ${title}.`, answerStep(workflowId, 'approve', { step: id, reason })),
    },
    reject: {
      title: `Refuse “${title}”?`,
      consequence:
        'What comes after it is left out, unless its own condition looks at this answer. What does not come after it goes on.',
      verb: 'Refuse',
      isDangerous: true,
      run: (reason) =>
        tell(`Refused ${title}.`, answerStep(workflowId, 'reject', { step: id, reason })),
    },
    retry: {
      title: `Try “${title}” again?`,
      consequence:
        'Steps that are done are not run again. Change the input if the failure came from it.',
      fields: initial !== '' && (
        <Textarea
          label="Input"
          description='As JSON. References such as { "$ref": … } are filled in when it runs.'
          value={input}
          onChange={(event) => setInput(event.currentTarget.value)}
          error={parsedInput.success ? undefined : 'This is not a JSON object'}
          autosize
          minRows={3}
          maxRows={14}
          spellCheck={false}
          styles={{ input: { fontFamily: 'var(--mono)' } }}
        />
      ),
      isReady: initial === '' || parsedInput.success,
      verb: input === initial ? 'Retry' : 'Retry with this input',
      size: 560,
      run: (reason) =>
        tell(
          `${title} is tried again.`,
          repair(
            'retry',
            reason,
            input === initial || !parsedInput.success ? {} : { input: parsedInput.data },
          ),
        ),
    },
    skip: {
      title: `Skip “${title}”?`,
      consequence:
        'The pipeline goes on without it. Steps that need its output are left out too, unless you give one.',
      fields: (
        <Textarea
          label="Output for later steps"
          description="Optional, as JSON"
          value={output}
          onChange={(event) => setOutput(event.currentTarget.value)}
          error={output.trim() !== '' && givenOutput === undefined ? 'This is not JSON' : undefined}
          autosize
          minRows={2}
          maxRows={10}
          spellCheck={false}
          styles={{ input: { fontFamily: 'var(--mono)' } }}
        />
      ),
      isReady: output.trim() === '' || givenOutput !== undefined,
      verb: 'Skip the step',
      run: (reason) =>
        tell(
          `Skipped ${title}.`,
          repair('skip', reason, givenOutput === undefined ? {} : { output: givenOutput }),
        ),
    },
    abort: {
      title: 'Abort the pipeline?',
      consequence:
        'Everything that runs is cancelled and nothing else begins. What is done stays done.',
      verb: 'Abort the pipeline',
      isDangerous: true,
      run: (reason) => tell('The pipeline ends.', repair('abort', reason)),
    },
  };
  const act = verb && { ...acts[verb], isReasonNeeded: true };
  return <ReasonDialog act={act} onClose={close} />;
};

const Fields = z.record(z.string(), z.unknown());

function jsonOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

/** The input of the one task of a step, as text; empty for steps that have none of their own. */
function inputOf(step: PipelineStep | undefined): string {
  const task = step?.task ?? step?.['for-each']?.task;
  return task ? JSON.stringify(task.input, null, 2) : '';
}
