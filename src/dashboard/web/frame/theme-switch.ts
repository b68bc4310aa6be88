import { useComputedColorScheme, useMantineColorScheme } from '@mantine/core';

/** Changes between light and dark and keeps the choice. */
export function useThemeSwitch(): {
  readonly other: 'light' | 'dark';
  readonly change: () => void;
} {
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false });
  const { setColorScheme } = useMantineColorScheme();
  const other = scheme === 'dark' ? 'light' : 'dark';
  return { other, change: () => setColorScheme(other) };
}
