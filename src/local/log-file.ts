import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** Where a process's output goes. */
export interface LogFile {
  readonly path: string;
  write(chunk: Buffer | string): void;
  /** The last lines written since the file was opened, for a message about a failure. */
  tail(): string;
  close(): void;
}

const tailCharacters = 2_000;

/**
 * Opens a log that never takes more than twice `maxBytes` on disk: when full it becomes
 * `<path>.1` and a new one begins. A full disk costs the lines, not the process.
 */
export function openLog(path: string, maxBytes = 5_000_000): LogFile {
  mkdirSync(dirname(path), { recursive: true });
  let file = openSync(path, 'a');
  let size = fstatSync(file).size;
  let last = '';
  let isOpen = true;
  return {
    path,
    write(chunk) {
      if (!isOpen) return; // a pipe may still deliver after the end of its process
      last = (last + chunk.toString()).slice(-tailCharacters);
      try {
        if (size > maxBytes) {
          if (existsSync(path)) renameSync(path, `${path}.1`);
          const next = openSync(path, 'a'); // the old one stays open where this fails
          closeSync(file);
          file = next;
          size = 0;
        }
        size += typeof chunk === 'string' ? writeSync(file, chunk) : writeSync(file, chunk);
      } catch {
        // no space left: what runs matters more than what it says
      }
    },
    tail: () => last.trim().split('\n').slice(-12).join('\n'),
    close() {
      if (isOpen) closeSync(file);
      isOpen = false;
    },
  };
}
