/** Process: `npm run chaos -- [--kills 30] [--seed 1] [--minutes 60] [--json]`. Ends with 1 when a check fails. */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { root } from '../../test/support/servers.ts';
import { jsonOf, machine, textOf } from '../harness.ts';
import { chaos } from './chaos.ts';

const usage = `npm run chaos                      30 kills: about 8 minutes
npm run chaos -- --kills 200       as many processes are killed
npm run chaos -- --minutes 10      ends after so many minutes, if that is sooner
npm run chaos -- --seed 7          another storm
npm run chaos -- --json            the result as one JSON object, on the last line`;

const number = z.coerce.number().int().positive();
const Options = z.object({ kills: number, seed: number, minutes: number });

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '60' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const options = Options.safeParse(values);
if (values.help) {
  console.log(usage);
} else if (!options.success) {
  console.error(`${z.prettifyError(options.error)}\n${usage}`);
  process.exitCode = 2;
} else {
  const machineThen = machine();
  const parent = join(root, '.agentic', 'chaos');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, `seed-${options.data.seed}-`));
  const say = (line: string): void => console.error(line);
  const result = await chaos({ ...options.data, folder, say });
  result.complaints.forEach((line) => say(`must not be: ${line}`));
  console.log(
    values.json
      ? jsonOf('chaos', machineThen, options.data.seed, result)
      : textOf(machineThen, result),
  );
  process.exit(result.checks.every(({ pass }) => pass) ? 0 : 1);
}
