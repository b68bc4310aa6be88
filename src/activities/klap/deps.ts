import type { Account } from '../../platform/config.ts';
import type { Media } from '../../platform/media.ts';
import type { ShortReader } from '../../platform/shorts-reader.ts';
import type { ShortStore } from '../../platform/shorts.ts';
import type { StartOnce } from '../once.ts';
import type { KlapClient } from './client.ts';
import type { Download } from './download.ts';

/** What the agent's activities need from outside. */
export interface KlapDeps {
  readonly client: KlapClient;
  readonly shorts: ShortStore;
  readonly reader: Pick<ShortReader, 'page'>;
  readonly media: Media;
  readonly download: Download;
  /** Makes what starts a vendor's job. */
  readonly startOnce: StartOnce;
  /** The login of that name; a run that reached an activity has one. */
  readonly account: (name: string) => Account;
  /** The run that asks, a whole swarm where it is one, and the execution. */
  readonly here: () => { readonly workflowId: string; readonly runId: string };
}
