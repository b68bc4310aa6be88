import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkflowBundlePath } from '@temporalio/worker';

const source = fileURLToPath(new URL('..', import.meta.url));
const built = join(source, 'workflow-bundle.js');

/**
 * The code of all workflows and their interceptors in one file: the one that `npm run build` made,
 * or else one bundled from the sources and kept in `cacheDir` until they change (3 to 5 s).
 */
export async function workflowBundle(cacheDir: string): Promise<WorkflowBundlePath> {
  if (existsSync(built)) return { codePath: built };
  const codePath = join(cacheDir, `workflows-${fingerprint()}.js`);
  if (!existsSync(codePath)) await bundleWorkflowsTo(codePath);
  return { codePath };
}

/** Bundles the sources into one file; the file appears whole or not at all. */
export async function bundleWorkflowsTo(codePath: string): Promise<void> {
  const index = join(
    source,
    'workflows',
    existsSync(join(source, 'workflows/index.ts')) ? 'index.ts' : 'index.js',
  );
  const { code } = await bundleWorkflowCode({
    workflowsPath: index,
    workflowInterceptorModules: [index.replace('index.', 'interceptors.')],
    logger: quiet,
  });
  mkdirSync(dirname(codePath), { recursive: true });
  const temporary = `${codePath}.${process.pid}`;
  writeFileSync(temporary, code);
  renameSync(temporary, codePath);
}

/** Changes with every file a bundle is made of, and with the SDK. */
function fingerprint(): string {
  const files = ['workflows', 'rules'].flatMap((folder) =>
    globSync(join(source, folder, '**/*.ts')).sort(),
  );
  const sdk = fileURLToPath(import.meta.resolve('@temporalio/worker/package.json'));
  const hash = createHash('sha256');
  for (const file of [...files, sdk]) hash.update(file).update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}

const silent = () => undefined;
const quiet = {
  log: silent,
  trace: silent,
  debug: silent,
  info: silent,
  warn: silent,
  error: (message: string) => console.error(message),
};
