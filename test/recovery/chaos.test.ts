import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { chaos } from '../../bench/chaos/chaos.ts';
import { root } from '../support/servers.ts';

/** Its logs stay where CI finds them when something is wrong. */
function folder(): string {
  const parent = join(root, '.agentic', 'chaos');
  mkdirSync(parent, { recursive: true });
  return mkdtempSync(join(parent, 'test-'));
}

test('nothing is lost or done twice in a short storm of kills, freezes, cuts and faults', async () => {
  const said: string[] = [];
  const logs = folder();
  const { complaints, kills } = await chaos({
    ...{ seed: 3, kills: 4, minutes: 2, folder: logs },
    say: (line) => said.push(line),
  });
  if (complaints.length > 0) console.error(said.join('\n'));
  expect(complaints).toEqual([]);
  expect(kills).toBeGreaterThan(0);
  rmSync(logs, { recursive: true, force: true });
}, 600_000);
