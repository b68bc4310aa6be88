import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

/** A link to a run's page; a swarm has a page of its own. */
export const RunLink = ({
  workflowId,
  runId,
  type,
  className = '',
  children,
}: {
  workflowId: string;
  runId?: string | undefined;
  /** Temporal's workflow type, where it is known. */
  type?: string;
  className?: string;
  children: ReactNode;
}) => (
  <Link
    to={type === 'swarm' ? '/swarms/$workflowId' : '/runs/$workflowId'}
    params={{ workflowId }}
    search={runId === undefined ? {} : { run: runId }}
    className={className}
  >
    {children}
  </Link>
);
