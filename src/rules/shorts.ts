/** What is decided about videos and their clips. */
import type { Clip, ClipState, ShortsJob, ShortsState } from '../contracts/shorts.ts';

const done: readonly string[] = ['ready', 'success', 'complete', 'completed'];
const failed: readonly string[] = ['error', 'failed'];
const working: readonly string[] = ['processing', 'pending', 'in_progress', 'queued'];

/** What a word of the vendor's for a state means; it has two vocabularies. Others count as work. */
export const meaningOf = (word: string): 'done' | 'failed' | 'working' =>
  done.includes(word) ? 'done' : failed.includes(word) ? 'failed' : 'working';

/** Whether the vendor has used this word before. */
export const isKnownWord = (word: string): boolean =>
  [...done, ...failed, ...working].includes(word);

/**
 * Scores of one folder from 0 to 100. The vendor's documents say 0 to 1, and others have seen 0 to
 * 100: which of them it is, all scores of a folder tell together.
 */
export function scoresOf(raw: readonly (number | null)[]): readonly (number | null)[] {
  const isShare = raw.every((score) => score === null || score <= 1);
  return raw.map((score) =>
    score === null
      ? null
      : Math.round(Math.min(Math.max(isShare ? score * 100 : score, 0), 100) * 10) / 10,
  );
}

/** Clips with the best score first; those without one last, in the vendor's order. */
export const byScore = <C extends Pick<Clip, 'score' | 'position'>>(clips: readonly C[]): C[] =>
  clips.toSorted((a, b) => (b.score ?? -1) - (a.score ?? -1) || a.position - b.position);

/**
 * The address of a video as it stands in every request: the same video has one, however it was
 * copied. Of YouTube's only the video's own id is kept.
 */
export function videoAddress(url: string): string {
  const address = new URL(url);
  address.hash = '';
  const host = address.hostname.replace(/^(www|m|music)\./, '');
  const [, first = '', second = ''] = address.pathname.split('/');
  const id =
    host === 'youtu.be'
      ? first
      : host !== 'youtube.com'
        ? ''
        : first === 'watch'
          ? (address.searchParams.get('v') ?? '')
          : ['shorts', 'live', 'embed'].includes(first)
            ? second
            : '';
  if (/^[\w-]{6,20}$/.test(id)) return `https://www.youtube.com/watch?v=${id}`;
  for (const name of [...address.searchParams.keys()]) {
    if (name.startsWith('utm_')) address.searchParams.delete(name);
  }
  return address.toString();
}

/** What the vendor's task and the clips say together of a video. */
export function shortsStateOf(
  task: ShortsState,
  clips: Readonly<Record<ClipState, number>>,
): ShortsState {
  if (task !== 'generated') return task;
  if (clips.exporting + clips.exported > 0) return 'exporting';
  const bad = clips.failed + clips.unknown;
  if (bad > 0 && clips.downloaded > 0) return 'partial';
  if (bad > 0) return clips.failed > 0 ? 'failed' : 'unknown';
  return clips.downloaded > 0 ? 'downloaded' : 'generated';
}

const said: Readonly<Record<ClipState, string>> = {
  downloaded: 'downloaded',
  exported: 'exported',
  exporting: 'exporting',
  generated: 'not exported',
  failed: 'failed',
  unknown: 'with an unknown outcome',
};

/** What came of a video, as a sentence. */
export function summaryOf({
  name,
  state,
  why,
  clips,
}: Pick<ShortsJob, 'name' | 'state' | 'why' | 'clips'>): string {
  if (clips.total === 0) {
    return state === 'failed' || state === 'unknown'
      ? `“${name}” has no shorts: ${why ?? state}`
      : state === 'generated'
        ? `“${name}” has no shorts: the vendor found no clip in it.`
        : `“${name}” is being cut into shorts.`;
  }
  const parts = (
    ['downloaded', 'exported', 'exporting', 'generated', 'failed', 'unknown'] as const
  ).flatMap((each) => (clips[each] > 0 ? [`${clips[each]} ${said[each]}`] : []));
  return `“${name}” has ${clips.total} ${clips.total === 1 ? 'short' : 'shorts'}: ${parts.join(', ')}.`;
}
