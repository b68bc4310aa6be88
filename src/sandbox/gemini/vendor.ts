import { createHash } from 'node:crypto';
import express, { Router, type Request } from 'express';
import { z } from 'zod';
import type { Vendor } from '../vendor.ts';
import { Schema, written } from './written.ts';

/** What the model does with a question, instead of answering it; or exactly the text that it says. */
type GeminiTurn =
  | 'answer'
  | 'prompt-blocked'
  | 'safety'
  | 'recitation'
  | 'max-tokens'
  | 'empty'
  | 'no-candidates'
  | 'broken-json'
  | 'wrong-shape'
  | { readonly says: string };

/** How Gemini behaves towards one login. */
export interface GeminiOptions {
  /** What becomes of the questions, in their order; the rest is answered. */
  readonly turns?: readonly GeminiTurn[];
}

const models = [
  ...['gemini-3.8-flash', 'gemini-3.7-flash', 'gemini-3.6-flash', 'gemini-3.5-flash'],
  'gemini-3.5-flash-lite',
];
const statuses: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};
const info = (type: string, more: object) => ({
  '@type': `type.googleapis.com/google.rpc.${type}`,
  ...more,
});

const Part = z.object({
  text: z.string().optional(),
  fileData: z.object({ fileUri: z.string() }).optional(),
});
const Question = z.object({
  contents: z.array(z.object({ role: z.string().optional(), parts: z.array(Part).min(1) })).min(1),
  systemInstruction: z.unknown().optional(),
  generationConfig: z
    .object({
      maxOutputTokens: z.int().positive().optional(),
      responseMimeType: z.string().optional(),
      responseSchema: Schema.optional(),
      responseJsonSchema: Schema.optional(),
    })
    .default({}),
});
type Question = z.infer<typeof Question>;

/** Gemini says no. */
class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly word: string | undefined;
  readonly details: readonly unknown[];

  constructor(status: number, message: string, details: readonly unknown[] = [], word?: string) {
    super(message);
    this.status = status;
    this.details = details;
    this.word = word;
  }
}

const errorBody = (
  status: number,
  message: string,
  details: readonly unknown[],
  word?: string,
) => ({
  error: {
    code: status,
    message,
    status: word ?? statuses[status] ?? 'UNKNOWN',
    ...(details.length > 0 ? { details } : {}),
  },
});

/**
 * Google's Gemini API, `/v1` and `/v1beta`: models, and `generateContent`. Its text follows from the
 * question alone. The key `stand-in-acme` opens login `acme`; endings take away: `.denied`,
 * `.no-billing`, `.daily-quota`.
 *
 * @param optionsOf the options of a login.
 */
export function createGemini(optionsOf: (workspace: string) => GeminiOptions): Vendor {
  const asked = new Map<string, number>();
  const router = Router();

  router.get(/^\/(v1|v1beta)\/models\/([\w.-]+)$/, (request, response) => {
    admit(request);
    const model = modelIn(request);
    response.json({ name: `models/${model}`, displayName: model, version: '1' });
  });
  router.post(
    /^\/(v1|v1beta)\/models\/([\w.-]+):generateContent$/,
    express.json({ type: () => true, limit: '20mb' }),
    (request, response) => {
      const workspace = admit(request);
      const model = modelIn(request);
      const question = questionIn(request.body);
      const count = asked.get(workspace) ?? 0;
      asked.set(workspace, count + 1);
      const turn = optionsOf(workspace).turns?.[count] ?? 'answer';
      response.json({
        ...answerTo(question, turn),
        modelVersion: model,
        responseId: `resp_${count}`,
      });
    },
  );
  router.use(() => {
    throw new Refusal(404, 'Requested entity was not found.');
  });
  router.use(((error: unknown, _request, response, next) => {
    if (!(error instanceof Refusal)) {
      next(error);
      return;
    }
    const { status, message, details, word } = error;
    response.status(status).json(errorBody(status, message, details, word));
  }) satisfies express.ErrorRequestHandler);

  return {
    id: 'gemini',
    router,
    workspaceOf: (request) => accessOf(request)?.workspace,
    addressesIn: () => undefined,
    errorBody: (_, status) =>
      errorBody(
        status,
        status === 503 ? 'The model is overloaded. Try again later.' : 'The fault plan says so',
        status === 429 ? [info('RetryInfo', { retryDelay: '1s' })] : [],
      ),
  };
}

function accessOf(request: Request) {
  const key = request.get('x-goog-api-key') ?? '';
  const [, workspace, ending] =
    /^stand-in-([a-z0-9][a-z0-9-]{0,39})(?:\.([a-z-]+))?$/.exec(key) ?? [];
  return workspace === undefined ? undefined : { workspace, ending };
}

function admit(request: Request): string {
  const access = accessOf(request);
  if (!access) {
    const details = [info('ErrorInfo', { reason: 'API_KEY_INVALID', domain: 'googleapis.com' })];
    throw new Refusal(400, 'API key not valid. Please pass a valid API key.', details);
  }
  switch (access.ending) {
    case undefined:
      return access.workspace;
    case 'denied':
      throw new Refusal(403, 'The caller does not have permission');
    case 'no-billing':
      throw new Refusal(400, 'User location is not supported.', [], 'FAILED_PRECONDITION');
    case 'daily-quota':
      throw new Refusal(429, 'You exceeded your current quota.', [
        info('QuotaFailure', {
          violations: [{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier' }],
        }),
        info('RetryInfo', { retryDelay: '30s' }),
      ]);
    default:
      throw new Refusal(403, 'Nobody knows this ending of a key');
  }
}

function modelIn(request: Request): string {
  const model = String(Object.values(request.params)[1]);
  if (models.includes(model)) return model;
  throw new Refusal(404, `models/${model} is not found for API version v1beta.`);
}

function questionIn(body: unknown): Question {
  const { success, data, error } = Question.safeParse(body);
  if (!success) {
    const [issue] = error.issues;
    throw new Refusal(
      400,
      `Invalid value at '${issue?.path.join('.') ?? ''}': ${issue?.message ?? ''}`,
    );
  }
  const { responseSchema, responseJsonSchema, responseMimeType } = data.generationConfig;
  if (responseSchema && responseJsonSchema) {
    throw new Refusal(400, 'Only one of response_schema and response_json_schema may be set.');
  }
  if ((responseSchema ?? responseJsonSchema) && responseMimeType !== 'application/json') {
    throw new Refusal(400, 'response_schema needs response_mime_type application/json.');
  }
  const files = data.contents.flatMap(({ parts }) =>
    parts.flatMap(({ fileData }) => fileData ?? []),
  );
  if (
    files.some(({ fileUri }) => !/^https:\/\/(www\.|m\.)?(youtube\.com|youtu\.be)\//.test(fileUri))
  ) {
    throw new Refusal(400, 'Unsupported file uri.');
  }
  return data;
}

const tokensIn = (text: string): number => Math.ceil(text.length / 4);
const videoTokens = 30_000;
const thoughtsTokenCount = 120;

function answerTo({ contents, generationConfig, systemInstruction }: Question, turn: GeminiTurn) {
  const asked = JSON.stringify([contents, systemInstruction]);
  const hasVideo = asked.includes('fileUri');
  const promptTokenCount = tokensIn(asked) + (hasVideo ? videoTokens : 0);
  const usage = (text: string) => ({
    promptTokenCount,
    candidatesTokenCount: tokensIn(text),
    thoughtsTokenCount,
    totalTokenCount: promptTokenCount + tokensIn(text) + thoughtsTokenCount,
  });
  const candidate = (finishReason: string, text?: string) => ({
    candidates: [
      {
        ...(text === undefined ? {} : { content: { role: 'model', parts: [{ text }] } }),
        finishReason,
        index: 0,
        safetyRatings: [],
      },
    ],
    usageMetadata: usage(text ?? ''),
  });
  const { responseSchema, responseJsonSchema, maxOutputTokens = 65_536 } = generationConfig;
  const schema = responseSchema ?? responseJsonSchema;
  const seed = createHash('sha256').update(asked).digest('hex');
  const text = schema ? JSON.stringify(written(schema, seed)) : `An answer ${seed.slice(0, 8)}`;
  if (typeof turn === 'object') return candidate('STOP', turn.says);
  switch (turn) {
    case 'prompt-blocked':
      return {
        promptFeedback: { blockReason: 'PROHIBITED_CONTENT' },
        usageMetadata: { promptTokenCount, totalTokenCount: promptTokenCount },
      };
    case 'no-candidates':
      return { usageMetadata: { promptTokenCount, totalTokenCount: promptTokenCount } };
    case 'safety':
      return candidate('SAFETY');
    case 'recitation':
      return candidate('RECITATION');
    case 'empty':
      return candidate('STOP');
    case 'max-tokens':
      return candidate('MAX_TOKENS', text.slice(0, text.length / 2));
    case 'broken-json':
      return candidate('STOP', `${text.slice(0, -2)},`);
    case 'wrong-shape':
      return candidate('STOP', JSON.stringify({ hook: 7 }));
    case 'answer':
      return tokensIn(text) > maxOutputTokens
        ? candidate('MAX_TOKENS', text.slice(0, maxOutputTokens * 4))
        : candidate('STOP', text);
  }
}
