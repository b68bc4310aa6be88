import { proxyActivities } from '@temporalio/workflow';

const { answer } = proxyActivities<{ answer(call: number, bytes: number): Promise<string> }>({
  startToCloseTimeout: '1 minute',
});

/** Makes many calls, twenty at once, each answered by so many bytes. @returns their sum. */
export async function manyCalls(calls: number, bytes: number): Promise<number> {
  let sum = 0;
  for (let call = 0; call < calls; call += 20) {
    const batch = Array.from({ length: Math.min(20, calls - call) }, (_, at) => call + at);
    const answers = await Promise.all(batch.map((each) => answer(each, bytes)));
    sum += answers.reduce((all, each) => all + each.length, 0);
  }
  return sum;
}

/** A result of so many bytes. */
export const large = (bytes: number): Promise<string> => Promise.resolve('x'.repeat(bytes));
