import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { FailureType } from '../../contracts/failures.ts';
import type { ImportInput, ImportOutput } from '../../contracts/leads-work.ts';
import type { Database } from '../../platform/database.ts';
import { importLeadFile } from '../../platform/import-leads.ts';
import type { CapabilityActivity } from '../activities.ts';

/** Takes a loaded file into a list. Another try of the run goes on where the last one stored a chunk. */
export const importLeads =
  (database: Database): CapabilityActivity<ImportInput, ImportOutput> =>
  async ({ account, input }) => {
    const run = activityInfo().workflowExecution?.runId ?? '';
    const done = await importLeadFile(database, { run, account, ...input });
    if (done) return done;
    throw ApplicationFailure.nonRetryable(
      `No file ${input.file} is loaded (any more): load it with \`agentic leads import <file> --list …\``,
      FailureType.InvalidInput,
    );
  };
