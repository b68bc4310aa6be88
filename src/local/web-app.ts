import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { diskAdvice, StartError } from './start-error.ts';

/** Folders and files whose change makes another web app. */
const sources = ['src/dashboard/web', 'src/contracts', 'package-lock.json'];
const output = 'dist/web';

/** True when `dist/web` was built from the sources as they are now. */
export function isWebAppBuilt(root: string): boolean {
  const stamp = join(root, output, '.stamp');
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === hashOf(root);
}

/** Builds the web app into `dist/web`. @throws {StartError} with the compiler's last lines. */
export async function buildWebApp(root: string, signal: AbortSignal): Promise<void> {
  const hash = hashOf(root);
  const vite = [
    'node_modules/vite/bin/vite.js',
    'build',
    '--config',
    'src/dashboard/web/vite.config.ts',
  ];
  const child = spawn(process.execPath, vite, {
    cwd: root,
    env: { ...process.env, NODE_ENV: 'production' }, // else a test would get React's larger one
    signal,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) {
    const last = said.trim().split('\n').slice(-15).join('\n');
    throw new StartError(diskAdvice(said, root) ?? `The web app could not be built:\n${last}`);
  }
  writeFileSync(join(root, output, '.stamp'), hash);
}

function hashOf(root: string): string {
  const hash = createHash('sha256');
  for (const source of sources) {
    for (const file of filesOf(join(root, source))) {
      hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0');
    }
  }
  return hash.digest('hex');
}

function filesOf(path: string): readonly string[] {
  if (path.endsWith('.json')) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}
