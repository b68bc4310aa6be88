import { z } from 'zod';
import type { FlowLimits } from './flow-keys.ts';

/** What repeating a capability means; `send`, `spend` and `destroy` are never repeated blindly. */
export const Effect = z.enum(['read', 'upsert', 'send', 'spend', 'destroy', 'notify']);
export type Effect = z.infer<typeof Effect>;

const onceEffects = ['send', 'spend', 'destroy'] as const satisfies readonly Effect[];
/** Effects that happen once, or not at all: they can be tried dry, and go through `once`. */
export type OnceEffect = (typeof onceEffects)[number];

/** Whether an effect happens once, or not at all. */
export const isOnceEffect = (effect: Effect): effect is OnceEffect =>
  onceEffects.some((each) => each === effect);

/** One way of doing a capability. Annealing chooses between methods. */
interface Method {
  readonly id: string;
  readonly description: string;
}

/** A number that a run may be given within bounds, and that annealing may move within them. */
interface Tunable<Output = unknown> {
  readonly description: string;
  readonly unit: string;
  readonly default: number;
  readonly min: number;
  readonly max: number;
  /** The value the vendor took in the end, as the result tells; undefined where it was not in play. */
  accepted?(output: Output): number | undefined;
}

/** The numbers that were in play in a task that went well, and those of them the vendor took instead. */
export function numbersOf(
  { output, tunables }: Pick<Capability, 'output' | 'tunables'>,
  given: Readonly<Record<string, number>>,
  result: unknown,
): {
  readonly tunables: Readonly<Record<string, number>>;
  readonly accepted: Readonly<Record<string, number>>;
} {
  if (Object.keys(given).length === 0) return { tunables: {}, accepted: {} };
  const told = output.safeParse(result);
  const known = Object.entries(given).flatMap(([name, value]) => {
    const tunable = tunables[name];
    const accepted = tunable?.accepted && told.success ? tunable.accepted(told.data) : value;
    return tunable && accepted !== undefined ? [{ name, value, accepted }] : [];
  });
  const changed = known.filter(({ value, accepted }) => accepted !== value);
  return {
    tunables: Object.fromEntries(known.map(({ name, value }) => [name, value])),
    accepted: Object.fromEntries(changed.map(({ name, accepted }) => [name, accepted])),
  };
}

/** The days a scheduled run may speak of; `YYYY-MM-DD` in the schedule's time zone. */
interface ScheduledDay {
  /** The last day that is over when the schedule fires. */
  readonly day: string;
  /** The day on which the schedule fires. */
  readonly nextDay: string;
}

/** When a capability runs by itself, once a day for each account. */
export interface DailySchedule {
  /** Hour and minute of the day, `HH:MM`, in the time zone of the settings. */
  readonly at: string;
  /** What the run that covers `day` is asked to do. */
  readonly inputFor: (days: ScheduledDay) => Record<string, unknown>;
}

/**
 * One typed thing an agent can do. Registration, CLI flags and help, dashboard forms and the
 * checks of a run's input are all derived from this declaration.
 */
export interface Capability<
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodType = z.ZodType,
  Id extends string = string,
  E extends Effect = Effect,
> {
  /** `agent.name`; stored in run histories, so never renamed or reused. */
  readonly id: Id;
  /** The word behind the agent's name on the command line: `agentic instantly daily`. */
  readonly verb: string;
  /** A second way to call it, by its matter: `['campaigns', 'create']` is `agentic campaigns create`. */
  readonly command?: readonly [group: string, verb: string];
  /** The field that may also be given without its flag: `instantly debug-response /api/v2/accounts`. */
  readonly argument?: string;
  readonly title: string;
  readonly description: string;
  readonly effect: E;
  readonly input: Input;
  readonly output: Output;
  /** Best first: the order in which a run tries them while memory says nothing else. */
  readonly methods: readonly [Method, ...Method[]];
  readonly tunables: Readonly<Record<string, Tunable<z.output<Output>>>>;
  /** The part of the run id that names this work within capability and account. */
  period(input: z.output<Input>): string;
  /** What a person has to repeat before it runs; without it nobody is asked. */
  confirmation?(input: z.output<Input>): string;
  /** Who would hear of it, as far as the input says. */
  recipients?(input: z.output<Input>): readonly string[];
  readonly schedule?: DailySchedule;
  /** It starts a job of the vendor's, which is stopped when the run is cancelled. */
  readonly startsJob?: true;
}

/** A bundle of capabilities around one service, with a task queue of its own (the agent's id). */
export interface Agent<Capabilities extends readonly Capability[] = readonly Capability[]> {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** The service behind it. Flow keys are `vendor:account`. */
  readonly vendor: string;
  /** How much of it one login may use: a tenth below what the vendor allows. */
  readonly limits: FlowLimits;
  readonly capabilities: Capabilities;
}

/** What is gone for good is never gone without a person's word. */
type Confirmed<E extends Effect, Input extends z.ZodObject> = E extends 'destroy'
  ? { confirmation(input: z.output<Input>): string }
  : unknown;

/** Checks a declaration at compile time and keeps its exact id, effect and schemas. */
export const defineCapability = <
  Input extends z.ZodObject,
  Output extends z.ZodType,
  Id extends string,
  E extends Effect,
>(
  capability: Capability<Input, Output, Id, E> & Confirmed<E, Input>,
): Capability<Input, Output, Id, E> => capability;

/** Checks an agent at compile time and keeps each of its capabilities. */
export const defineAgent = <const Capabilities extends readonly Capability[]>(
  agent: Agent<Capabilities>,
): Agent<Capabilities> => agent;

/** The name of one login at a vendor, as settings name it. */
export const AccountName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'expected small letters, digits and hyphens, at most 40');

/** A calendar day, `YYYY-MM-DD`. */
export const Day = z.iso.date('expected a day as YYYY-MM-DD');
