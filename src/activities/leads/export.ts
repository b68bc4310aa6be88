import { cancellationSignal } from '@temporalio/activity';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExportInput, ExportOutput } from '../../contracts/leads-work.ts';
import { writingTo } from '../../platform/disk.ts';
import { exportLeads as write, wishOf } from '../../platform/lead-export.ts';
import type { LeadStore } from '../../platform/leads.ts';
import type { CapabilityActivity } from '../activities.ts';

/**
 * Writes leads into a file of their account. Another try begins anew beside what is there, which it
 * replaces in one step: whoever looks finds the old file or the new one, and nothing in between.
 */
export const exportLeads =
  (store: Pick<LeadStore, 'each'>, folder: string): CapabilityActivity<ExportInput, ExportOutput> =>
  async ({ account, input }) => {
    const own = join(folder, account);
    const path = join(own, input.file);
    const leads = await writingTo(folder, 'AGENTIC_STATE_DIR', async () => {
      await mkdir(own, { recursive: true });
      return write(store, wishOf(account, input), path, cancellationSignal());
    });
    return { path, leads, bytes: (await stat(path)).size };
  };
