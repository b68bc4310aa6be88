import { Link, type ErrorComponentProps } from '@tanstack/react-router';
import { useTitle } from '../parts/title.ts';
import { Empty } from '../parts/view.tsx';

/** An address that leads nowhere. */
export const NotFoundPage = () => {
  useTitle('Not found');
  return (
    <>
      <h1>No page has this address</h1>
      <div className="card">
        <Empty>
          <p>The address is mistyped, or the page is not part of this version.</p>
          <Link to="/" className="btn">
            Open the overview
          </Link>
        </Empty>
      </div>
    </>
  );
};

/** A page that broke while it was drawn; the frame around it stays. */
export const PageTrouble = ({ error, reset }: ErrorComponentProps) => (
  <div className="card" role="alert">
    <Empty>
      <p>
        <b>This page could not be drawn.</b>{' '}
        {error instanceof Error ? error.message : String(error)}. The rest keeps working.
      </p>
      <button type="button" className="btn" onClick={reset}>
        Try again
      </button>
    </Empty>
  </div>
);
