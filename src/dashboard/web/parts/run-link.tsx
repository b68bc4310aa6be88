import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

/** A link to a run's page. */
export const RunLink = ({
  workflowId,
  runId,
  className = '',
  children,
}: {
  workflowId: string;
  runId?: string | undefined;
  className?: string;
  children: ReactNode;
}) => (
  <Link
    to="/runs/$workflowId"
    params={{ workflowId }}
    search={runId === undefined ? {} : { run: runId }}
    className={className}
  >
    {children}
  </Link>
);
