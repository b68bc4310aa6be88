import { describe } from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createDashboard } from '../../src/dashboard/app.ts';
import { buildWebApp, isWebAppBuilt } from '../../src/local/web-app.ts';
import { findBrowser } from './browser.ts';
import { root } from './servers.ts';
import type { World } from './world.ts';

/** Serves the dashboard of a world, pages included; builds the pages when they are not. */
export async function serveDashboard(
  world: World,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  if (!isWebAppBuilt(root)) await buildWebApp(root, new AbortController().signal);
  const { config, client, database } = world;
  const quiet = { error: () => undefined, warn: () => undefined };
  const dashboard = createDashboard({ config, client, database, logger: quiet, user: 'test' });
  const server = createServer(dashboard.app);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      await dashboard.close();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** Tests that need a browser: without one they are skipped, visibly, and in CI they fail. */
export const describeInBrowser =
  findBrowser() !== undefined || process.env.CI !== undefined
    ? describe
    : (name: string, tests: () => void) =>
        describe.skip(`${name} (skipped: no Chromium; set CHROMIUM_PATH)`, tests);
