import { ApplicationFailure } from '@temporalio/common';
import type { z } from 'zod';
import type { DryRun, VendorRequest } from '../contracts/dry-run.ts';
import { FailureType } from '../contracts/failures.ts';
import type { Account } from '../platform/config.ts';
import type { LedgerMany, ManyAnswer, ManyOutcome } from '../platform/ledger-many.ts';
import type { Answer, Found } from '../platform/ledger.ts';
import { isDefiniteRefusal } from '../rules/effect.ts';
import { provenanceObjection } from '../rules/provenance.ts';
import type { CapabilityCall } from './activities.ts';
import type { Door } from './door.ts';
import type { OnceDeps } from './once.ts';
import { cannotTell, createPatience } from './patience.ts';

/** One of many, as it was planned. */
interface PlannedItem<Item> {
  /** Made of the business; a single call for it uses the same. */
  readonly key: string;
  /** Who hears of it. */
  readonly recipient: string;
  /** What a single call would ask for: what the ledger remembers by its hash. */
  readonly request: VendorRequest;
  /** It is made of what a stand-in told. */
  readonly isStandIn?: boolean;
  readonly item: Item;
}

/** One of many that nothing can be asked for. */
interface LeftOut {
  /** Whom it is about, as people know them. */
  readonly recipient: string;
  readonly why: string;
}

/** What is to happen, before anything does. */
interface ManyPlan<Item> {
  /** What it all belongs to, by its id. */
  readonly subject: string;
  /** What happens to each, for people: `added to the campaign “Dentists”`. */
  readonly words: string;
  /** In any number; what has the key of an earlier one is left out. */
  readonly items: AsyncIterable<PlannedItem<Item> | LeftOut>;
  /** Most that one call names. */
  readonly size: number;
  /** Rows of our own that this is made of came from a stand-in. */
  readonly isStandIn: boolean;
  /** What may be wrong with it all the same, one sentence each; asked when all items are through. */
  remarks?(): readonly string[];
}

/** How one of many ended. */
type ManyEnd = 'done' | 'skipped' | 'failed' | 'unknown';

/** How many ended which way, and the first of them with the reason. */
export type ManyTally = Readonly<
  Record<
    ManyEnd,
    {
      readonly count: number;
      readonly first: { readonly recipient: string; readonly reason: string }[];
    }
  >
>;

/** The parts that differ between capabilities. `call` tells by which method. */
export interface ManySteps<Input, Output, Item, Result, Reply> {
  /** What would happen. Reads only: it runs in a dry run, and again in every try. */
  plan(call: CapabilityCall<Input>, account: Account): Promise<ManyPlan<Item>>;
  /** The one call for these. */
  request(items: readonly Item[], call: CapabilityCall<Input>): VendorRequest;
  /** What the vendor answers to it. */
  reply(call: CapabilityCall<Input>): z.ZodType<Reply>;
  /** What an answer means for each, in their order. @throws when it can't be told: all are looked up then. */
  answers(
    reply: Reply,
    items: readonly Item[],
    call: CapabilityCall<Input>,
    account: Account,
  ): Promise<readonly Answer<Result>[]>;
  /** What the ledger keeps of each, the same as for a single one. */
  readonly stored: z.ZodType<Result>;
  /** Why it was no news to the vendor; null when it was. */
  skippedBecause(result: Result): string | null;
  /** Asks the vendor which of them it has, in their order. */
  lookUp(
    items: readonly Item[],
    call: CapabilityCall<Input>,
    account: Account,
  ): Promise<readonly Found<Result>[]>;
  /** Most that one look-up names. */
  readonly askAtOnce: number;
  /** Told of each part of the list that has its ends; what is under way is told in a later try. */
  note?(
    ends: readonly EndedItem<Item>[],
    call: CapabilityCall<Input>,
    subject: string,
  ): Promise<void>;
  result(tally: ManyTally, subject: string, remarks: readonly string[]): Output;
}

/** One of many that has come to its end. */
interface EndedItem<Item> {
  readonly item: Item;
  readonly end: ManyEnd;
  readonly reason: string;
}

/** The door's write, with the permit in hand. */
export type ManyWrite = <T>(call: Parameters<Door['write']>[1], answer: z.ZodType<T>) => Promise<T>;

/** What it needs beside what a single one does. */
export interface OnceManyDeps extends OnceDeps {
  readonly many: LedgerMany;
}

interface Deps extends OnceManyDeps {
  readonly write: ManyWrite;
}

/** What carries out a list, once it may write. */
export type CarryMany = typeof carryMany;

const mostNamed = 20;
/** Both mean that the vendor found something in the list that it does not take. */
const aboutOne: readonly string[] = [FailureType.InvalidRequest, FailureType.TooLarge];
const soonestRetryMs = 100;

/** The activity behind `createOnceMany`, which alone can let it write. */
export function carryMany<Input, Output, Item, Result, Reply>(
  { many, suppressions, account: find, callOf, deadlineMs, write }: Deps,
  { effect }: { readonly effect: 'send' | 'spend' },
  steps: ManySteps<Input, Output, Item, Result, Reply>,
): (call: CapabilityCall<Input>) => Promise<Output | DryRun> {
  type Planned = PlannedItem<Item>;
  const patiently = createPatience();

  /** Who is left out before anything is asked for, and why. */
  async function objections(items: readonly Planned[], isLiveAccount: boolean) {
    const refused = await suppressions.refuse(items.map(({ recipient }) => recipient));
    const found = new Map(
      refused.map(({ address, pattern, reason }) => [
        address,
        pattern === null ? reason : `on the suppression list as “${pattern}”: ${reason}`,
      ]),
    );
    for (const { recipient, isStandIn = false } of items) {
      const facts = { isLiveAccount, provenance: undefined, isStandIn };
      const madeUp = provenanceObjection({ ...facts, recipients: [recipient] });
      if (madeUp !== null && !found.has(recipient)) found.set(recipient, madeUp);
    }
    return found;
  }

  async function send(items: readonly Planned[], call: CapabilityCall<Input>, account: Account) {
    const refused: { by?: ApplicationFailure } = {};
    const outcomes = await many.onceMany<Item, Result>(effect, {
      wanted: items,
      answer: steps.stored,
      deadlineMs,
      askAtOnce: steps.askAtOnce,
      lookUp: (asked) =>
        patiently(`${account.name} ${JSON.stringify(asked[0])}`, () =>
          steps.lookUp(asked, call, account),
        ).catch((error: unknown) => asked.map(() => cannotTell(error))),
      async call(asked, signal): Promise<ManyAnswer<Result>> {
        const request = callOf(account, steps.request(asked, call), effect);
        let reply: Reply;
        try {
          reply = await write({ ...request, signal }, steps.reply(call));
        } catch (error) {
          if (!(error instanceof ApplicationFailure) || !isDefiniteRefusal(error.type)) throw error;
          if (!aboutOne.includes(error.type ?? '')) return { kind: 'stopped', error };
          refused.by = error;
          return { kind: 'one-is-wrong', reason: error.message };
        }
        return { kind: 'each', answers: await steps.answers(reply, asked, call, account) };
      },
    });
    const kinds = [...outcomes.values()].map(({ kind }) => kind);
    // not one of many is taken, not even alone: it is the call that is wrong
    if (refused.by && kinds.length > 1 && kinds.every((kind) => kind === 'rejected'))
      throw refused.by;
    return outcomes;
  }

  function endOf(outcome: ManyOutcome<Result>): { readonly end: ManyEnd; readonly reason: string } {
    switch (outcome.kind) {
      case 'done': {
        const skipped = outcome.result === null ? null : steps.skippedBecause(outcome.result);
        if (skipped !== null) return { end: 'skipped', reason: skipped };
        return {
          end: 'done',
          reason: outcome.isFresh ? 'done' : 'done before, by this run or an earlier one',
        };
      }
      case 'refused':
        return { end: 'skipped', reason: outcome.reason };
      case 'reused':
        return { end: 'skipped', reason: outcome.reason };
      case 'rejected':
        return { end: 'failed', reason: outcome.reason };
      case 'unknown':
        return { end: 'unknown', reason: outcome.reason };
      case 'in-flight':
        throw new Error('what is under way has no end yet');
    }
  }

  /** Objections that hold for all of it. */
  function mayStart(call: CapabilityCall<Input>, account: Account, isStandIn: boolean): void {
    const madeUp = provenanceObjection({
      ...{ isLiveAccount: !account.isStandIn, provenance: call.provenance },
      ...{ isStandIn, recipients: [] },
    });
    if (madeUp !== null) throw ApplicationFailure.nonRetryable(madeUp, FailureType.FromStandIn);
  }

  async function act(call: CapabilityCall<Input>): Promise<Output> {
    const account = find(call.account);
    const plan = await steps.plan(call, account);
    mayStart(call, account, plan.isStandIn);
    const tally = newTally();
    let waitMs: number | undefined;
    for await (const { slice, leftOut } of slices(plan)) {
      for (const { recipient, why } of leftOut) tally.add('skipped', recipient, why);
      const refused = await objections(slice, !account.isStandIn);
      const rest = slice.filter(({ recipient }) => !refused.has(recipient));
      const outcomes = rest.length === 0 ? undefined : await send(rest, call, account);
      const ends: EndedItem<Item>[] = [];
      for (const { key, recipient, item } of slice) {
        const outcome = outcomes?.get(key);
        const objection = refused.get(recipient);
        if (objection === undefined && outcome === undefined)
          throw new Error(`${key} has no outcome`);
        if (outcome?.kind === 'in-flight') {
          waitMs = Math.max(waitMs ?? 0, outcome.retryInMs);
          continue;
        }
        const { end, reason } = outcome
          ? endOf(outcome)
          : { end: 'skipped' as const, reason: objection ?? '' };
        tally.add(end, recipient, reason);
        ends.push({ item, end, reason });
      }
      await steps.note?.(ends, call, plan.subject);
    }
    if (waitMs === undefined)
      return steps.result(tally.counts, plan.subject, plan.remarks?.() ?? []);
    throw ApplicationFailure.create({
      message: 'Some are under way, or may still arrive: the vendor is asked again',
      type: FailureType.NotReady,
      nextRetryDelay: Math.max(Math.ceil(waitMs), soonestRetryMs),
    });
  }

  async function dryRun(call: CapabilityCall<Input>): Promise<DryRun> {
    const account = find(call.account);
    const plan = await steps.plan(call, account);
    mayStart(call, account, plan.isStandIn);
    const reasons = newTally();
    const firstCall: Item[] = [];
    const recipients: { count: number; first: string[] } = { count: 0, first: [] };
    for await (const { slice, leftOut } of slices(plan)) {
      for (const { recipient, why } of leftOut) reasons.add('skipped', recipient, why);
      const refused = await objections(slice, !account.isStandIn);
      const rows = await many.lookMany(slice);
      for (const { key, recipient, item } of slice) {
        const row = rows.get(key);
        const stands =
          row && row.state !== 'intent' ? `${row.state} already: ${row.reason}` : undefined;
        const why = refused.get(recipient) ?? stands;
        if (why !== undefined) {
          reasons.add('skipped', recipient, why);
          continue;
        }
        recipients.count += 1;
        if (recipients.first.length < mostNamed) recipients.first.push(recipient);
        if (firstCall.length < plan.size) firstCall.push(item);
      }
    }
    const { skipped } = reasons.counts;
    return {
      isDryRun: true,
      summary: `${recipients.count} are ${plan.words}, at most ${plan.size} a call; ${skipped.count} are left out. The request shown is the first${(plan.remarks?.() ?? []).map((each) => `. ${each}`).join('')}`,
      wouldAct: recipients.count > 0,
      request: firstCall.length === 0 ? null : steps.request(firstCall, call),
      recipients,
      costUsdCents: null,
      ledger: null,
      refusals: skipped.first.map(({ recipient, reason }) => ({
        failure: FailureType.LeftOut,
        message: `${recipient}: ${reason}`,
      })),
      confirmation: null,
    };
  }

  return (call) => (call.isDryRun === true ? dryRun(call) : act(call));
}

/** The list in parts of one call each; what comes twice is told apart. */
async function* slices<Item>({ items, size }: ManyPlan<Item>) {
  const known = new Set<string>();
  let slice: PlannedItem<Item>[] = [];
  let leftOut: LeftOut[] = [];
  for await (const each of items) {
    if ('why' in each) leftOut.push(each);
    else if (known.has(each.key)) leftOut.push({ ...each, why: 'twice in this list' });
    else {
      known.add(each.key);
      slice.push(each);
    }
    if (slice.length < size) continue;
    yield { slice, leftOut };
    [slice, leftOut] = [[], []];
  }
  if (slice.length > 0 || leftOut.length > 0) yield { slice, leftOut };
}

function newTally() {
  const none = (): { count: number; first: { recipient: string; reason: string }[] } => ({
    count: 0,
    first: [],
  });
  const counts = { done: none(), skipped: none(), failed: none(), unknown: none() };
  return {
    counts,
    add(end: ManyEnd, recipient: string, reason: string): void {
      const of = counts[end];
      of.count += 1;
      if (of.first.length < mostNamed) of.first.push({ recipient, reason });
    },
  };
}
