import { readFileSync } from 'node:fs';
import type { PipelineList } from '../contracts/pipeline.ts';
import { planOf } from '../rules/pipeline-words.ts';
import { checkPipeline, type CheckOptions } from './check-pipeline.ts';
import { paramsSchema } from './pipeline-params.ts';
import { BadPipeline, nameOfFile, readSourceFile, readyFiles } from './pipeline-source.ts';

/**
 * The ready pipelines with their parameters, and what is wrong with those that can't be started.
 *
 * @param folder with YAML files; the checkout's own when left out.
 */
export function readyPipelines(
  options: Pick<CheckOptions, 'accountsOf'>,
  folder?: string,
): PipelineList {
  const list: PipelineList = { pipelines: [], broken: [] };
  for (const file of readyFiles(folder)) {
    try {
      const { definition } = checkPipeline(readSourceFile(file), options);
      const { title, description } = definition;
      list.pipelines.push({
        ...{ name: nameOfFile(file), title, description },
        paramsSchema: paramsSchema(definition),
        steps: planOf(definition),
        source: readFileSync(file, 'utf8'),
      });
    } catch (error) {
      if (!(error instanceof BadPipeline)) throw error;
      list.broken.push({ file: nameOfFile(file), problems: [...error.problems] });
    }
  }
  return list;
}
