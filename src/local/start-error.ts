/** Something a person can put right; the message says what to do and is shown without a stack. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** What to do when a program's output says that the disk is full; `undefined` when it says nothing of it. */
export function diskAdvice(output: string, folder: string): string | undefined {
  return /ENOSPC|no space left on device/i.test(output)
    ? `The disk that holds ${folder} is full. Free about 2 GB and run the same command again.`
    : undefined;
}
