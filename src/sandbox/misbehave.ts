import type { NextFunction, Response } from 'express';
import { z } from 'zod';
import type { Fault } from './faults.ts';

interface Victim {
  readonly fault: Fault | undefined;
  readonly response: Response;
  readonly next: NextFunction;
  /** The vendor's own form of an error. */
  readonly errorBody: (status: number) => unknown;
  /** Called once, just before the first byte of the answer leaves. */
  readonly onAnswer: (status: number) => void;
}

/** Lets the vendor answer, as the fault allows. Expects the answer in one `send` or `json`. */
export function misbehave({ fault, response, next, errorBody, onAnswer }: Victim): void {
  answerThrough(response, fault, onAnswer);
  switch (fault?.kind) {
    case 'silence':
      return;
    case 'slow':
      setTimeout(next, fault.delayMs).unref();
      return;
    case 'status':
      if (fault.retryAfterSeconds !== undefined) {
        response.set('Retry-After', retryAfter(fault.retryAfterSeconds, fault.retryAfterAs));
      }
      response.status(fault.status).json(errorBody(fault.status));
      return;
    case 'too-large':
      response.status(413).json(errorBody(413));
      return;
    case 'html':
      response
        .status(fault.status)
        .type('html')
        .send('<!doctype html><title>One moment</title><h1>We are checking your browser</h1>');
      return;
    case 'late':
    case 'cut':
    case 'malformed':
    case 'changed-type':
    case 'empty':
    case undefined:
      next();
  }
}

/** Puts the fault between the vendor's answer and the wire. */
function answerThrough(
  response: Response,
  fault: Fault | undefined,
  onAnswer: Victim['onAnswer'],
): void {
  const send = response.send.bind(response);
  response.send = (body: unknown) => {
    if (typeof body !== 'string') return send(body); // Express comes back with the text of it
    if (fault?.kind === 'late') {
      setTimeout(() => {
        onAnswer(response.statusCode);
        send(body);
      }, fault.delayMs).unref();
      return response;
    }
    onAnswer(response.statusCode);
    switch (fault?.kind) {
      case 'cut':
        response.set('Content-Length', String(Buffer.byteLength(body)));
        response.write(firstHalf(body), () => response.destroy());
        return response;
      case 'malformed':
        return send(firstHalf(body));
      case 'changed-type':
        return send(JSON.stringify(withChangedField(JSON.parse(body), fault)));
      case 'empty':
        return send(JSON.stringify(emptied(JSON.parse(body))));
      case 'status':
      case 'too-large':
      case 'slow':
      case 'silence':
      case 'html':
      case undefined:
        return send(body);
    }
  };
}

const firstHalf = (text: string): string => text.slice(0, Math.ceil(text.length / 2));

function retryAfter(seconds: number, as: 'seconds' | 'date'): string {
  return as === 'date' ? new Date(Date.now() + seconds * 1000).toUTCString() : String(seconds);
}

function withChangedField(
  value: unknown,
  fault: Extract<Fault, { kind: 'changed-type' }>,
): unknown {
  if (Array.isArray(value)) return value.map((entry: unknown) => withChangedField(entry, fault));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]: [string, unknown]) => [
      name,
      name === fault.field
        ? fault.becomes === undefined
          ? { value: entry }
          : fault.becomes
        : withChangedField(entry, fault),
    ]),
  );
}

const Page = z.object({ items: z.array(z.unknown()) });

function emptied(answer: unknown): unknown {
  if (Array.isArray(answer)) return [];
  return Page.safeParse(answer).success ? { items: [] } : {};
}
