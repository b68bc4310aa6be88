import { useMediaQuery } from '@mantine/hooks';

/** Whether the screen has room for one column only; the same bound as in the styles. */
export const useIsNarrow = (): boolean =>
  useMediaQuery('(max-width: 760px)', false, { getInitialValueInEffect: false });
