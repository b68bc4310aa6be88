import { count } from '../numbers.ts';

interface Counts {
  readonly total: number;
  readonly completed: number;
  readonly failed: number;
}

/** How far a swarm is, as a bar whose parts add up. */
export const ProgressBar = ({ progress: { total, completed, failed } }: { progress: Counts }) => (
  <Stack parts={{ completed, failed, open: Math.max(0, total - completed - failed) }} />
);

/** The same with the exact counts. */
export const Progress = ({
  progress,
  note = '',
}: {
  progress: Counts;
  /** What holds it up, in words. */
  note?: string;
}) => {
  const { total, completed, failed } = progress;
  const words = `${count(completed + failed)} of ${count(total)}`;
  const rest = `${failed > 0 ? `, ${count(failed)} failed` : ''}${note && ` · ${note}`}`;
  return (
    <span className="progress">
      <ProgressBar progress={progress} />
      <span className="s12 t2 num cut" title={`${words}${rest}`}>
        {words}
        {rest}
      </span>
    </span>
  );
};

const families = {
  completed: 'f-completed',
  failed: 'f-failed',
  retrying: 'f-retrying',
  open: 'f-none',
} as const;

/** A stacked bar; what failed or retries is never thinner than 3 px. */
export const Stack = ({
  parts,
  label,
  isLarge = false,
}: {
  parts: Partial<Readonly<Record<keyof typeof families, number>>>;
  /** What it says, where no text beside it does. */
  label?: string;
  isLarge?: boolean;
}) => (
  <span
    className={`stack ${isLarge ? 'l' : ''}`}
    {...(label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label })}
  >
    {(['completed', 'failed', 'retrying', 'open'] as const).map((part) => {
      const size = parts[part] ?? 0;
      return size > 0 && <i key={part} className={families[part]} style={{ flexGrow: size }} />;
    })}
  </span>
);
