import { setTimeout as delay } from 'node:timers/promises';
import type { z } from 'zod';

/** The dashboard's HTTP API, as somebody uses it who does not give up. */
export interface PatientClient {
  /** Asks once. @throws {NotNow} when it can't be answered now. */
  once<T>(answer: z.ZodType<T>, path: string, body?: object): Promise<T>;
  /** Asks again and again until there is an answer. */
  ask<T>(answer: z.ZodType<T>, path: string, body?: object): Promise<T>;
  /** Questions that got no answer at once, by why: `503 database-unreachable`. */
  readonly refusals: Readonly<Record<string, number>>;
}

/** Nobody is there to answer, or the answer says that a server is away. */
export class NotNow extends Error {
  override readonly name = 'NotNow';
}

const answersWithinMs = 8_000;
const againEveryMs = 100;

/** @param url of the dashboard. @param giveUp ends all waiting. */
export function createClient(url: string, giveUp: AbortSignal): PatientClient {
  const refusals: Record<string, number> = {};
  const refuse = (why: string): NotNow => {
    refusals[why] = (refusals[why] ?? 0) + 1;
    return new NotNow(why);
  };

  async function once<T>(answer: z.ZodType<T>, path: string, body?: object): Promise<T> {
    let response: Response;
    let said: unknown;
    try {
      response = await fetch(url + path, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(answersWithinMs),
      });
      said = response.status === 204 ? null : await response.json();
    } catch (error) {
      throw refuse(error instanceof Error && error.name === 'TimeoutError' ? 'silence' : 'nobody');
    }
    if (response.ok) return answer.parse(said);
    const code = typeof said === 'object' && said && 'code' in said ? String(said.code) : '';
    const isPassing = response.status >= 500 || code === 'no-worker';
    if (isPassing) throw refuse(`${response.status} ${code}`);
    throw new Error(`${path} answered ${response.status}: ${JSON.stringify(said)}`);
  }

  return {
    once,
    refusals,
    async ask(answer, path, body) {
      for (;;) {
        giveUp.throwIfAborted();
        try {
          return await once(answer, path, body);
        } catch (error) {
          if (!(error instanceof NotNow)) throw error;
          await delay(againEveryMs);
        }
      }
    },
  };
}
