import { z } from 'zod';
import { defineAgent, defineCapability } from './capability.ts';
import { ShortsJob, ShortsState, VendorId } from './shorts.ts';
import { Edition, pollSeconds, RightPollSeconds } from './vendor-job.ts';

const count = z.int().nonnegative();

/** Which clips a later step exports. */
const Which = z.enum(['all', 'best']).default('all').meta({
  title: 'Which',
  description: 'The clips that are handed on to be exported: all, or the best one by its score',
});

const folder = VendorId.meta({
  title: 'Folder',
  description: 'The vendor’s folder of clips',
  examples: ['fold_ex1'],
});

export const ShortsInput = z.strictObject({
  url: z
    .url({ protocol: /^https$/, error: 'expected an address that begins with https://' })
    .max(2_000)
    .meta({
      title: 'Video',
      description: 'A video on YouTube or at a public address, up to 5 hours',
      examples: ['https://www.youtube.com/watch?v=dQw4w9WgXcQ'],
    }),
  name: z.string().trim().min(1).max(120).optional().meta({
    title: 'Name',
    description: 'How the video is called in lists',
  }),
  language: z
    .string()
    .regex(/^[a-z]{2}(-[A-Z]{2})?$/, 'expected a language such as en or pt-BR')
    .default('en')
    .meta({ title: 'Language', description: 'Spoken in the video' }),
  clips: z.int().min(1).max(100).default(5).meta({
    title: 'Clips',
    description: 'How many to look for; the vendor may find fewer',
  }),
  maxSeconds: z.int().min(1).max(180).default(30).meta({
    title: 'Longest clip',
    description: 'Seconds',
  }),
  introTitle: z.boolean().default(false).meta({
    title: 'Intro title',
    description: 'Each clip begins with its title',
  }),
  which: Which,
  edition: Edition,
});
export type ShortsInput = z.infer<typeof ShortsInput>;

const ChosenClip = z.strictObject({
  folder: VendorId,
  clip: VendorId,
  name: z.string(),
  score: z.number().nullable(),
});

/** The clips of a folder as they stand in our tables. */
const clipsFound = {
  /** The video's id in our tables. */
  job: VendorId,
  folder: VendorId,
  clips: count,
  /** Those that are to be exported, best first. */
  chosen: z.array(ChosenClip),
};

export const ShortsOutput = z.strictObject({
  ...clipsFound,
  taskId: z.string(),
  pollSeconds: RightPollSeconds,
});
export type ShortsOutput = z.infer<typeof ShortsOutput>;

export const cutShorts = defineCapability({
  id: 'klap.shorts',
  verb: 'shorts',
  argument: 'url',
  title: 'Cut a video into shorts',
  description: 'Has a video cut into shorts and stores every clip; this costs money',
  effect: 'spend',
  input: ShortsInput,
  output: ShortsOutput,
  methods: [{ id: 'video-to-shorts', description: 'One task of the vendor’s for the video' }],
  tunables: { pollSeconds },
  period: ({ url, language, clips, maxSeconds, introTitle, which, edition }) =>
    [
      ...[url.replace(/^https:\/\//, ''), language, clips, maxSeconds, which],
      ...(introTitle ? ['titled'] : []),
      ...(edition === undefined ? [] : [edition]),
    ].join('/'),
});

const ListClipsInput = z.strictObject({ folder, which: Which });
const ListClipsOutput = z.strictObject(clipsFound);
export type ListClipsInput = z.infer<typeof ListClipsInput>;
export type ListClipsOutput = z.infer<typeof ListClipsOutput>;

const listClips = defineCapability({
  id: 'klap.clips',
  verb: 'clips',
  argument: 'folder',
  title: 'Take in a folder',
  description: 'Reads the clips of a folder that is there already, and stores each',
  effect: 'upsert',
  input: ListClipsInput,
  output: ListClipsOutput,
  methods: [{ id: 'folder', description: 'One call for the whole folder' }],
  tunables: {},
  period: ({ folder: id, which }) => `${id}/${which}`,
});

const ExportInput = z.strictObject({
  folder,
  clip: VendorId.meta({
    title: 'Clip',
    description: 'A clip of the folder that is in our tables',
    examples: ['short_ex1'],
  }),
  edition: Edition,
});
export type ExportInput = z.infer<typeof ExportInput>;

export const ExportOutput = z.strictObject({
  folder: VendorId,
  clip: VendorId,
  /** Null when the file was here already. */
  exportId: z.string().nullable(),
  /** Below the folder of media. */
  file: z.string(),
  bytes: count,
  sha256: z.string(),
  pollSeconds: RightPollSeconds,
});
export type ExportOutput = z.infer<typeof ExportOutput>;

/** Exports are shorter than cutting, so they are asked for more often. */
export const exportPollSeconds = { ...pollSeconds, default: 15 };

export const exportClip = defineCapability({
  id: 'klap.export',
  verb: 'export',
  argument: 'clip',
  title: 'Export a clip',
  description: 'Has a clip exported, once, and downloads the file; this costs money',
  effect: 'spend',
  input: ExportInput,
  output: ExportOutput,
  methods: [{ id: 'export', description: 'One export, and its file from where it broke off' }],
  tunables: { pollSeconds: exportPollSeconds },
  period: ({ folder: id, clip, edition }) => [id, clip, edition ?? []].flat().join('/'),
});

const JobsInput = z.strictObject({
  folder: folder.optional(),
  state: ShortsState.optional().meta({ title: 'State', description: 'Only videos in this state' }),
  limit: z.int().min(1).max(200).default(20).meta({
    title: 'Most videos',
    description: 'The newest first',
  }),
});
export type JobsInput = z.infer<typeof JobsInput>;
export const JobsOutput = z.strictObject({ jobs: z.array(ShortsJob) });
export type JobsOutput = z.infer<typeof JobsOutput>;

const listJobs = defineCapability({
  id: 'klap.jobs',
  verb: 'jobs',
  argument: 'folder',
  title: 'Videos and their clips',
  description: 'Tells how far videos are: their clips, what is downloaded and what failed',
  effect: 'read',
  input: JobsInput,
  output: JobsOutput,
  methods: [{ id: 'tables', description: 'From our own tables' }],
  tunables: {},
  period: ({ folder: id = 'all', state = 'any', limit }) => `${id}/${state}/${limit}`,
});

/** Videos that become shorts, at Klap. */
export const klap = defineAgent({
  id: 'klap',
  title: 'Klap',
  description: 'Videos that become shorts: cut, exported and downloaded, at Klap',
  vendor: 'klap',
  limits: { perSecond: 5, perMinute: 240, atOnce: 8 }, // it names none
  capabilities: [cutShorts, listClips, exportClip, listJobs],
});
