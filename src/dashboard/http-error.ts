import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import { z } from 'zod';
import type { ApiError } from '../contracts/api.ts';
import { BadRequest } from '../contracts/check.ts';
import { NameTaken } from '../platform/api-tokens.ts';
import { BulkMoved } from '../platform/bulk.ts';
import { RunHasEnded } from '../platform/end-run.ts';
import { ClosedByVendor, UnknownFlowKey } from '../platform/flow-keys.ts';
import { CannotSettle } from '../platform/ledger.ts';
import { NotInMemory } from '../platform/memory-reader.ts';
import { SetBySettings } from '../platform/people.ts';
import { NotDecidable } from '../platform/posts.ts';
import { WordRefused } from '../platform/tell-run.ts';
import { NobodyServes, SwarmRefused } from '../platform/steer-swarm.ts';
import { UnknownSchedule } from '../platform/schedules.ts';
import { NotSuppressible } from '../platform/suppressions.ts';
import { UnknownTopic } from '../platform/topics.ts';

/** The caller was wrong, or we can't answer now. One handler turns it into an `ApiError`. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly code: string;
  readonly fields: ApiError['fields'];

  constructor(status: number, code: string, message: string, fields?: ApiError['fields']) {
    super(message);
    this.status = status;
    this.code = code;
    this.fields = fields;
  }
}

/** What to answer for an error that isn't a lost server; `undefined` for a fault of ours. */
export function refusalOf(error: unknown): HttpError | undefined {
  if (error instanceof HttpError) return error;
  if (error instanceof BadRequest && error.failure === 'NotConfirmed') {
    return new HttpError(422, 'not-confirmed', error.message, [...error.fields]);
  }
  if (error instanceof BadRequest) {
    const code = error.failure === 'NotServed' ? 'unknown-capability' : 'invalid-input';
    return new HttpError(400, code, error.message, [...error.fields]);
  }
  if (error instanceof UnknownSchedule) {
    return new HttpError(404, 'unknown-schedule', error.message);
  }
  if (error instanceof UnknownFlowKey) {
    return new HttpError(404, 'unknown-flow-key', error.message);
  }
  if (error instanceof ClosedByVendor) {
    return new HttpError(409, 'closed-by-vendor', error.message);
  }
  if (error instanceof CannotSettle) return new HttpError(409, 'cannot-settle', error.message);
  if (error instanceof NotDecidable) return new HttpError(409, 'not-decidable', error.message);
  if (error instanceof NotSuppressible)
    return new HttpError(400, 'not-suppressible', error.message);
  if (error instanceof WordRefused) return new HttpError(409, 'refused', error.message);
  if (error instanceof NotInMemory) return new HttpError(404, 'not-in-memory', error.message);
  if (error instanceof UnknownTopic) return new HttpError(404, 'unknown-topic', error.message);
  if (error instanceof BulkMoved) return new HttpError(409, 'moved', error.message);
  if (error instanceof SwarmRefused) return new HttpError(409, 'refused', error.message);
  if (error instanceof NobodyServes) return new HttpError(409, 'no-worker', error.message);
  if (error instanceof NameTaken) return new HttpError(409, 'name-taken', error.message);
  if (error instanceof SetBySettings) return new HttpError(409, 'set-by-settings', error.message);
  if (error instanceof RunHasEnded) return new HttpError(409, 'already-ended', error.message);
  if (error instanceof WorkflowNotFoundError) return unknownRun();
  if (error instanceof WorkflowExecutionAlreadyStartedError) {
    return new HttpError(409, 'already-running', 'This work is under way already');
  }
  const refused = Refused.safeParse(error);
  if (!refused.success) return undefined;
  const { status, type } = refused.data;
  const [code, message] = bodyProblems[type ?? ''] ?? ['refused', 'The request can’t be read'];
  return new HttpError(status, code, message);
}

/** Nobody knows this run. */
export const unknownRun = (): HttpError =>
  new HttpError(404, 'unknown-run', 'No run has this id. It may be older than is kept');

/**
 * Checks what came with a request.
 *
 * @throws {HttpError} 400 with a JSON pointer to each part that is wrong.
 */
export function parsed<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const fields = result.error.issues.map((issue) => ({
    path: `/${issue.path.map(String).join('/')}`,
    message: issue.message,
  }));
  const list = fields.map(({ path, message }) => `${path.slice(1)}: ${message}`);
  throw new HttpError(400, 'invalid-request', list.join('; '), fields);
}

/** How the parser of bodies reports what it refuses. */
const Refused = z.object({
  status: z.int().min(400).max(499),
  expose: z.literal(true),
  type: z.string().optional(),
});

const bodyProblems: Readonly<Record<string, readonly [code: string, message: string]>> = {
  'entity.parse.failed': ['invalid-json', 'The body is not JSON'],
  'entity.too.large': ['too-large', 'The body is larger than 1 MB'],
  'encoding.unsupported': ['unsupported-encoding', 'The body has an encoding nobody here knows'],
  'charset.unsupported': ['unsupported-encoding', 'The body has a character set nobody knows'],
};
