import { useNow } from '../live.ts';
import { exact, relative } from '../time.ts';

/** `26 min ago`, kept right as time passes; the exact UTC time is in the tooltip. */
export const Ago = ({ at }: { at: string }) => (
  <time dateTime={at} title={exact(at)}>
    {relative(at, useNow())}
  </time>
);
