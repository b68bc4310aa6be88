import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

const answersWithinMs = 2_000;
const longest = 120;

/**
 * Who has probably edited a file: who git says works in its folder, or else this process's user, if
 * the file is theirs. `file` when neither is known.
 */
export async function editorOf(path: string): Promise<string> {
  const git = await promisify(execFile)('git', ['config', 'user.name'], {
    cwd: dirname(path),
    timeout: answersWithinMs,
  }).catch(() => ({ stdout: '' })); // no git, or no name in it
  return (git.stdout.trim() || ownerOf(path)).slice(0, longest);
}

function ownerOf(path: string): string {
  try {
    const { uid, username } = userInfo();
    return statSync(path).uid === uid ? username : 'file';
  } catch {
    return 'file'; // a container's user id need not have a name
  }
}
