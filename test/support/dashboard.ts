import { describe } from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createDashboard } from '../../src/dashboard/app.ts';
import type { SignInSettings } from '../../src/platform/sign-in-settings.ts';
import { buildWebApp, isWebAppBuilt } from '../../src/local/web-app.ts';
import { findBrowser } from './browser.ts';
import { root } from './servers.ts';
import type { World } from './world.ts';

/** Serves the dashboard of a world, pages included; builds the pages when they are not. */
export async function serveDashboard(
  world: World,
  signInAt?: (origin: string) => SignInSettings,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  if (!isWebAppBuilt(root)) await buildWebApp(root, new AbortController().signal);
  const { config, client, database } = world;
  const quiet = { error: () => undefined, warn: () => undefined };
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const url = `http://127.0.0.1:${port}`;
  const signIn = signInAt?.(url);
  const deps = { config, client, database, logger: quiet, user: 'test', signIn };
  const dashboard = createDashboard(deps);
  server.on('request', dashboard.app);
  return {
    url,
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
