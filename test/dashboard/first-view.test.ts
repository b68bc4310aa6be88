import { expect, test } from '@jest/globals';
import { join } from 'node:path';
import { buildWebApp, isWebAppBuilt } from '../../src/local/web-app.ts';
import { firstViews } from '../support/first-view.ts';
import { root } from '../support/servers.ts';

const most = { first: 250_000, other: 400_000 };

test('no page loads more script than its budget before it is there: 250 KB for the first one', async () => {
  if (!isWebAppBuilt(root)) await buildWebApp(root, new AbortController().signal);
  const views = firstViews(join(root, 'dist/web'));
  expect(views.get('pages/overview.tsx')).toBeLessThan(most.first);
  expect([...views].filter(([, bytes]) => bytes > most.other)).toEqual([]);
  expect(views.size).toBeGreaterThan(20);
});
