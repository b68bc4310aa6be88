import { z } from 'zod';
import type { Effect } from '../../contracts/capability.ts';
import type { VendorRequest } from '../../contracts/dry-run.ts';
import { klap } from '../../contracts/klap.ts';
import type { Account } from '../../platform/config.ts';
import { flowKeyOf } from '../../rules/flow.ts';
import type { Door, VendorCall } from '../door.ts';
import type { Flow } from '../turn.ts';
import { Export, Project, Task } from './answers.ts';

/** What people call the vendor. */
export const title = 'Klap';

/** What we ask Klap's API v2: only questions. Tasks and exports are started by `once`. */
export interface KlapClient {
  task(account: Account, id: string): Promise<Task>;
  /** The clips of a folder; none before its task is done. */
  clips(account: Account, folder: string): Promise<readonly Project[]>;
  export(account: Account, at: ClipAt, id: string): Promise<Export>;
}

interface ClipAt {
  readonly folder: string;
  readonly clip: string;
}

/** Whose limits all calls of a login are under. */
export const klapFlow = <E extends Effect>(account: Account, effect: E): Flow<E> => ({
  key: flowKeyOf(klap.vendor, account.name),
  limits: klap.limits,
  effect,
});

/** A request as Klap takes it, with the login's key. */
export const klapCall = <E extends Effect>(
  account: Account,
  { method, path, body }: VendorRequest,
  effect: E,
): VendorCall<E> => ({
  ...question(account, path, effect),
  method,
  body,
});

const question = <E extends Effect>(account: Account, path: string, effect: E): VendorCall<E> => ({
  vendor: title,
  flow: klapFlow(account, effect),
  url: new URL(`${account.baseUrl}${path}`),
  headers: { authorization: `Bearer ${account.apiKey}` },
});

/** Where the exports of a clip are made and asked for. */
export const exportsPath = ({ folder, clip }: ClipAt): string =>
  `/v2/projects/${folder}/${clip}/exports`;

/** @param door the only way out; it classifies what the vendor says. */
export function createKlapClient(door: Pick<Door, 'call'>): KlapClient {
  const ask = <T>(account: Account, path: string, answer: z.ZodType<T>): Promise<T> =>
    door.call(question(account, path, 'read'), answer);
  return {
    task: (account, id) => ask(account, `/v2/tasks/${id}`, Task),
    clips: (account, folder) => ask(account, `/v2/projects/${folder}`, z.array(Project)),
    export: (account, at, id) => ask(account, `${exportsPath(at)}/${id}`, Export),
  };
}
