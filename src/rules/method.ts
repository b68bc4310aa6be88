import { errorClassOf } from './classify.ts';

/** How a run does its work: the methods to try in this order, and the numbers it works with. */
export interface Choice {
  readonly methods: readonly string[];
  readonly tunables: Readonly<Record<string, number>>;
}

interface Declared {
  readonly methods: readonly { readonly id: string }[];
  readonly tunables: Readonly<Record<string, { readonly default: number }>>;
}

/** Chooses how to do a capability: its methods as declared, its tunables at their defaults. */
export function chooseMethods(declared: Declared): Choice {
  return {
    methods: declared.methods.map((method) => method.id),
    tunables: Object.fromEntries(
      Object.entries(declared.tunables).map(([name, tunable]) => [name, tunable.default]),
    ),
  };
}

/** Only what a vendor no longer accepts is worth another method; waiting or a person heals the rest. */
export const isWorthAnotherMethod = (failureType: string | undefined): boolean =>
  errorClassOf(failureType) === 'contract';
