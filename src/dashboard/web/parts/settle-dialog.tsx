import { Radio } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { EffectEntry, EffectVerdict } from '../../../contracts/effects.ts';
import { settleEffect } from '../api.ts';
import { Ago } from './ago.tsx';
import { ReasonDialog, type Act } from './reason-dialog.tsx';
import { say } from './toast.tsx';

const verdicts: readonly {
  readonly verdict: EffectVerdict;
  readonly label: string;
  readonly means: string;
  readonly verb: string;
}[] = [
  {
    verdict: 'done',
    label: 'It was done',
    means: 'Nobody does it again.',
    verb: 'Note that it was done',
  },
  {
    verdict: 'not-done',
    label: 'It was not done',
    means: 'The next run that wants it does it. If it was done after all, it happens twice.',
    verb: 'Let the next run do it',
  },
  {
    verdict: 'leave-out',
    label: 'Leave it out',
    means: 'Nobody does it; “It was not done” takes that back.',
    verb: 'Leave it out',
  },
];

/** Takes a person's word for what became of an effect, with the reason. */
export const SettleDialog = ({
  effect,
  onClose,
}: {
  effect: EffectEntry | undefined;
  onClose: () => void;
}) => {
  const client = useQueryClient();
  const [verdict, setVerdict] = useState<EffectVerdict>();
  useEffect(() => setVerdict(undefined), [effect?.key]);
  const chosen = verdicts.find((each) => each.verdict === verdict);
  const act: Act | undefined = effect && {
    title: 'What became of it?',
    consequence: (
      <>
        <code className="wrap">{effect.key}</code> was asked of the vendor{' '}
        <Ago at={effect.updatedAt} />: {effect.reason}. Look at the vendor first; nothing is
        repeated until you decide.
      </>
    ),
    fields: (
      <Radio.Group
        label="What the vendor shows"
        value={verdict ?? ''}
        onChange={(value) => setVerdict(verdicts.find((each) => each.verdict === value)?.verdict)}
      >
        <div className="choices">
          {verdicts.map((each) => (
            <Radio
              key={each.verdict}
              value={each.verdict}
              label={each.label}
              description={each.means}
            />
          ))}
        </div>
      </Radio.Group>
    ),
    asks: {
      label: 'How you know',
      help: 'Required. It is kept with the effect and in the audit log.',
    },
    verb: chosen?.verb ?? 'Decide',
    isDangerous: verdict === 'not-done',
    isReasonNeeded: true,
    isReady: chosen !== undefined,
    size: 500,
    async run(reason) {
      if (!chosen) return;
      await settleEffect(effect.key, chosen.verdict, reason);
      say(`${chosen.label}: noted for ${effect.key}.`);
      void client.invalidateQueries();
    },
  };
  return <ReasonDialog act={act} onClose={onClose} />;
};
