/** Videos and clips as the browser reads them; the calls themselves are those of `api.ts`. */
import { ShortsPage, ShortsView, type ShortsState } from '../../contracts/shorts.ts';
import { get, pathOf, resource, type Resource } from './api.ts';

/** Which videos. */
export interface VideosWanted {
  readonly account?: string | undefined;
  readonly state?: ShortsState | undefined;
}

/** One page of videos, the newest first. */
export const readVideos = (
  wanted: VideosWanted,
  cursor: string | undefined,
  signal?: AbortSignal,
): Promise<ShortsPage> => get(pathOf('/api/shorts', { ...wanted, cursor }), ShortsPage, signal);

/** One video with its clips. */
export const videoResource = (id: string): Resource<ShortsView> => ({
  ...resource(`/api/shorts/${encodeURIComponent(id)}`, ShortsView),
  everyMs: 3_000,
});

/** The file of a clip. */
export const clipFile = (video: string, clip: string): string =>
  `/api/shorts/${encodeURIComponent(video)}/clips/${encodeURIComponent(clip)}/video`;
