import { NumberInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { FlowKeyDetail } from '../../../../contracts/flow-history.ts';
import { FlowLimits } from '../../../../contracts/flow-keys.ts';
import { limitFlowKey } from '../../api.ts';
import { count } from '../../numbers.ts';
import { Icon } from '../../parts/icon.tsx';
import { ReasonDialog, type Act } from '../../parts/reason-dialog.tsx';

const fields = [
  ['perSecond', 'Calls a second'],
  ['perMinute', 'Calls a minute'],
  ['atOnce', 'Calls at once'],
] as const;

type Typed = Readonly<Record<string, string | number>>;

/** Sets limits in place of the declared ones. */
export const LimitsDialog = ({
  detail,
  done,
  onClose,
}: {
  detail: FlowKeyDetail | undefined;
  done: () => Promise<void>;
  onClose: () => void;
}) => {
  const [limits, setLimits] = useState<Typed>({});
  const isOpen = detail !== undefined;
  useEffect(() => setLimits(detail?.flowKey.limits ?? {}), [isOpen]);
  const checked = FlowLimits.safeParse(limits);
  const act: Act | undefined = detail && {
    title: `Change the limits of ${detail.flowKey.key}`,
    consequence:
      'They apply to all processes from the next call on, in place of what the agent declares.',
    fields: <Fields limits={limits} change={setLimits} declared={detail.declared} />,
    verb: 'Change the limits',
    isReasonNeeded: true,
    isReady: checked.success,
    async run(reason) {
      if (!checked.success) return;
      await limitFlowKey(detail.flowKey.key, checked.data, reason);
      await done();
    },
  };
  return <ReasonDialog act={act} onClose={onClose} />;
};

const Fields = ({
  limits,
  change,
  declared,
}: {
  limits: Typed;
  change: (limits: Typed) => void;
  declared: FlowKeyDetail['declared'];
}) => {
  const checked = FlowLimits.safeParse(limits);
  const problemOf = (name: string): string | undefined =>
    checked.error?.issues.find(({ path }) => path[0] === name) &&
    `Expected a number ${name === 'atOnce' ? 'from 1 to 10,000' : 'above 0, at most 100,000'}`;
  const isAbove = fields.some(([name]) => checked.data && checked.data[name] > declared[name]);
  return (
    <>
      {fields.map(([name, label]) => (
        <NumberInput
          key={name}
          label={label}
          description={`Declared: ${count(declared[name])}`}
          value={limits[name] ?? ''}
          onChange={(value) => change({ ...limits, [name]: value })}
          error={problemOf(name)}
          min={0}
          hideControls
        />
      ))}
      {isAbove && (
        <p className="retrying row">
          <Icon name="warning" /> Above what is declared: the vendor may answer 429 and close the
          key.
        </p>
      )}
    </>
  );
};
