import type { NextFunction, Response } from 'express';
import { z } from 'zod';
import type { Fault } from './faults.ts';

interface Victim {
  readonly fault: Fault | undefined;
  readonly response: Response;
  readonly next: NextFunction;
  /** The vendor's own form of an error: JSON, or a text. */
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
      refuse(response.status(fault.status), errorBody(fault.status));
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
    case 'missing':
    case 'doubled':
    case 'body':
    case 'garbled':
    case 'huge':
    case undefined:
      next();
  }
}

/** Some vendors answer words instead of JSON. */
const refuse = (response: Response, body: unknown) =>
  typeof body === 'string' ? response.type('text').send(body) : response.json(body);

/** Puts the fault between the vendor's answer and the wire. */
function answerThrough(
  response: Response,
  fault: Fault | undefined,
  onAnswer: Victim['onAnswer'],
): void {
  const send = response.send.bind(response);
  response.send = (body: unknown) => {
    if (Buffer.isBuffer(body)) {
      onAnswer(response.statusCode);
      return fault?.kind === 'cut' ? cutOff(response, body) : send(body);
    }
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
        return cutOff(response, Buffer.from(body));
      case 'malformed':
        return send(firstHalf(body));
      case 'changed-type':
        return send(
          JSON.stringify(
            withField(JSON.parse(body), fault.field, (value) => [
              fault.becomes === undefined ? { value } : fault.becomes,
            ]),
          ),
        );
      case 'missing':
        return send(JSON.stringify(withField(JSON.parse(body), fault.field, () => [])));
      case 'doubled':
        return send(JSON.stringify(doubled(JSON.parse(body))));
      case 'body':
        return send(fault.text);
      case 'garbled':
        return send(Buffer.from(body).map((byte) => byte ^ 0xff));
      case 'huge':
        return send(body + ' '.repeat(fault.megabytes * 1_000_000));
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

/** Sends half of it, and breaks the connection. */
function cutOff(response: Response, body: Buffer): Response {
  response.set('Content-Length', String(body.length));
  response.write(body.subarray(0, Math.ceil(body.length / 2)), () => response.destroy());
  return response;
}

const firstHalf = (text: string): string => text.slice(0, Math.ceil(text.length / 2));

function retryAfter(seconds: number, as: 'seconds' | 'date'): string {
  return as === 'date' ? new Date(Date.now() + seconds * 1000).toUTCString() : String(seconds);
}

/** @param become the values that a field has from now on: one, or none when it is gone. */
function withField(
  value: unknown,
  field: string,
  become: (value: unknown) => readonly unknown[],
): unknown {
  if (Array.isArray(value)) return value.map((entry: unknown) => withField(entry, field, become));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, entry]: [string, unknown]) =>
      (name === field ? become(entry) : [withField(entry, field, become)]).map((each) => [
        name,
        each,
      ]),
    ),
  );
}

const Page = z.looseObject({ items: z.array(z.unknown()) });

function doubled(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.flatMap((entry: unknown) => [entry, entry]);
  const page = Page.safeParse(answer);
  if (!page.success) return answer;
  return { ...page.data, items: page.data.items.flatMap((entry) => [entry, entry]) };
}

function emptied(answer: unknown): unknown {
  if (Array.isArray(answer)) return [];
  return Page.safeParse(answer).success ? { items: [] } : {};
}
