import { useMantineColorScheme } from '@mantine/core';
import type { ReactNode } from 'react';
import { useChoice } from '../../choices.ts';
import { Card } from '../../parts/card.tsx';
import { useTitle } from '../../parts/title.ts';
import { SettingsHead } from './settings-head.tsx';

/** How the pages look and listen, in this browser. */
export const LookPage = (): ReactNode => {
  useTitle('Look', 'Settings');
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [density, setDensity] = useChoice('density');
  const [keys, setKeys] = useChoice('keys');
  const [zone, setZone] = useChoice('clock');
  return (
    <>
      <SettingsHead about="Kept in this browser, for whoever uses it." />
      <Card title="Look" line>
        <Choice
          name="Theme"
          about="The system’s own, unless you choose one."
          value={colorScheme}
          options={[
            ['auto', 'System'],
            ['light', 'Light'],
            ['dark', 'Dark'],
          ]}
          choose={setColorScheme}
        />
        <Choice
          name="Rows"
          about="How close together the rows of tables stand."
          value={density}
          options={[
            ['normal', 'Normal'],
            ['dense', 'Dense'],
          ]}
          choose={setDensity}
        />
        <Choice
          name="Single keys"
          about="Whether a letter alone does something: j, k, g and the others that ? lists."
          value={keys}
          options={[
            ['on', 'On'],
            ['off', 'Off'],
          ]}
          choose={setKeys}
        />
        <Choice
          name="Clock times"
          about={`In tables and charts; their headers say which. Yours now: ${Intl.DateTimeFormat().resolvedOptions().timeZone}. Days of figures, tooltips and what is copied stay in UTC.`}
          value={zone}
          options={[
            ['utc', 'UTC'],
            ['local', 'Local'],
          ]}
          choose={setZone}
        />
      </Card>
    </>
  );
};

function Choice<T extends string>({
  name,
  about,
  value,
  options,
  choose,
}: {
  name: string;
  about: string;
  value: T;
  options: readonly (readonly [value: T, label: string])[];
  choose: (value: T) => void;
}) {
  return (
    <div className="choice">
      <p>
        <b>{name}</b>
        <span className="t3">{about}</span>
      </p>
      <div className="seg" role="group" aria-label={name}>
        {options.map(([option, label]) => (
          <button
            key={option}
            type="button"
            aria-pressed={option === value}
            onClick={() => choose(option)}
          >
            {label}
          </button>
        ))}
      </div>
    </div>
  );
}
