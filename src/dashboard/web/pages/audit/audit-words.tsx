import type { AuditRow } from '../../../../contracts/audit.ts';

const ways = new Map([
  ['dashboard', 'Dashboard'],
  ['cli', 'Command line'],
  ['token', 'Token'],
  ['file', 'File'],
  ['mcp', 'MCP'],
]);

/** Through what somebody did it, as a tag. */
export const Way = ({ from }: Pick<AuditRow, 'from'>) => (
  <span className="tag">{ways.get(from) ?? from}</span>
);

/** Who, without the way: `mara@host` of `cli:mara@host`. */
export const nameOf = (by: string): string => by.slice(by.indexOf(':') + 1);

/** Whether what it was done to is a run, which has a page. */
export const isOfRun = (action: string): boolean => /^(run|swarm|pipeline)\./.test(action);
