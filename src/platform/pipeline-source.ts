import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isNode, LineCounter, parseDocument } from 'yaml';
import { BadRequest } from '../contracts/check.ts';
import { FailureType } from '../contracts/failures.ts';
import type { PipelineCall, PipelineProblem } from '../contracts/pipeline.ts';
import { partsOf } from '../rules/pointer.ts';

/** A pipeline may not start; each problem names its place and what was expected. */
export class BadPipeline extends BadRequest {
  readonly problems: readonly PipelineProblem[];

  constructor(problems: readonly PipelineProblem[]) {
    super(FailureType.InvalidInput, problems.map(wordsOf).join('; '), problems);
    this.problems = problems;
  }
}

/** `line 7, steps.1.after: no step has the id “x”` */
export const wordsOf = ({ line, path, message }: PipelineProblem): string => {
  const field = path.slice(1).replaceAll('/', '.');
  const place = [...(line === null ? [] : [`line ${line}`]), ...(field === '' ? [] : [field])];
  return place.length > 0 ? `${place.join(', ')}: ${message}` : message;
};

/** What a definition is read from, before it is checked. */
export interface PipelineSource {
  readonly definition: unknown;
  /** The line of a part of it, counted from 1; null where it came from no file. */
  readonly lineOf: (path: string) => number | null;
}

const mostFileBytes = 33_554_432;
const folderOfReady = fileURLToPath(new URL('../../pipelines', import.meta.url));

/** A definition that came as data. */
export const sourceOf = (definition: unknown): PipelineSource => ({
  definition,
  lineOf: () => null,
});

/**
 * Reads a definition in YAML, or in JSON, which is YAML too.
 *
 * @throws {BadPipeline} naming the lines that can't be read.
 */
export function readSource(text: string): PipelineSource {
  const refuse = (message: string, line: number | null = null): never => {
    throw new BadPipeline([{ path: '', line, message }]);
  };
  if (text.length > mostFileBytes) {
    refuse(`expected at most ${mostFileBytes / 1_048_576} MB, came ${text.length} characters`);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    throw new BadPipeline(
      document.errors.map(({ pos: [at], message }) => ({
        path: '',
        line: lines.linePos(at).line,
        message: `this is not YAML: ${message}`,
      })),
    );
  }
  if (document.contents === null) refuse('it is empty; expected name, title and steps', 1);
  let definition: unknown;
  try {
    definition = document.toJS({ maxAliasCount: 50 });
  } catch (error) {
    refuse(error instanceof Error ? error.message : String(error));
  }
  return {
    definition,
    lineOf(path) {
      const keys = partsOf(path);
      for (let length = keys.length; length >= 0; length -= 1) {
        const node: unknown = document.getIn(keys.slice(0, length), true);
        if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
      }
      return 1;
    },
  };
}

/** Reads a file. @throws {BadPipeline} when it is too large, or no YAML. */
export function readSourceFile(file: string): PipelineSource {
  const { size } = statSync(file);
  if (size > mostFileBytes) {
    const message = `expected at most ${mostFileBytes / 1_048_576} MB, came ${size} bytes`;
    throw new BadPipeline([{ path: '', line: null, message }]);
  }
  return readSource(readFileSync(file, 'utf8'));
}

/** The files of the ready pipelines, by name. */
export const readyFiles = (folder = folderOfReady): readonly string[] =>
  globSync('*.yaml', { cwd: folder })
    .sort()
    .map((file) => join(folder, file));

/** The name a ready pipeline goes by: that of its file. */
export const nameOfFile = (file: string): string => basename(file, '.yaml');

/**
 * A ready pipeline.
 *
 * @throws {BadPipeline} naming those there are.
 */
export function readySource(name: string, folder = folderOfReady): PipelineSource {
  const file = join(folder, `${name}.yaml`);
  if (/^[a-z0-9-]+$/.test(name) && existsSync(file)) return readSourceFile(file);
  const known = readyFiles(folder).map(nameOfFile).join(', ');
  const message = `no ready pipeline has the name “${name}”; there are: ${known || 'none'}`;
  throw new BadPipeline([{ path: '', line: null, message }]);
}

/** What a request names: a ready pipeline, the text of one, or a definition. */
export function calledSource(pipeline: PipelineCall['pipeline']): PipelineSource {
  if (typeof pipeline === 'string') return readySource(pipeline);
  return typeof pipeline.text === 'string' && Object.keys(pipeline).length === 1
    ? readSource(pipeline.text)
    : sourceOf(pipeline);
}
