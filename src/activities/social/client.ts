import { ApiError, GoogleGenAI, type GenerateContentParameters } from '@google/genai';
import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';
import type { Effect } from '../../contracts/capability.ts';
import type { VendorRequest } from '../../contracts/dry-run.ts';
import { FailureType } from '../../contracts/failures.ts';
import { social } from '../../contracts/social.ts';
import type { Account } from '../../platform/config.ts';
import { flowKeyOf } from '../../rules/flow.ts';
import type { Door, VendorCall } from '../door.ts';
import { answerIn, nonsenseIn } from '../vendor-answer.ts';

const title = 'Gemini';
const apiVersion = 'v1beta';
const flowOf = <E extends Effect>(account: Account, effect: E) => ({
  key: flowKeyOf(social.vendor, account.name),
  limits: social.limits,
  effect,
});

/** Google's Gemini API, through Google's own client, which makes each call once. */
export interface GeminiClient {
  /** The title of a model: the cheapest question that shows whether a key works. @throws `NotFound` */
  model(account: Account, name: string): Promise<string>;
}

/** @param door the only way out; it classifies what the vendor says. */
export const createGeminiClient = (door: Pick<Door, 'through'>): GeminiClient => ({
  async model(account, model) {
    const { displayName } = await door.through(
      {
        vendor: title,
        flow: flowOf(account, 'read'),
        what: `GET /${apiVersion}/models/${model}`,
        send: (abortSignal) =>
          clientOf(account).models.get({ model, config: { abortSignal } }).catch(nonsenseIn),
        refusalIn: (thrown) =>
          thrown instanceof ApiError ? { status: thrown.status, body: thrown.message } : undefined,
      },
      z.object({ displayName: z.string().optional() }),
    );
    return displayName ?? model;
  },
});

/** With a way to fetch of ours, because its own goes behind Node's, to where a program may have none. */
const clientOf = ({ apiKey, baseUrl }: Account, through: typeof fetch = fetch) =>
  new GoogleGenAI({ apiKey, httpOptions: { baseUrl, apiVersion, fetch: through } });

/** The one request by which a model is asked, worded by Google's client; it asks nobody. */
export async function generateRequest(
  account: Account,
  asked: GenerateContentParameters,
): Promise<VendorRequest> {
  const worded = Promise.withResolvers<VendorRequest>();
  await clientOf(account, async (input, init) => {
    const request = new Request(input, init);
    const path = new URL(request.url).pathname.slice(new URL(account.baseUrl).pathname.length);
    const body: unknown = await request.json();
    worded.resolve({ method: 'POST', path: path.startsWith('/') ? path : `/${path}`, body });
    return Response.json({});
  }).models.generateContent(asked);
  return worded.promise;
}

/** A request as Gemini takes it, with the login's key. */
export const geminiCall = <E extends Effect>(
  account: Account,
  { method, path, body }: VendorRequest,
  effect: E,
): VendorCall<E> => ({
  vendor: title,
  flow: flowOf(account, effect),
  url: new URL(`${account.baseUrl.replace(/\/$/, '')}${path}`),
  headers: { 'x-goog-api-key': account.apiKey },
  method,
  body,
});

/**
 * What a refusal means. Google counts no tokens for a call that it answers with an error, so every such
 * answer says that nothing was spent; undefined when there was no answer.
 */
export function refusalBy(failure: ApplicationFailure): ApplicationFailure | undefined {
  const said = answerIn(failure);
  if (!said || said.status < 400) return undefined;
  const final = (message: string, type: FailureType) =>
    ApplicationFailure.create({ message, type, nonRetryable: true, details: [said] });
  if (said.status === 400 && said.body.includes('API_KEY_INVALID')) {
    return final(
      'Gemini refused the key: set a new GEMINI_API_KEY',
      FailureType.CredentialRejected,
    );
  }
  if (said.status === 400 && said.body.includes('FAILED_PRECONDITION')) {
    return final(
      `Gemini does not serve this login, for its region or for want of billing: ${failure.message}`,
      FailureType.PlanRequired,
    );
  }
  if (said.status === 404) {
    return final(
      `Gemini does not know what was asked for: another GEMINI_MODEL may help. ${failure.message}`,
      FailureType.NotFound,
    );
  }
  if (said.status === 429 && said.body.includes('PerDay')) {
    return final(
      'The daily quota of this Gemini login is used up: start the work again tomorrow, or raise it',
      FailureType.PlanRequired,
    );
  }
  return failure;
}
