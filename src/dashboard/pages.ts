import { existsSync } from 'node:fs';
import { extname, join } from 'node:path';
import express, { Router, type RequestHandler } from 'express';

const notBuilt = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Agentic OS</title>
<h1>The pages are not built yet</h1>
<p>“npm start” builds them. By hand: <code>npx vite build --config src/dashboard/web/vite.config.ts</code></p>
<p>The server itself answers: <a href="/api/status">status</a>.</p>
</html>`;

/**
 * The browser app: its files, and its one page for every address that is no file, because
 * the app itself knows which view belongs to it.
 *
 * @param webDir where the build has put it; may come into being while the server runs.
 */
export function createPages(webDir: string): Router {
  const router = Router();
  const page = join(webDir, 'index.html');
  // the build names these files by their content, so that they never change
  router.use(
    '/assets',
    smaller(join(webDir, 'assets')),
    express.static(join(webDir, 'assets'), { immutable: true, maxAge: '1y', index: false }),
    (_request, response) => void response.status(404).type('text').send('No such file'),
  );
  router.use(express.static(webDir, { index: false, maxAge: 0 }));
  router.get('/{*path}', (_request, response) => {
    response.setHeader('cache-control', 'no-cache');
    if (existsSync(page)) response.sendFile(page);
    else response.status(503).type('html').send(notBuilt);
  });
  return router;
}

/** Hands on the gzipped copy that the build has put beside a file, to who takes it. */
const smaller =
  (folder: string): RequestHandler =>
  (request, response, next) => {
    response.vary('accept-encoding');
    const copy = `${request.path}.gz`;
    if (request.acceptsEncodings('gzip') !== false && existsSync(join(folder, copy))) {
      response.type(extname(request.path)).setHeader('content-encoding', 'gzip');
      request.url = copy;
    }
    next();
  };
