import type { DebugResponseInput, DebugResponseOutput } from '../../contracts/instantly-debug.ts';
import type { Account } from '../../platform/config.ts';
import type { CapabilityActivity } from '../activities.ts';
import { answerIn } from '../vendor-answer.ts';
import type { InstantlyDeps } from './deps.ts';
import { differencesOf, expectations, shapeOf, type Expectation } from './expected.ts';

const longestWords = 300;
const dayMs = 86_400_000;

/** Asks what the product reads, one question after the other, and compares; a refusal is an answer, too. */
export const debugResponse =
  ({
    client,
    account: find,
  }: InstantlyDeps): CapabilityActivity<DebugResponseInput, DebugResponseOutput> =>
  async ({ account: name, input }) => {
    const account = find(name);
    const answers: DebugResponseOutput['answers'] = [];
    const yesterday = new Date(Date.now() - dayMs).toISOString().slice(0, 10);
    const [campaignId] = await client.campaignIds(account).catch(refusedAs([]));
    const all = expectations({ startDate: yesterday, endDate: yesterday }, campaignId);
    const asked = input.path === undefined ? all : [questionOf(input.path, all)];
    for (const question of asked) answers.push(await answerTo(client, account, question));
    return { answers };
  };

/** What a refusal by the vendor counts as; trouble on the way to it stays trouble. */
const refusedAs =
  <T>(value: T) =>
  (error: unknown): T => {
    if (answerIn(error) === null) throw error;
    return value;
  };

/** A path that somebody typed, with what is expected of it where that is one of ours. */
const questionOf = (path: string, known: readonly Expectation[]): Expectation => {
  const [place] = path.split('?');
  const fields = known.find((each) => each.path.split('?')[0] === place)?.fields ?? '';
  return { method: 'GET', path, fields };
};

async function answerTo(
  client: InstantlyDeps['client'],
  account: Account,
  { fields, ...question }: Expectation,
): Promise<DebugResponseOutput['answers'][number]> {
  const asked = `${question.method} ${question.path}`;
  try {
    const answer = await client.raw(account, question);
    const differences = [...differencesOf(answer, fields)];
    return { asked, status: 200, shape: shapeOf(answer), differences };
  } catch (error) {
    const said = answerIn(error);
    if (said === null) throw error;
    const shape = said.body.slice(0, longestWords);
    return { asked, status: said.status, shape, differences: [`refused: ${said.status}`] };
  }
}
