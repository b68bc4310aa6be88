import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** There is no such prompt, or it is empty; the message says which there are. */
export class BadPrompt extends Error {
  override readonly name = 'BadPrompt';
}

/** What a model is told to do, and a hash that tells one version from another. */
export interface Prompt {
  readonly name: string;
  readonly text: string;
  readonly hash: string;
}

/** Prompts, as files that people write. */
export interface Prompts {
  /** Reads it anew each time. @throws {BadPrompt} */
  read(name: string): Prompt;
}

/** @param folder with one Markdown file for each prompt. */
export const createPrompts = (folder: string): Prompts => ({
  read(name) {
    const file = join(folder, `${name}.md`);
    const text = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
    if (text === '') {
      const known = globSync(join(folder, '*.md')).map((each) => basename(each, '.md'));
      const others = known.sort().join(', ') || 'none';
      throw new BadPrompt(`${file} is missing or empty; there are: ${others}`);
    }
    const hash = createHash('sha256').update(text).digest('hex').slice(0, 12);
    return { name, text, hash };
  },
});
