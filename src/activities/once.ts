import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { z } from 'zod';
import type { Effect, OnceEffect } from '../contracts/capability.ts';
import type { DryRun, VendorRequest } from '../contracts/dry-run.ts';
import { FailureType } from '../contracts/failures.ts';
import type { Account } from '../platform/config.ts';
import { isDatabaseAway } from '../platform/database.ts';
import type { Answer, Found, Ledger } from '../platform/ledger.ts';
import type { Suppressions } from '../platform/suppressions.ts';
import { isDefiniteRefusal } from '../rules/effect.ts';
import { provenanceObjection } from '../rules/provenance.ts';
import type { CapabilityCall } from './activities.ts';
import type { Door, VendorCall } from './door.ts';
import type { CarryMany, ManySteps, ManyWrite, OnceManyDeps } from './once-many.ts';
import { cannotTell, createPatience } from './patience.ts';
import { failureOf, refusalsOf, soonestRetryMs, type Refusal } from './once-words.ts';

const made: unique symbol = Symbol('made by once');
const pass: unique symbol = Symbol('permit of once');

/**
 * An activity that sends, spends or destroys. Only `once` makes one: nothing else has the mark,
 * which is the id of its capability.
 */
export interface OnceActivity<Input, Output, Id extends string> {
  /** Without a result where it was only to stop. */
  (call: CapabilityCall<Input>): Promise<Output | DryRun | undefined>;
  readonly [made]: Id;
}

/** What the door asks for before it lets a write through that must not be repeated blindly. */
export interface WritePermit {
  readonly [pass]: true;
}

/** The one write that would be made, and what has to be known before it is. */
export interface Plan {
  readonly kind: 'write';
  /** One sentence for people: what happens, to whom. */
  readonly summary: string;
  /** Made of the business: `lead:<account>:<campaign>:<email>`. One key, one effect, for ever. */
  readonly key: string;
  /** Every address that hears of it; none where nobody does. */
  readonly recipients: readonly string[];
  /** What leaves, byte for byte: a dry run shows this, and the ledger remembers it by its hash. */
  readonly request: VendorRequest;
  readonly costUsdCents?: number;
  /** Done twice it is as done once, so it needs no row in the ledger. */
  readonly isRepeatable?: boolean;
  /** More about it that a result may repeat. */
  readonly details?: readonly string[];
  /** What may be wrong with it all the same, one sentence each, for a result to repeat. */
  readonly remarks?: readonly string[];
  /** Rows of our own that this is made of came from a stand-in. */
  readonly isStandIn: boolean;
}

/** There is nothing left to do. What the ledger has not settled yet must not be told so. */
interface Nothing<Output> {
  readonly kind: 'nothing';
  readonly summary: string;
  readonly result: Output;
}

/** The parts of an effect that differ between capabilities; the ledger keeps what was made of the reply. */
interface Steps<Input, Output, Reply, Kept = Output> {
  /**
   * What would happen. Runs again in every try, and in a dry run, where it only reads.
   *
   * @param run the execution that asks; the same in all its tries.
   */
  plan(call: CapabilityCall<Input>, account: Account, run: string): Promise<Plan | Nothing<Output>>;
  /** What the vendor answers to the write. */
  readonly reply: z.ZodType<Reply>;
  /**
   * The result behind a reply; `undefined` stands for one that nobody has: a person said that it
   * is done, or what was to be destroyed is gone already.
   */
  result(reply: Reply | undefined, call: CapabilityCall<Input>, plan: Plan): Kept;
  /**
   * What a failed call means, where the vendor's answer says for certain that nothing has happened;
   * undefined leaves it to the kind of failure.
   */
  readonly refusal?: (failure: ApplicationFailure) => ApplicationFailure | undefined;
  /** Asks the vendor whether it has the effect. Without it, a lost answer is for a person. */
  readonly lookUp?: (
    call: CapabilityCall<Input>,
    account: Account,
    plan: Plan,
  ) => Promise<Found<Kept>>;
  /** Told of the result, to write it down where else it belongs. Runs again in every try. */
  readonly note?: (result: Kept, call: CapabilityCall<Input>) => Promise<void>;
}

/** What follows when the effect is there. */
interface FollowUp<Input, Output, Kept> {
  /** What the ledger keeps. */
  readonly kept: z.ZodType<Kept>;
  /** Makes the result of it. Runs again in every try, whoever made the effect. */
  finish(kept: Kept, call: CapabilityCall<Input>, account: Account, plan: Plan): Promise<Output>;
  /** Ends what was started: the run that wanted it was cancelled. A repeat finds it ended. */
  readonly stop?: (call: CapabilityCall<Input>, account: Account) => Promise<void>;
}

/**
 * The parts of an effect that starts a job of the vendor's. The ledger keeps what tells the job,
 * such as its id, as soon as it has started. `finish` then asks for it and brings in what it made;
 * while it is under way it throws {@link stillAtWork}, and the next try comes when it is time: that
 * takes no history and no slot, and a job that was started is never started again.
 */
type JobSteps<Input, Output, Reply, Started> = Steps<Input, Output, Reply, Started> &
  FollowUp<Input, Output, Started>;

/** What `once` needs to know of a declaration. */
export interface OnceCapability<Input, Output, Id extends string> {
  readonly id: Id;
  readonly effect: OnceEffect;
  readonly input: z.ZodType<Input>;
  readonly output: z.ZodType<Output>;
  confirmation?(input: Input): string;
}

/** Makes the activity of a capability that sends, spends or destroys. */
export type Once = <Input, Output, Reply, Id extends string>(
  capability: OnceCapability<Input, Output, Id>,
  steps: Steps<Input, Output, Reply>,
) => OnceActivity<Input, Output, Id>;

/** Makes the activity of a capability that spends by starting a job of the vendor's. */
export type StartOnce = <Input, Output, Reply, Started, Id extends string>(
  capability: OnceCapability<Input, Output, Id> & { readonly effect: 'spend' },
  steps: JobSteps<Input, Output, Reply, Started>,
) => OnceActivity<Input, Output, Id>;

/** What every effect of an agent needs, whichever it is. */
export interface OnceDeps {
  readonly door: Pick<Door, 'write'>;
  readonly ledger: Pick<Ledger, 'once' | 'look'>;
  readonly suppressions: Pick<Suppressions, 'refuse'>;
  /** The login of that name. */
  readonly account: (name: string) => Account;
  /** A request as the vendor takes it, key and address included. */
  readonly callOf: <E extends Effect>(
    account: Account,
    request: VendorRequest,
    effect: E,
  ) => VendorCall<E>;
  /** How long a write may take, the wait for its turn included. */
  readonly deadlineMs: number;
  /** The execution that asks; the activity's own workflow if left out. */
  readonly run?: () => string;
}

const mostNamed = 20;
const permit: WritePermit = { [pass]: true };

/**
 * The only way to send, spend or destroy: suppression list → provenance → ledger → the vendor's
 * turn → the one call. What is sent is what was planned, so that a dry run cannot tell another
 * story.
 *
 * What is destroyed has no row in the ledger: it is deleted by an id that is never given again, so
 * that a repeat finds nothing to do.
 *
 * Its activities throw `Suppressed`, `FromStandIn`, `LeftOut`, `KeyReused`, `OutcomeUnknown` (not
 * retried), `NotReady` (tried again: somebody is at it), `DatabaseUnavailable` (retried), and what
 * the door throws.
 */
export function createOnce(deps: OnceDeps): Once {
  const make = createMaker(deps);
  return (capability, steps) =>
    make(capability, steps, {
      kept: capability.output,
      async finish(output, call) {
        await steps.note?.(output, call);
        return output;
      },
    });
}

/** The same for what starts a job; its activities also throw what `finish` throws. */
export function createStartOnce(deps: OnceDeps): StartOnce {
  const make = createMaker(deps);
  return (capability, steps) => make(capability, steps, steps);
}

function createMaker(deps: OnceDeps) {
  const patiently = createPatience();
  const { ledger, suppressions } = deps;
  const runOf = deps.run ?? (() => activityInfo().workflowExecution?.runId ?? '');

  return <Input, Output, Reply, Kept, Id extends string>(
    capability: OnceCapability<Input, Output, Id>,
    steps: Steps<Input, Output, Reply, Kept>,
    followUp: FollowUp<Input, Output, Kept>,
  ): OnceActivity<Input, Output, Id> => {
    const { effect } = capability;

    async function write(
      call: CapabilityCall<Input>,
      account: Account,
      plan: Plan,
      signal: AbortSignal,
    ) {
      const asked = { ...deps.callOf(account, plan.request, effect), signal };
      return steps.result(await deps.door.write(permit, asked, steps.reply), call, plan);
    }

    async function destroy(call: CapabilityCall<Input>, account: Account, plan: Plan) {
      try {
        return await write(call, account, plan, AbortSignal.timeout(deps.deadlineMs));
      } catch (error) {
        if (typeOf(error) === FailureType.NotFound) return steps.result(undefined, call, plan);
        throw error;
      }
    }

    async function throughLedger(
      kind: 'send' | 'spend',
      call: CapabilityCall<Input>,
      account: Account,
      plan: Plan,
    ): Promise<Kept> {
      const said: { refusal?: ApplicationFailure } = {};
      const { lookUp } = steps;
      const outcome = await ledger.once<Kept>(kind, {
        key: plan.key,
        request: plan.request,
        answer: followUp.kept,
        deadlineMs: deps.deadlineMs,
        async call(signal): Promise<Answer<Kept>> {
          try {
            return { kind: 'done', result: await write(call, account, plan, signal) };
          } catch (error) {
            if (!(error instanceof ApplicationFailure)) throw error;
            const told = steps.refusal?.(error);
            if (!told && !isDefiniteRefusal(error.type)) throw error;
            said.refusal = told ?? error;
            return { kind: 'refused', reason: said.refusal.message, stands: false };
          }
        },
        ...(lookUp
          ? {
              lookUp: () =>
                patiently(`look-up ${plan.key}`, () => lookUp(call, account, plan)).catch(
                  cannotTell,
                ),
            }
          : {}),
      });
      if (outcome.kind === 'done') return outcome.result ?? steps.result(undefined, call, plan);
      throw said.refusal ?? failureOf(outcome, plan);
    }

    async function dryRun(
      call: CapabilityCall<Input>,
      planned: Plan | Nothing<Output>,
      refusals: readonly Refusal[],
    ): Promise<DryRun> {
      const isWrite = planned.kind === 'write';
      const row =
        isWrite && effect !== 'destroy' && planned.isRepeatable !== true
          ? await ledger.look(planned.key, planned.request)
          : undefined;
      const all = [...refusals, ...(isWrite && row ? refusalsOf(row, planned) : [])];
      const recipients = isWrite ? planned.recipients : [];
      return {
        isDryRun: true,
        summary: planned.summary,
        wouldAct: isWrite && all.length === 0 && row?.state !== 'done',
        request: isWrite ? planned.request : null,
        recipients: { count: recipients.length, first: recipients.slice(0, mostNamed) },
        costUsdCents: (isWrite ? planned.costUsdCents : undefined) ?? null,
        ledger: isWrite && row ? { key: planned.key, state: row.state, reason: row.reason } : null,
        refusals: all,
        confirmation: capability.confirmation?.(call.input) ?? null,
      };
    }

    async function objections(
      call: CapabilityCall<Input>,
      account: Account,
      plan: Plan,
    ): Promise<readonly Refusal[]> {
      const [first, ...more] = await suppressions.refuse(plan.recipients);
      const madeUp = provenanceObjection({
        isLiveAccount: !account.isStandIn,
        provenance: call.provenance,
        isStandIn: plan.isStandIn,
        recipients: plan.recipients,
      });
      const others = more.length === 0 ? '' : ` (and ${more.length} more recipients are refused)`;
      const entry =
        first?.pattern == null ? '' : ` by the entry “${first.pattern}” of the suppression list`;
      return [
        ...(first
          ? [
              {
                failure: FailureType.Suppressed,
                message: `Nothing is sent to ${first.address}${entry}: ${first.reason}${others}`,
              },
            ]
          : []),
        ...(madeUp === null ? [] : [{ failure: FailureType.FromStandIn, message: madeUp }]),
      ];
    }

    function effectOf(call: CapabilityCall<Input>, account: Account, plan: Plan): Promise<Kept> {
      if (effect === 'destroy') return destroy(call, account, plan);
      return plan.isRepeatable === true
        ? write(call, account, plan, AbortSignal.timeout(deps.deadlineMs))
        : throughLedger(effect, call, account, plan);
    }

    async function act(call: CapabilityCall<Input>): Promise<Output | DryRun | undefined> {
      const account = deps.account(call.account);
      if (call.isStop === true) {
        await followUp.stop?.(call, account);
        return undefined;
      }
      const planned = await steps.plan(call, account, runOf());
      const refusals = planned.kind === 'write' ? await objections(call, account, planned) : [];
      if (call.isDryRun === true) return dryRun(call, planned, refusals);
      if (planned.kind === 'nothing') return planned.result;
      const [first] = refusals;
      if (first) throw ApplicationFailure.nonRetryable(first.message, first.failure);
      const kept = await effectOf(call, account, planned);
      return patiently(planned.key, () => followUp.finish(kept, call, account, planned));
    }

    return marked(capability.id, act);
  };
}

/** What `finish` throws while a job is under way: asked again then. */
export const stillAtWork = (what: string, askAgainInMs: number): ApplicationFailure =>
  ApplicationFailure.create({
    message: `${what} is at work: it is asked again in ${Math.ceil(askAgainInMs / 1_000)} s`,
    type: FailureType.NotReady,
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay: Math.max(Math.ceil(askAgainInMs), soonestRetryMs),
  });

/** Makes the activity of a capability that does many things, each of which happens once. */
export type OnceMany = <Input, Output, Item, Result, Reply, Id extends string>(
  capability: OnceCapability<Input, Output, Id> & { readonly effect: 'send' | 'spend' },
  steps: ManySteps<Input, Output, Item, Result, Reply>,
) => OnceActivity<Input, Output, Id>;

/**
 * The same for many at once, one call for a whole list of them: suppression list and provenance for
 * each, which leave out only whom they are about, then ledger → turn → call. Throws `FromStandIn`
 * when that holds for all, `NotReady` until each has an outcome, and what the door throws.
 *
 * @param carryMany the one of `once-many.ts`, to which the permit to write is lent here.
 */
export const createOnceMany = (deps: OnceManyDeps, carryMany: CarryMany): OnceMany => {
  const write: ManyWrite = (call, answer) => deps.door.write(permit, call, answer);
  return (capability, steps) => {
    return marked(capability.id, carryMany({ ...deps, write }, capability, steps));
  };
};

/**
 * Gives an activity the mark of those that happen once. Only for what stands in this file and in
 * `own-rows.ts`: whatever has it is taken for safe.
 */
export const marked = <Input, Output, Id extends string>(
  id: Id,
  act: (call: CapabilityCall<Input>) => Promise<Output | DryRun | undefined>,
): OnceActivity<Input, Output, Id> => {
  const activity = (call: CapabilityCall<Input>) => act(call).catch(withoutDatabase);
  return Object.assign(activity, { [made]: id } as const);
};

const typeOf = (error: unknown): string | null | undefined =>
  error instanceof ApplicationFailure ? error.type : undefined;

/** Without its tables nothing is sent or spent; that heals by itself. */
function withoutDatabase(error: unknown): never {
  if (!isDatabaseAway(error)) throw error;
  throw ApplicationFailure.create({
    message: 'Our database is away, and without it nothing is sent, spent or destroyed',
    type: FailureType.DatabaseUnavailable,
    ...(error instanceof Error ? { cause: error } : {}),
  });
}
