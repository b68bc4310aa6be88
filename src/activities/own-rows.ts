import type { DryRun } from '../contracts/dry-run.ts';
import type { CapabilityCall } from './activities.ts';
import { marked, type OnceActivity, type OnceCapability } from './once.ts';

/** What would go from our own tables. */
interface OwnPlan {
  /** One sentence for people. */
  readonly summary: string;
  /** There is something to destroy. */
  readonly wouldAct: boolean;
}

/**
 * Makes the activity of a capability that destroys rows of our own: no vendor hears of it, and a
 * repeat finds nothing.
 */
export const destroysOurs = <Input, Output, Id extends string>(
  capability: OnceCapability<Input, Output, Id>,
  steps: {
    plan(call: CapabilityCall<Input>): Promise<OwnPlan>;
    act(call: CapabilityCall<Input>): Promise<Output>;
  },
): OnceActivity<Input, Output, Id> => {
  const dryRun = async (call: CapabilityCall<Input>): Promise<DryRun> => ({
    isDryRun: true,
    ...(await steps.plan(call)),
    request: null,
    recipients: { count: 0, first: [] },
    costUsdCents: null,
    ledger: null,
    refusals: [],
    confirmation: capability.confirmation?.(call.input) ?? null,
  });
  return marked(capability.id, (call: CapabilityCall<Input>): Promise<Output | DryRun> =>
    call.isDryRun === true ? dryRun(call) : steps.act(call),
  );
};
