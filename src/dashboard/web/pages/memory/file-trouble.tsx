import { useState } from 'react';
import type { AgentMemory } from '../../../../contracts/memory-views.ts';
import { Card } from '../../parts/card.tsx';
import { Icon } from '../../parts/icon.tsx';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { useMemoryActs } from './memory-acts.tsx';
import { ActButton } from '../../parts/act-button.tsx';

/** Why a memory's file is neither read nor written: which line, and what is wrong with it. */
export const FileTrouble = ({ memory }: { memory: AgentMemory }) => {
  const [isAsked, setAsked] = useState(false);
  const { restore } = useMemoryActs(memory);
  const { file } = memory;
  if (!file?.trouble) return null;
  return (
    <Card
      title="Its file can’t be read"
      line
      more={
        <span className="more">
          {file.isBeingRestored ? (
            'A worker writes it anew'
          ) : (
            <ActButton className="btn xs" onClick={() => setAsked(true)}>
              <Icon name="retrying" size="m" />
              Restore the file…
            </ActButton>
          )}
        </span>
      }
    >
      <div className="pad stackv" role="alert">
        <p className="t2 wrap">
          Somebody has changed <code>{file.path}</code>, and not all of it can be understood. Until
          that is mended, nothing is read from it and nothing written to it; runs obey memory as it
          was before.
        </p>
        <ul className="stackv">
          {file.trouble.map(({ line, reason }) => (
            <li key={`${line} ${reason}`} className="row from-top">
              <span className="tag danger">line {line}</span>
              <span className="wrap">{reason}</span>
            </li>
          ))}
        </ul>
      </div>
      <ReasonDialog act={isAsked ? restore : undefined} onClose={() => setAsked(false)} />
    </Card>
  );
};
