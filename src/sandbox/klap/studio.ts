import { seedOf } from '../seed.ts';
import { videoOf } from './video.ts';

/** How the jobs of one workspace go. */
export interface KlapOptions {
  /** Milliseconds until a video is cut, and until a clip is exported. Default 800 and 400. */
  readonly taskMs?: number;
  readonly exportMs?: number;
  /** Clips of a video; as many as it is asked for when left out. */
  readonly clips?: number;
  /** Cutting ends as an error with these words. */
  readonly taskError?: string;
  /** The clips, counted from 1, whose first so many exports end as an error; default all of them. */
  readonly failingClips?: readonly number[];
  readonly failingExports?: number;
  /** Clips whose file cannot be had any more (404). */
  readonly lostFiles?: readonly number[];
  /** Milliseconds for which an export is ready and has no address yet. Default 0. */
  readonly urlLateMs?: number;
  /** Scores from 0 to 1, or from 0 to 100. Default 1. */
  readonly scoresUpTo?: 1 | 100;
  /** The words for states: of the endpoints' pages, or of the page about objects. */
  readonly words?: keyof typeof words;
  /** Fields that may be missing are missing. */
  readonly isBare?: boolean;
  /** How long each file is. Default 40,000. */
  readonly fileBytes?: number;
}

const words = {
  endpoints: { working: 'processing', done: 'ready', failed: 'error' },
  objects: { working: 'in_progress', done: 'completed', failed: 'failed' },
} as const;

/** A video that is being cut; its state follows from the clock. */
export interface Task {
  readonly id: string;
  readonly source: string;
  readonly folder: string;
  readonly createdAt: number;
  readonly clips: readonly Clip[];
}

/** One short of a folder. */
export interface Clip {
  readonly id: string;
  readonly folder: string;
  /** From 1. */
  readonly number: number;
}

interface Export {
  readonly id: string;
  readonly clip: Clip;
  readonly createdAt: number;
  readonly isFailing: boolean;
}

const topics = ['The one question', 'Why it failed', 'What nobody tells you', 'Ten minutes a day'];
const iso = (ms: number): string => new Date(ms).toISOString();

/** The videos, clips and exports of one workspace. Nothing moves by itself. */
export class Studio {
  readonly workspace: string;
  readonly #options: KlapOptions;
  readonly #tasks = new Map<string, Task>();
  readonly #exports = new Map<string, Export>();

  /** @param workspace makes the ids its own. */
  constructor(workspace: string, options: KlapOptions) {
    this.workspace = workspace;
    this.#options = options;
  }

  /** Begins to cut a video. */
  cut(source: string, wanted: number, now = Date.now()): Task {
    const before = [...this.#tasks.values()].filter((each) => each.source === source).length;
    const id = this.#idOf(source, before);
    const folder = `fold_${id}`;
    const count = this.#options.clips ?? wanted;
    const clips = Array.from({ length: count }, (_, index) => ({
      id: `short_${id}_${index + 1}`,
      folder,
      number: index + 1,
    }));
    const task = { id: `task_${id}`, source, folder, createdAt: now, clips };
    this.#tasks.set(task.id, task);
    return task;
  }

  task(id: string): Task | undefined {
    return this.#tasks.get(id);
  }

  /** The clips of a folder; none before the video is cut. */
  clips(folder: string): readonly Clip[] | undefined {
    const task = [...this.#tasks.values()].find((each) => each.folder === folder);
    return task && (this.#isCut(task) ? task.clips : []);
  }

  /** Begins to export a clip, each time anew. */
  export(clip: Clip, now = Date.now()): string {
    const before = [...this.#exports.values()].filter((each) => each.clip.id === clip.id).length;
    const { failingClips = [], failingExports = Infinity } = this.#options;
    const id = `export_${this.#idOf(clip.id, before)}`;
    const isFailing = failingClips.includes(clip.number) && before < failingExports;
    this.#exports.set(id, { id, clip, createdAt: now, isFailing });
    return id;
  }

  /** A video as the vendor shows it. */
  taskForm({ id, folder, createdAt, clips }: Task) {
    const { taskError, isBare } = this.#options;
    const isOver = this.#isCut({ createdAt });
    const state = !isOver ? 'working' : taskError === undefined ? 'done' : 'failed';
    return {
      id,
      type: 'video-to-shorts',
      status: this.#word(state),
      created_at: iso(createdAt),
      ...(isBare ? {} : { output_type: 'folder', name: `Upload of ${clips.length} clips` }),
      output_id: isBare && !isOver ? null : folder,
      ...(state === 'failed' ? { error_message: taskError } : {}),
    };
  }

  /** A clip as the vendor shows it. */
  clipForm({ id, folder, number }: Clip) {
    const share = 0.2 + (seedOf(id) % 80) / 100;
    const score = this.#options.scoresUpTo === 100 ? Math.round(share * 100) : share;
    const required = { id, folder_id: folder, name: this.#nameOf(number) };
    if (this.#options.isBare) return required;
    return {
      ...required,
      author_id: `author_${this.workspace}`,
      created_at: iso(Date.now()),
      virality_score: score,
      virality_score_explanation: `It opens with a question and answers it after ${number + 3} seconds.`,
      publication_captions: {
        tiktok: `${this.#nameOf(number)} #shorts`,
        youtube: `${this.#nameOf(number)}: watch until the end`,
        instagram: `${this.#nameOf(number)} ✨`,
      },
      transcript_text: `Well, ${this.#nameOf(number).toLowerCase()} is simple. Listen.`,
    };
  }

  /** An export as the vendor shows it; undefined for one that nobody has. */
  exportForm(id: string, origin: string) {
    const found = this.#exports.get(id);
    if (!found) return undefined;
    const { clip, createdAt, isFailing } = found;
    const finishedAt = createdAt + (this.#options.exportMs ?? 400);
    const isOver = Date.now() >= finishedAt;
    const state = !isOver ? 'working' : isFailing ? 'failed' : 'done';
    const hasUrl = state === 'done' && Date.now() >= finishedAt + (this.#options.urlLateMs ?? 0);
    return {
      id,
      status: this.#word(state),
      src_url: hasUrl ? `${origin}/klap/files/${this.workspace}/${id}.mp4` : null,
      project_id: clip.id,
      folder_id: clip.folder,
      created_at: iso(createdAt),
      finished_at: isOver ? iso(finishedAt) : null,
      name: this.#nameOf(clip.number),
      author_id: `author_${this.workspace}`,
      descriptions: null,
      ...(state === 'failed' ? { error_message: 'The renderer ran out of memory' } : {}),
    };
  }

  /** The bytes of an export; undefined where there are none, or no longer. */
  file(id: string): Buffer | undefined {
    const found = this.#exports.get(id);
    const { lostFiles = [], fileBytes = 40_000 } = this.#options;
    if (!found || lostFiles.includes(found.clip.number)) return undefined;
    return videoOf(found.clip.id, fileBytes);
  }

  #isCut({ createdAt }: Pick<Task, 'createdAt'>): boolean {
    return Date.now() >= createdAt + (this.#options.taskMs ?? 800);
  }

  #word(state: keyof (typeof words)['objects']): string {
    return words[this.#options.words ?? 'endpoints'][state];
  }

  #nameOf(number: number): string {
    return `${topics[number % topics.length] ?? ''}, part ${number}`;
  }

  /** Follows from what is asked for, so that it stays the same when the stand-in starts again. */
  #idOf(of: string, before: number): string {
    return seedOf('klap', this.workspace, of, before).toString(36);
  }
}
