import { Command, Option } from 'commander';
import { z } from 'zod';
import { exportClip, cutShorts } from '../contracts/klap.ts';
import { flagName } from './flags.ts';
import { runPipeline } from './pipeline.ts';
import { duration, runTask } from './run.ts';

const Options = z.object({
  account: z.string(),
  best: z.boolean().default(false),
  json: z.boolean().default(false),
  wait: z.boolean(),
  timeout: z.number().optional(),
  dryRun: z.boolean().default(false),
  clip: z.string().optional(),
  clips: z.number().optional(),
  maxSeconds: z.number().optional(),
  language: z.string().optional(),
});
type Options = z.infer<typeof Options>;

/** The verbs of `klap` that are more than one capability: each runs a pipeline. */
export const klapCommands = (): readonly Command[] => [shortsCommand(), exportCommand()];

/** The flags that both have. */
const withCommon = (command: Command, example: string): Command =>
  command
    .option('--best', 'export only the best clip, by its score')
    .option('--dry-run', 'only show what would happen: nothing is spent')
    .option('--account <name>', 'login at the vendor, as the settings name it', 'default')
    .option('--json', 'print JSON only')
    .option('--no-wait', 'start it and leave')
    .addOption(duration('--timeout <time>', 'wait no longer than this: 90s, 10m, 2h'))
    .addHelpText('after', example);

const number = (flags: string, description: string): Option =>
  new Option(flags, description).argParser(Number);

/** `klap shorts`: cuts a video, exports its clips and brings the files here. */
function shortsCommand(): Command {
  const command = new Command('shorts')
    .description('cut a video into shorts, export them and bring the files here; this costs money')
    .argument('<url>', 'the video, on YouTube or at a public address')
    .addOption(number('--clips <number>', 'how many to look for (default: 5)'))
    .addOption(number('--max-seconds <number>', 'longest clip (default: 30)'))
    .option('--language <text>', 'spoken in the video (default: en)');
  withCommon(
    command,
    '\nExamples:\n  agentic klap shorts https://www.youtube.com/watch?v=dQw4w9WgXcQ --dry-run\n  agentic klap shorts https://www.youtube.com/watch?v=dQw4w9WgXcQ --clips 10 --best\n\nOnly cut it, export later: agentic run klap.shorts --url …',
  );
  return command.action(async (url: string) => {
    const options = Options.parse(command.opts());
    const { clips, maxSeconds, language } = options;
    const input = stated({ url, clips, maxSeconds, language, which: whichOf(options) });
    if (options.dryRun) await runOne(cutShorts.id, input, options);
    else await runPipeline('video-to-shorts', callOf(input, options));
  });
}

/** `klap export`: the clips of a folder that is there already, or one of them. */
function exportCommand(): Command {
  const command = new Command('export')
    .description('export the clips of a folder, each once, and bring the files here; costs money')
    .argument('<folder>', 'the vendor’s folder, as `agentic klap jobs` shows it')
    .option('--clip <text>', 'only this clip');
  withCommon(
    command,
    '\nExamples:\n  agentic klap export fold_ex1\n  agentic klap export fold_ex1 --clip short_ex1 --dry-run',
  );
  return command.action(async (folder: string) => {
    const options = Options.parse(command.opts());
    const { clip } = options;
    if (clip !== undefined || options.dryRun) {
      await runOne(exportClip.id, stated({ folder, clip }), options);
    } else {
      await runPipeline('export-shorts', callOf({ folder, which: whichOf(options) }, options));
    }
  });
}

const whichOf = ({ best }: Options) => (best ? 'best' : 'all');

/** Without what nobody said. */
const stated = (input: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));

const callOf = (input: Readonly<Record<string, unknown>>, options: Options) => ({
  params: JSON.stringify({ ...input, account: options.account }),
  param: [],
  json: options.json,
  wait: options.wait,
  ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
});

/** One capability, dry where that was asked for. */
const runOne = async (
  capability: string,
  input: Readonly<Record<string, unknown>>,
  { account, dryRun: isDry, ...options }: Options,
): Promise<void> => {
  await runTask(
    (session) => ({
      ...{ capability, account, input: { ...input } },
      ...(isDry ? { dryRun: true } : {}),
      ...(session ? { requestedBy: { kind: 'cli' as const, name: session.name } } : {}),
    }),
    options,
    (path) => flagName(path.split('/').at(-1) ?? ''),
  );
};
