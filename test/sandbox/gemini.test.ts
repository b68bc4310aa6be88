/** What Gemini's API takes and refuses, asked plainly and by Google's own client. */
import { ApiError, GoogleGenAI } from '@google/genai';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { startStandIns, type StandIns } from '../../src/sandbox/server.ts';

let standIns: StandIns;
beforeAll(async () => {
  standIns = await startStandIns({
    workspaces: {
      blocked: { gemini: { turns: ['prompt-blocked', 'safety', 'max-tokens', 'no-candidates'] } },
    },
  });
});
afterAll(() => standIns.close());
beforeEach(() => standIns.faults.clear());

const question = { contents: [{ role: 'user', parts: [{ text: 'hello' }] }] };
async function ask(
  body: unknown,
  { key = 'stand-in-a', version = 'v1beta', model = 'gemini-3.8-flash' } = {},
) {
  const response = await fetch(
    `${standIns.url}/gemini/${version}/models/${model}:generateContent`,
    {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-goog-api-key': key },
      body: JSON.stringify(body),
    },
  );
  const said: unknown = await response.json();
  return { status: response.status, said };
}
const clientOf = (key: string) =>
  new GoogleGenAI({
    apiKey: key,
    httpOptions: { baseUrl: `${standIns.url}/gemini`, apiVersion: 'v1', fetch },
  });

test('both versions answer alike, with counts of tokens that add up', async () => {
  const first = await ask(question);
  expect(first).toMatchObject({
    status: 200,
    said: { candidates: [{ finishReason: 'STOP' }], modelVersion: 'gemini-3.8-flash' },
  });
  const again = await ask(question, { version: 'v1' });
  expect(again.said).toMatchObject({ candidates: [{ content: { role: 'model' } }] });
});

test.each([
  ['a key that is none', question, { key: 'x' }, 400, 'INVALID_ARGUMENT', 'API_KEY_INVALID'],
  ['no right', question, { key: 'stand-in-a.denied' }, 403, 'PERMISSION_DENIED', ''],
  ['no billing', question, { key: 'stand-in-a.no-billing' }, 400, 'FAILED_PRECONDITION', ''],
  ['no quota', question, { key: 'stand-in-a.daily-quota' }, 429, 'RESOURCE_EXHAUSTED', 'PerDay'],
  ['a model that is gone', question, { model: 'gemini-1.5-pro' }, 404, 'NOT_FOUND', ''],
  ['no contents', {}, {}, 400, 'INVALID_ARGUMENT', 'contents'],
  [
    'a shape without its type',
    { ...question, generationConfig: { responseSchema: { type: 'OBJECT' } } },
    {},
    400,
    'INVALID_ARGUMENT',
    'mime',
  ],
  [
    'a film that is not on YouTube',
    { contents: [{ parts: [{ fileData: { fileUri: 'https://x.example/a.mp4' } }] }] },
    {},
    400,
    'INVALID_ARGUMENT',
    'Unsupported',
  ],
])('it refuses %s', async (_, body, options, code, status, words) => {
  const refused = await ask(body, options);
  expect(refused).toMatchObject({ status: code, said: { error: { code, status } } });
  expect(JSON.stringify(refused.said)).toContain(words);
});

test('Google’s client reads answers of a shape, and those without a text', async () => {
  const config = {
    responseMimeType: 'application/json',
    responseSchema: { type: 'OBJECT', properties: { hook: { type: 'STRING' } } },
  };
  const asked = { model: 'gemini-3.8-flash', contents: 'hello' };
  const answer = await clientOf('stand-in-a').models.generateContent({ ...asked, config });
  expect(JSON.parse(answer.text ?? '')).toEqual({ hook: expect.stringMatching(/^\d+ hours/) });
  const blocked = clientOf('stand-in-blocked');
  const next = () => blocked.models.generateContent({ ...asked, config });
  expect((await next()).promptFeedback?.blockReason).toBe('PROHIBITED_CONTENT');
  expect(await next()).toMatchObject({ candidates: [{ finishReason: 'SAFETY' }] });
  expect((await next()).candidates?.[0]?.finishReason).toBe('MAX_TOKENS');
  expect((await next()).candidates).toBeUndefined();
});

test('Google’s client makes one call, and tells a refusal by its status and the whole body', async () => {
  standIns.faults.set([{ fault: { kind: 'status', status: 429 } }]);
  standIns.requests.reset();
  const refused = clientOf('stand-in-a').models.get({ model: 'gemini-3.8-flash' });
  await expect(refused).rejects.toBeInstanceOf(ApiError);
  await expect(refused).rejects.toMatchObject({
    status: 429,
    message: expect.stringContaining('"retryDelay":"1s"'),
  });
  expect(standIns.requests.total).toBe(1);
});
