/** What went wrong, below all wrapping: the innermost failure with a type of ours, and its words. */
export interface RootFailure {
  readonly failure: string;
  readonly message: string;
}

/** Types the SDK gives to errors that nobody typed: they say nothing about the cause. */
const untyped = ['Error', 'TypeError', 'RangeError', 'SyntaxError'];

/** Finds the cause that people care about in a chain of errors; `unknown` when nobody typed it. */
export function rootFailureOf(error: unknown): RootFailure {
  let found: RootFailure = {
    failure: 'unknown',
    message: error instanceof Error ? error.message : String(error),
  };
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const type = 'type' in cause && typeof cause.type === 'string' ? cause.type : undefined;
    found = {
      failure: type === undefined || untyped.includes(type) ? found.failure : type,
      message: cause.message,
    };
  }
  return found;
}
