/** Acts on many runs, as the browser asks for and follows them. */
import { StartedRun } from '../../contracts/api.ts';
import {
  BulkPreview,
  BulkView,
  type BulkItemsQuery,
  type BulkQuestion,
  type NewBulk,
} from '../../contracts/bulk.ts';
import { get, pathOf, post, resource, type Resource } from './api.ts';

/** To how many runs it would be done now. */
export const previewBulk = (question: BulkQuestion): Promise<BulkPreview> =>
  post('/api/bulk/preview', question, BulkPreview);

/** Starts it, or joins the one of the same id. */
export const startBulk = (order: NewBulk): Promise<StartedRun> =>
  post('/api/bulk', order, StartedRun);

/** An act with its first items. */
export const bulkResource = (id: string): Resource<BulkView> =>
  resource(`/api/bulk/${id}`, BulkView, `bulk:${id}`);

/** One page of its items. */
export const readBulk = (
  id: string,
  query: BulkItemsQuery,
  signal?: AbortSignal,
): Promise<BulkView> =>
  get(
    pathOf(`/api/bulk/${id}`, { result: query.result, from: Number(query.from ?? 0) }),
    BulkView,
    signal,
  );
