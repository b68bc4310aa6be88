import { Option } from 'commander';
import { z } from 'zod';
import { ExitCode, Stop } from './exit.ts';
import { readText } from './text-file.ts';

/** Parameters as they were given. */
export type Given = Record<string, unknown>;

const Declared = z.object({
  params: z.record(z.string(), z.object({ type: z.string().optional() })).default({}),
});

/** `--param day=2026-01-05`, as often as there are parameters. */
export const paramOption = (): Option =>
  new Option('--param <name=value...>', 'one parameter; of lists and objects the value is JSON');

/**
 * The parameters of a call: those of `--params`, and over them those of `--param`, each given the
 * type its declaration names. The check of the pipeline judges them.
 */
export async function given(
  definition: unknown,
  { param, params }: { readonly param: readonly string[]; readonly params?: string | undefined },
): Promise<Given> {
  const declared = Declared.safeParse(definition);
  const types = declared.data?.params ?? {};
  const all = params === undefined ? {} : await jsonOf(params, '--params');
  const object = z.record(z.string(), z.unknown()).safeParse(all);
  if (!object.success) {
    throw new Stop(
      ExitCode.wrongInput,
      '--params: expected an object such as {"day":"2026-01-05"}',
    );
  }
  const single = param.map((words): [string, unknown] => {
    const at = words.indexOf('=');
    if (at < 1) throw new Stop(ExitCode.wrongInput, `--param ${words}: expected name=value`);
    const name = words.slice(0, at);
    return [name, typed(types[name]?.type, words.slice(at + 1))];
  });
  return { ...object.data, ...Object.fromEntries(single) };
}

function typed(type: string | undefined, text: string): unknown {
  if (type === undefined || type === 'string') return text;
  try {
    return JSON.parse(text);
  } catch {
    return text; // the check says what it wants
  }
}

/** JSON from the command line, from `@file`, or from `-`. @throws {Stop} naming the flag. */
export async function jsonOf(argument: string, flag: string): Promise<unknown> {
  const isFile = argument === '-' || argument.startsWith('@');
  const [source, json] = isFile
    ? await readText(argument.replace(/^@/, ''), flag)
    : ['this', argument];
  try {
    return JSON.parse(json);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Stop(ExitCode.wrongInput, `${flag}: ${source} is no JSON: ${why}`);
  }
}
