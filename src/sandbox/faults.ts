import { z } from 'zod';

const positive = z.int().positive();

/** What goes wrong with a call. */
export const Fault = z.discriminatedUnion(
  'kind',
  [
    /** An error of the vendor's own form, such as 429, 500, 503 or 410. */
    z.strictObject({
      kind: z.literal('status'),
      status: z.int().min(400).max(599),
      retryAfterSeconds: z.int().nonnegative().optional(),
      /** How `Retry-After` is written; HTTP allows both. */
      retryAfterAs: z.enum(['seconds', 'date']).default('seconds'),
    }),
    /** 413 for a question about more than so many addresses; smaller ones pass. */
    z.strictObject({ kind: z.literal('too-large'), above: z.int().nonnegative() }),
    /** The right answer, late. */
    z.strictObject({ kind: z.literal('slow'), delayMs: positive }),
    /** It is done at once, and the answer comes late. */
    z.strictObject({ kind: z.literal('late'), delayMs: positive }),
    /** No answer: the connection stays open until the client gives up. */
    z.strictObject({ kind: z.literal('silence') }),
    /** The connection breaks in the middle of the answer's body. */
    z.strictObject({ kind: z.literal('cut') }),
    /** JSON that ends in the middle. */
    z.strictObject({ kind: z.literal('malformed') }),
    /** A web page instead of JSON. */
    z.strictObject({ kind: z.literal('html'), status: z.int().min(200).max(599).default(200) }),
    /** A field of another type, wherever it stands in the answer. */
    z.strictObject({
      kind: z.literal('changed-type'),
      field: z.string().min(1),
      /** What the field becomes; an object around the old value when left out. */
      becomes: z.json().optional(),
    }),
    /** A list without entries, as if there were nothing. */
    z.strictObject({ kind: z.literal('empty') }),
    /** A field is gone, wherever it stands in the answer. */
    z.strictObject({ kind: z.literal('missing'), field: z.string().min(1) }),
    /** Every entry of a list twice. */
    z.strictObject({ kind: z.literal('doubled') }),
    /** This text instead of the answer: nothing, `null`, a list where an object stood. */
    z.strictObject({ kind: z.literal('body'), text: z.string() }),
    /** Bytes that are no text. */
    z.strictObject({ kind: z.literal('garbled') }),
    /** The answer, and then so much white space: still JSON, but too much of it. */
    z.strictObject({ kind: z.literal('huge'), megabytes: positive.max(100) }),
  ],
  {
    error:
      'expected an object with kind: status, too-large, slow, late, silence, cut, malformed, html, changed-type, empty, missing, doubled, body, garbled or huge',
  },
);
export type Fault = z.infer<typeof Fault>;

/**
 * When a fault strikes. Every rule counts the calls that match it, also those another rule
 * answered; of the rules that are due, the first one strikes.
 */
export const FaultRule = z
  .strictObject({
    vendor: z.string().optional(),
    /**
     * Start of the path below the vendor's prefix, `/api/v2/accounts`. `*` stands for any text, a
     * `$` at the end for the end of the path.
     */
    path: z.string().startsWith('/', 'expected a path that starts with /').optional(),
    workspace: z.string().optional(),
    /** Only calls about more addresses than this. */
    aboveAddresses: z.int().nonnegative().optional(),
    /** Only the nth matching call, from 1. */
    nth: positive.optional(),
    /** Each nth matching call. */
    every: positive.optional(),
    /** The first so many matching calls. */
    times: positive.optional(),
    fault: Fault,
  })
  .refine(
    (rule) => [rule.nth, rule.every, rule.times].filter((n) => n !== undefined).length <= 1,
    'expected only one of nth, every and times',
  );
type FaultRule = z.infer<typeof FaultRule>;

/** A rule as one writes it: what has a default may be left out. */
export type FaultRuleInput = z.input<typeof FaultRule>;

/** What rules are matched with. */
interface Call {
  readonly vendor: string;
  readonly path: string;
  readonly workspace: string | undefined;
  /** How many addresses the call asks about, where that can be too many. */
  readonly addresses: number | undefined;
}

interface CountedRule {
  readonly rule: FaultRule;
  readonly path: RegExp;
  matched: number;
  struck: number;
}

/** The faults that are switched on. Starts with none. */
export class FaultPlan {
  #rules: readonly CountedRule[] = [];

  /** Replaces all rules and starts counting anew. @throws ZodError naming what is wrong. */
  set(rules: readonly FaultRuleInput[]): void {
    this.#rules = z
      .array(FaultRule)
      .parse(rules)
      .map((rule) => ({ rule, path: patternOf(rule.path ?? ''), matched: 0, struck: 0 }));
  }

  clear(): void {
    this.#rules = [];
  }

  /** The rules in their order, with how many calls each has met and struck. */
  list(): readonly (FaultRule & { readonly matched: number; readonly struck: number })[] {
    return this.#rules.map(({ rule, matched, struck }) => ({ ...rule, matched, struck }));
  }

  /** Counts a call, and decides what goes wrong with it. */
  strike(call: Call): Fault | undefined {
    const due = this.#rules.filter((counted) => {
      if (!matches(counted, call)) return false;
      counted.matched += 1;
      return isDue(counted);
    });
    const first = due[0];
    if (first) first.struck += 1;
    return first?.rule.fault;
  }
}

function matches({ rule, path }: CountedRule, call: Call): boolean {
  return (
    (rule.vendor === undefined || rule.vendor === call.vendor) &&
    (rule.workspace === undefined || rule.workspace === call.workspace) &&
    path.test(call.path) &&
    (call.addresses ?? 0) > (rule.aboveAddresses ?? -1) &&
    (rule.fault.kind !== 'too-large' || (call.addresses ?? 0) > rule.fault.above)
  );
}

function isDue({ rule, matched }: CountedRule): boolean {
  if (rule.nth !== undefined) return matched === rule.nth;
  if (rule.every !== undefined) return matched % rule.every === 0;
  return rule.times === undefined || matched <= rule.times;
}

function patternOf(path: string): RegExp {
  const isExact = path.endsWith('$');
  const text = (isExact ? path.slice(0, -1) : path)
    .split('*')
    .map((part) => part.replaceAll(/[^\w/-]/g, String.raw`\$&`))
    .join('.*');
  return new RegExp(`^${text}${isExact ? '$' : ''}`);
}
