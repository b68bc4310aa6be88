import { Fragment, type ReactNode } from 'react';
import { useNow } from '../../live.ts';
import { Icon } from '../../parts/icon.tsx';
import { ProgressBar } from '../../parts/progress.tsx';
import { StateIcon, lookOf } from '../../parts/state-badge.tsx';
import { kindOf, noteOf, type StepFacts } from './step-facts.ts';

/** The same steps as a list: for narrow screens, for readers, and for those who like lists. */
export const StepList = ({
  facts,
  selected,
  select,
  isPlan = false,
  below,
}: {
  facts: readonly StepFacts[];
  selected: string | undefined;
  select: (id: string) => void;
  /** A definition that does not run: steps have no states. */
  isPlan?: boolean;
  /** What stands below the selected step. */
  below?: ReactNode;
}) => {
  const now = useNow();
  return (
    <ol className="list step-list" aria-label="Steps">
      {facts.map((each) => {
        const { step, run } = each;
        const kind = kindOf(each);
        const note = noteOf(each, now);
        return (
          <Fragment key={step.id}>
            <li className={step.id === selected ? 'sel' : ''}>
              {isPlan ? (
                <span className="t3 row">
                  <Icon name={step.kind === 'approval' ? 'needs-you' : 'play'} />
                </span>
              ) : (
                <StateIcon kind={kind} />
              )}
              <span className="grow">
                <button
                  type="button"
                  className="cut block strong quiet-link"
                  aria-pressed={step.id === selected}
                  onClick={() => select(step.id)}
                >
                  {step.title}
                </button>
                <span className="cut block s11 t3">
                  {step.after.length === 0 ? 'begins at once' : `after ${step.after.join(', ')}`}
                  {step.when !== null && `, only if ${step.when}`}
                </span>
                {run?.progress && <ProgressBar progress={run.progress} />}
              </span>
              <span className="s12 t2 r step-note">
                {isPlan ? (
                  <span className="mono s11 t3">{step.capability ?? 'asks a person'}</span>
                ) : (
                  <>
                    <span className={`block ${lookOf(kind).family}`}>{lookOf(kind).word}</span>
                    <span className="block s11 t3 num cut" title={note}>
                      {note}
                    </span>
                  </>
                )}
              </span>
            </li>
            {below && step.id === selected && <li className="inset">{below}</li>}
          </Fragment>
        );
      })}
    </ol>
  );
};
