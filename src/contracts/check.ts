import type { z } from 'zod';
import { findCapability, agents } from './agents.ts';
import { isOnceEffect, type Agent, type Capability } from './capability.ts';
import { FailureType } from './failures.ts';
import { TaskRequest } from './runs.ts';
import { SwarmTask } from './swarm.ts';

/** A request that may run: the declaration it asks for, and its input with defaults filled in. */
export interface CheckedTask {
  readonly request: TaskRequest;
  readonly agent: Agent;
  readonly capability: Capability;
  readonly input: Record<string, unknown>;
}

/** One field that is wrong; `path` is a JSON pointer into the request: `/input/date`. */
export interface WrongField {
  readonly path: string;
  readonly message: string;
}

type RequestFailure = (typeof FailureType)['InvalidInput' | 'NotServed' | 'NotConfirmed'];

/** The request may not run; `message` names every field that is wrong and what was expected. */
export class BadRequest extends Error {
  override readonly name = 'BadRequest';
  readonly failure: RequestFailure;
  readonly fields: readonly WrongField[];

  constructor(failure: BadRequest['failure'], message: string, fields: readonly WrongField[] = []) {
    super(message);
    this.failure = failure;
    this.fields = fields;
  }
}

/**
 * Checks a request as a person may have written it, against the declaration it names.
 *
 * @throws {BadRequest} `NotServed` for a capability nobody declares, `NotConfirmed` without the text
 * that it asks for, `InvalidInput` otherwise.
 */
export function checkTask(raw: unknown): CheckedTask {
  const request = parse(TaskRequest, raw, '');
  const checked = { request, ...declared(request) };
  const { capability, input } = checked;
  if (request.dryRun) mayRunDry(capability);
  else isConfirmed(capability, input, request.confirm);
  return checked;
}

/** A task of a swarm that may run, once a person has confirmed the whole swarm where that is asked. */
export interface CheckedSwarmTask extends Omit<CheckedTask, 'request'> {
  readonly request: SwarmTask;
}

/**
 * Checks one task of a swarm. Whether it may run unconfirmed is asked once for all: `checkConfirmed`.
 *
 * @throws {BadRequest} `NotServed` for a capability nobody declares, `InvalidInput` otherwise.
 */
export function checkSwarmTask(raw: unknown): CheckedSwarmTask {
  const request = parse(SwarmTask, raw, '');
  return { request, ...declared(request) };
}

/** How many tasks there are of each capability; other than those that ask for no confirmation don't count. */
export type TaskCounts = Readonly<Record<string, number>>;

/** What a person has to repeat before tasks like these run: `delete-lead 120`; `undefined` for nothing. */
export function confirmationOf(counts: TaskCounts): string | undefined {
  const parts = Object.entries(counts).flatMap(([id, count]) => {
    const capability = findCapability(id)?.capability;
    return capability?.confirmation && count > 0 ? [`${capability.verb} ${count}`] : [];
  });
  return parts.length === 0 ? undefined : parts.sort().join(', ');
}

/** @throws {BadRequest} `NotConfirmed` without the exact text that these tasks ask for, and a reason. */
export function checkConfirmed(
  counts: TaskCounts,
  given: { readonly confirm?: string | undefined; readonly reason?: string | undefined },
): void {
  const text = confirmationOf(counts);
  if (text === undefined) return;
  const refuse = (path: string, message: string): never => {
    throw new BadRequest(FailureType.NotConfirmed, message, [{ path, message }]);
  };
  if (given.confirm !== text) {
    const came = given.confirm === undefined ? 'nothing was typed' : `“${given.confirm}” was typed`;
    refuse(
      '/confirm',
      `These tasks can’t be taken back. They run only with exactly this text as “confirm”: ${text} (${came}), and with a reason. A dry run shows first what would happen`,
    );
  }
  if (!given.reason)
    refuse('/reason', 'expected a reason beside “confirm”, for those who look later');
}

/** The declaration that a request asks for, and its input by it. */
function declared(
  request: Pick<TaskRequest, 'capability' | 'input'>,
): Omit<CheckedTask, 'request'> {
  const found = findCapability(request.capability);
  if (!found) {
    const known = agents.flatMap((agent) => agent.capabilities.map((each) => each.id));
    throw new BadRequest(
      FailureType.NotServed,
      `No agent has the capability “${request.capability}”. There are: ${known.join(', ')}`,
      [{ path: '/capability', message: 'unknown capability' }],
    );
  }
  return { ...found, input: parse(found.capability.input, request.input, '/input') };
}

function mayRunDry({ id, effect }: Capability): void {
  if (isOnceEffect(effect)) return;
  const message = `only what sends, spends or destroys can be tried dry; ${id} is an ${effect} and may simply be run`;
  throw new BadRequest(FailureType.InvalidInput, `dryRun: ${message}`, [
    { path: '/dryRun', message },
  ]);
}

function isConfirmed(
  capability: Capability,
  input: Record<string, unknown>,
  given: string | undefined,
): void {
  const text = capability.confirmation?.(input);
  if (text === undefined || given === text) return;
  const { title, description } = capability;
  const came = given === undefined ? 'nothing was typed' : `“${given}” was typed`;
  const message = `${title} – ${description}. It runs only with exactly this text as “confirm”: ${text} (${came}). A dry run shows first what would happen`;
  throw new BadRequest(FailureType.NotConfirmed, message, [{ path: '/confirm', message }]);
}

function parse<T extends z.ZodType>(schema: T, value: unknown, at: string): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.flatMap((issue): readonly WrongField[] => {
    const pathOf = (keys: readonly PropertyKey[]) =>
      at + keys.map((key) => `/${String(key)}`).join('');
    if (issue.code === 'unrecognized_keys') {
      const known = Object.keys(knownKeys(schema)).join(', ');
      return issue.keys.map((key) => ({
        path: pathOf([...issue.path, key]),
        message: `is not a field; there are: ${known}`,
      }));
    }
    return [{ path: pathOf(issue.path) || '/', message: issue.message }];
  });
  const list = fields.map(
    (field) => `${field.path.slice(1).replaceAll('/', '.')}: ${field.message}`,
  );
  throw new BadRequest(FailureType.InvalidInput, list.join('; '), fields);
}

function knownKeys(schema: z.ZodType): Record<string, unknown> {
  return 'shape' in schema && typeof schema.shape === 'object' ? { ...schema.shape } : {};
}
