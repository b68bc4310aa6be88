import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

const Seen = z.object({ rows: z.int(), letters: z.int(), rssMb: z.number() });

/** Reads a workbook in a process whose heap has room for 48 MB, so that one that holds it dies. */
export async function readInSmallHeap(path: string): Promise<z.infer<typeof Seen>> {
  const script = join(import.meta.dirname, 'read-workbook.ts');
  const flags = ['--max-old-space-size=48', '--max-semi-space-size=4'];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, script, path]);
  return Seen.parse(JSON.parse(stdout));
}
