import type { ReactNode } from 'react';
import type { MemoryDiff } from '../../../../contracts/memory-views.ts';

type Line = MemoryDiff['lines'][number];

/** Lines of a memory file as they were and are, with what differs inside a line marked. */
export const DiffLines = ({ lines }: { lines: MemoryDiff['lines'] }) => (
  <div className="diff" tabIndex={0} role="group" aria-label="Lines of the file">
    {lines.map((line, index) => (
      <div key={index} className={rowClass[line.sign]}>
        <Sign sign={line.sign} />
        <span>
          <Marked text={line.text} other={counterpart(lines, index)?.text} />
        </span>
      </div>
    ))}
  </div>
);

const rowClass: Readonly<Record<Line['sign'], string>> = { '+': 'add', '-': 'del', ' ': '' };

const Sign = ({ sign }: Pick<Line, 'sign'>) => {
  if (sign === ' ') return <span />;
  return (
    <span role="img" aria-label={sign === '+' ? 'added' : 'removed'}>
      {sign === '+' ? '+' : '−'}
    </span>
  );
};

/** The line that took a removed line's place, or whose place an added one took. */
function counterpart(lines: readonly Line[], index: number): Line | undefined {
  const sign = lines[index]?.sign;
  if (sign === ' ' || sign === undefined) return undefined;
  const block = (from: number, step: 1 | -1, of: Line['sign']): number => {
    let length = 0;
    while (lines[from + step * length]?.sign === of) length += 1;
    return length;
  };
  if (sign === '-') {
    const end = index + block(index, 1, '-');
    const start = index - block(index, -1, '-') + 1;
    return block(end, 1, '+') === end - start ? lines[end + index - start] : undefined;
  }
  const start = index - block(index, -1, '+') + 1;
  const removed = block(start - 1, -1, '-');
  const added = block(start, 1, '+');
  return removed === added ? lines[index - removed] : undefined;
}

/** A line with the part marked that its other version has not. */
const Marked = ({ text, other }: { text: string; other: string | undefined }): ReactNode => {
  if (other === undefined) return text;
  const most = Math.min(text.length, other.length);
  let start = 0;
  while (start < most && text[start] === other[start]) start += 1;
  let end = 0;
  while (end < most - start && text.at(-1 - end) === other.at(-1 - end)) end += 1;
  if (start + end === 0) return text;
  return (
    <>
      {text.slice(0, start)}
      <mark>{text.slice(start, text.length - end)}</mark>
      {text.slice(text.length - end)}
    </>
  );
};
