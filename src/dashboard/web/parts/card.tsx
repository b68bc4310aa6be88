import type { ReactNode } from 'react';

/** A card: title, what belongs beside it, and the content below. */
export const Card = ({
  title,
  tag,
  more,
  line = false,
  className = '',
  children,
}: {
  title: string;
  tag?: string | number | undefined;
  more?: ReactNode;
  /** A line under the header, for tables. */
  line?: boolean;
  className?: string;
  children: ReactNode;
}) => (
  <section className={`card ${className}`} aria-label={title}>
    <header className={line ? 'b' : ''}>
      <h2>{title}</h2>
      {tag !== undefined && <span className="tag">{tag}</span>}
      {more}
    </header>
    {children}
  </section>
);

/** The mark beside every number of a vendor that is not live. */
export const StandInTag = () => (
  <span className="tag" title="A stand-in answers for this vendor: the numbers are made up">
    stand-in
  </span>
);

/** One sentence with its reason and one action. */
export const Sentence = ({
  icon,
  action,
  children,
}: {
  icon: ReactNode;
  action?: ReactNode;
  children: ReactNode;
}) => (
  <div className="why">
    {icon}
    <p>{children}</p>
    {action}
  </div>
);
