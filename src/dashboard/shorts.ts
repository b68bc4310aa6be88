import { promisify } from 'node:util';
import { z } from 'zod';
import { ShortsPage, ShortsQuery, ShortsView, VendorId } from '../contracts/shorts.ts';
import { mediaFolderOf, type Config } from '../platform/config.ts';
import type { Database } from '../platform/database.ts';
import { createMedia } from '../platform/media.ts';
import { createShortReader } from '../platform/shorts-reader.ts';
import type { Health } from './health.ts';
import { HttpError, parsed } from './http-error.ts';
import type { Routes } from './routes.ts';

interface ShortRouteDeps {
  readonly database: Database;
  readonly config: Config;
  readonly health: Health;
}

/** Whether a file is to be saved instead of played: `?download`. */
const AsFile = z.object({ download: z.string().optional() });

/** Videos, their clips, and the files of clips, which browsers may ask for in parts. */
export function shortRoutes(routes: Routes, { database, config, health }: ShortRouteDeps): void {
  const reader = createShortReader(database);
  const folder = mediaFolderOf(config);
  const media = createMedia(folder);

  routes.get(
    '/api/shorts',
    { does: 'List videos that are cut into shorts', query: ShortsQuery, answer: ShortsPage },
    ({ query }) => health.during(reader.page(query)),
  );

  routes.get(
    '/api/shorts/:id',
    { does: 'Show a video with its clips', answer: ShortsView },
    async ({ params }) => {
      const view = await health.during(reader.show(params.id));
      if (view) return view;
      throw new HttpError(404, 'unknown-video', 'There is no such video');
    },
  );

  // the place comes from our table, never from the address
  routes.get(
    '/api/shorts/:id/clips/:clip/video',
    { does: 'Play or download the file of a clip', query: AsFile, file: 'video/mp4' },
    async ({ params, query, response }) => {
      const clip = parsed(VendorId, params.clip);
      const file = await health.during(reader.fileOf(parsed(VendorId, params.id), clip));
      if (file === undefined || media.find(file) === undefined) {
        throw new HttpError(404, 'no-file', 'The file of this clip is not here');
      }
      if (query.download !== undefined) response.attachment(`${clip}.mp4`);
      const send = promisify<string, object>(response.sendFile.bind(response));
      await send(file, { root: folder, cacheControl: false }).catch((error: unknown) => {
        if (!response.headersSent) throw error; // a player that stops reading needs no answer
      });
    },
  );
}
