import type { Client } from '@temporalio/client';
import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { Role } from '../contracts/sign-in.ts';
import type { AuditEntry } from '../platform/audit.ts';
import type { Who } from './who.ts';

/** What a handler works with: what came, checked, and in whose name. */
export interface Call<Params = unknown, Query = unknown, Body = unknown> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly who: Who;
  /** Temporal, called in their name. */
  readonly client: Client;
  /** Notes a change in the audit log in their name, and lets pages show it. */
  readonly note: (entry: Omit<AuditEntry, 'by' | 'from'>) => Promise<void>;
  /** The connection itself, for files and other answers than one of JSON with status 200 or 204. */
  readonly request: Request;
  readonly response: Response;
}

/** What is said of a route besides its address. */
interface Declared<Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType> {
  /** One line of the OpenAPI document. */
  readonly does: string;
  /** Checks the search parameters. */
  readonly query?: Q;
  /** Checks the body, which is JSON. */
  readonly body?: B;
  /** What is answered as JSON; nothing (204) when left out. */
  readonly answer?: A;
  /** Media type of the file that is answered instead; the handler sends it. */
  readonly file?: string;
  /** May also come as a list of one of these types, with these parameters; the handler reads either. */
  readonly upload?: {
    readonly types: readonly string[];
    readonly query: z.ZodType;
    readonly body: z.ZodType;
  };
}

interface DeclaredWrite<
  Q extends z.ZodType,
  B extends z.ZodType,
  A extends z.ZodType,
> extends Declared<Q, B, A> {
  /** The least role that may. */
  readonly role: Role;
  /** False for a question that only needs a body; all others leave an audit row. */
  readonly isChange?: boolean;
}

/** One route of the HTTP API. The server, its guards, its document and its tests are made from these. */
export interface Route extends Declared<z.ZodType, z.ZodType, z.ZodType> {
  readonly method: 'get' | 'post' | 'delete';
  /** As Express has it: `/api/runs/:workflowId`. */
  readonly path: string;
  /** The least role that may; `anyone` also without sign-in. */
  readonly role: Role | 'anyone';
  readonly isChange: boolean;
  handle(call: Call): unknown;
}

type Names<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | Names<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never;
type ParamsOf<Path extends string> = Readonly<Record<Names<Path>, string>>;

type Handler<P extends string, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType> = (
  call: Call<ParamsOf<P>, z.output<Q>, z.output<B>>,
) => z.input<A> | Promise<z.input<A>>;

/** Where modules declare their routes, in the order in which they are looked for. */
export interface Routes {
  readonly all: readonly Route[];
  /** Something to read, which every viewer may. */
  get<const P extends string, Q extends z.ZodType = z.ZodUnknown, A extends z.ZodType = z.ZodVoid>(
    path: P,
    declared: Declared<Q, z.ZodUnknown, A> & { readonly role?: Role | 'anyone' },
    handle: Handler<P, Q, z.ZodUnknown, A>,
  ): void;
  /** Something to do. */
  post: Write;
  /** Something to remove. */
  delete: Write;
}

type Write = <
  const P extends string,
  Q extends z.ZodType = z.ZodUnknown,
  B extends z.ZodType = z.ZodUnknown,
  A extends z.ZodType = z.ZodVoid,
>(
  path: P,
  declared: DeclaredWrite<Q, B, A>,
  handle: Handler<P, Q, B, A>,
) => void;

/** An empty table. */
export function createRoutes(): Routes {
  const all: Route[] = [];
  const write =
    (method: 'post' | 'delete'): Write =>
    (path, declared, handle) =>
      void all.push({ isChange: true, ...declared, method, path, handle });
  return {
    all,
    get: (path, declared, handle) =>
      void all.push({ role: 'viewer', ...declared, method: 'get', path, isChange: false, handle }),
    post: write('post'),
    delete: write('delete'),
  };
}
