import type { PipelineDetail, PipelineOutcome, StepStatus } from '../contracts/pipeline.ts';
import { stateWords } from '../rules/pipeline-words.ts';
import type { StartedRun } from '../contracts/api.ts';
import { faint, moment, print, strong, table } from './output.ts';
import type { Session } from './session.ts';

/** Shows where all steps are, and how to answer those that wait for a person. */
export function showSteps({ title, workflowId, phase, steps, isLive }: PipelineDetail): void {
  print(`${strong(title)}  ${phase}`);
  if (!isLive) print(faint('No worker answers for it; this is what the table of runs remembers.'));
  if (steps.length === 0) {
    print('Nothing is known of its steps.');
    return;
  }
  const rows = steps.map((step) => [
    step.state.kind,
    step.id,
    step.title === step.id ? null : step.title,
    step.attempts,
    moment(step.since),
    noteOf(step),
  ]);
  print(`\n${table(['state', 'step', 'what', 'tries', 'since (UTC)', ''], rows)}`);
  const lines = steps.flatMap((step) => howToAnswer(workflowId, step));
  if (lines.length > 0) print(`\n${lines.join('\n')}`);
}

const noteOf = (step: StepStatus): string => {
  const { kind } = step.state;
  if (kind === 'completed' || kind === 'running') return step.run ?? '';
  return stateWords(step);
};

function howToAnswer(id: string, { id: step, state }: StepStatus): readonly string[] {
  if (state.kind !== 'needs-you') return [];
  const shown = Object.entries(state.show).map(
    ([name, value]) => `  ${name}: ${JSON.stringify(value)}`,
  );
  const until = `  until ${moment(state.deadline)} UTC`;
  const command =
    state.decision === 'approval'
      ? `  agentic pipeline approve|reject ${id} ${step} --reason …`
      : `  agentic pipeline repair ${id} ${step} --retry|--skip|--abort --reason …`;
  return [`${strong(step)}: ${state.question}`, ...shown, until, command];
}

/** One line for each step that has come into another state since the last look. */
export function watchSteps(): (session: Session, run: StartedRun) => Promise<string> {
  const seen = new Map<string, string>();
  let last = 'under way';
  return async (session, { workflowId }) => {
    const { readPipeline } = await import('../platform/pipeline-detail.ts');
    const detail = await readPipeline(session, workflowId);
    const news = (detail?.steps ?? []).flatMap((step) => {
      const now = `${step.state.kind}@${step.since}`;
      const isNews = seen.get(step.id) !== now && step.state.kind !== 'queued';
      seen.set(step.id, now);
      return isNews ? [lineOf(step), ...howToAnswer(workflowId, step).slice(-1)] : [];
    });
    if (news.length > 0) last = news.join('\n  ');
    return last;
  };
}

const lineOf = (step: StepStatus): string => {
  const note = noteOf(step);
  return `${step.id} ${step.state.kind}${note === '' ? '' : `: ${note}`}`;
};

/** How many steps ended how, in one line. */
export function endLine({ steps }: PipelineOutcome): string {
  const kinds = [...new Set(steps.map(({ state }) => state.kind))];
  const counts = kinds.map(
    (kind) => `${steps.filter(({ state }) => state.kind === kind).length} ${kind}`,
  );
  return `${counts.join(', ')}.`;
}
