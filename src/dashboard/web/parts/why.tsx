/** A sentence and its reasons: the first carries the weight. */
export const Why = ({ text }: { text: string }) => {
  const [first = '', ...rest] = text.split(/(?<=[.!?]) (?=[A-Z])/);
  return (
    <>
      <b>{first}</b> {rest.join(' ')}
    </>
  );
};
