import { upsertMemo, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { RunMemo } from '../contracts/runs.ts';
import { runMemoKey } from '../rules/names.ts';

/** Gives a run that was started by hand the name and the attributes by which lists find it. */
export function nameRun(memo: RunMemo): void {
  if (workflowInfo().memo?.[runMemoKey] !== undefined) return;
  upsertMemo({ [runMemoKey]: { ...memo } });
  const { agent, capability, account } = memo;
  const known = {
    ...(agent === null ? {} : { Agent: [agent] }),
    ...(capability === null ? {} : { Capability: [capability] }),
    ...(account === null ? {} : { Account: [account] }),
  };
  if (Object.keys(known).length > 0) upsertSearchAttributes(known);
}
