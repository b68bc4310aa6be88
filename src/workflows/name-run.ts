import { upsertMemo, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { RunMemo } from '../contracts/runs.ts';
import { runMemoKey } from '../rules/names.ts';

/** Gives a run that was started by hand the name and the attributes by which lists find it. */
export function nameRun(memo: RunMemo): void {
  if (workflowInfo().memo?.[runMemoKey] !== undefined) return;
  upsertMemo({ [runMemoKey]: { ...memo } });
  upsertSearchAttributes({
    Agent: [memo.agent],
    Capability: [memo.capability],
    Account: [memo.account],
  });
}
