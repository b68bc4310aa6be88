import { Menu } from '@mantine/core';
import { Icon } from './icon.tsx';

/** One choice of a filter. */
export interface FilterOption {
  readonly value: string;
  readonly label: string;
}

/** A filter with a few values: shows what is chosen, opens the choices. */
export const FilterChip = ({
  name,
  value,
  any,
  options,
  onChange,
}: {
  name: string;
  value: string | undefined;
  /** What no choice means: `Any state`. */
  any: string;
  options: readonly FilterOption[];
  onChange: (value: string | undefined) => void;
}) => {
  const chosen = options.find((option) => option.value === value);
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <button
          type="button"
          className={`chip ${value === undefined ? '' : 'on'}`}
          aria-label={`${name}: ${chosen?.label ?? value ?? any}`}
        >
          <span className="cut">{chosen?.label ?? value ?? any}</span>
          <Icon name="down" size="s" />
        </button>
      </Menu.Target>
      <Menu.Dropdown mah={360} style={{ overflowY: 'auto' }}>
        {[{ value: undefined, label: any }, ...options].map((option) => (
          <Menu.Item
            key={option.value ?? ''}
            onClick={() => onChange(option.value)}
            rightSection={option.value === value ? <Icon name="check" size="m" /> : null}
          >
            {option.label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
};
