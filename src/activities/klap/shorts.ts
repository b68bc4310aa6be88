import { ApplicationFailure } from '@temporalio/common';
import { log } from '@temporalio/activity';
import { z } from 'zod';
import type { VendorRequest } from '../../contracts/dry-run.ts';
import { FailureType } from '../../contracts/failures.ts';
import { cutShorts as declared, type ShortsInput } from '../../contracts/klap.ts';
import { VendorId } from '../../contracts/shorts.ts';
import { pollSeconds } from '../../contracts/vendor-job.ts';
import { askAgainInMs } from '../../rules/poll.ts';
import { isKnownWord, meaningOf, videoAddress } from '../../rules/shorts.ts';
import { stillAtWork } from '../once.ts';
import { pollSecondsAfter } from '../poll.ts';
import { troubleOf } from './answers.ts';
import { jobIdOf, storeClips } from './clips.ts';
import type { KlapDeps } from './deps.ts';

const StartReply = z.object({ id: VendorId });
/** Null when a person says that it started and nobody knows which it is. */
const Started = z.object({ taskId: VendorId.nullable() });

/**
 * Has a video cut, once for the same video and settings, and stores every clip as soon as it is
 * there. The vendor can't be asked for a task whose id was lost with an answer: then a person is.
 */
export const cutShorts = (deps: KlapDeps) =>
  deps.startOnce(declared, {
    async plan({ account, input, isDryRun }, { isStandIn }) {
      const request = requestOf(input);
      const { clips, edition, name } = input;
      const key = keyOf(account, input, request);
      const videoUrl = videoAddress(input.url);
      if (isDryRun !== true) {
        await deps.shorts.open({
          ...{ account, id: jobIdOf(key), videoUrl, effect: key, isStandIn },
          name: name ?? videoUrl.replace(/^https:\/\/(www\.)?/, ''),
          run: deps.here().workflowId,
        });
      }
      return {
        kind: 'write',
        summary: `Has ${videoUrl} cut into up to ${clips} shorts of up to ${input.maxSeconds} s${edition === undefined ? '' : `, edition ${edition}`}`,
        key,
        recipients: [],
        request,
        isStandIn: false,
      };
    },
    reply: StartReply,
    kept: Started,
    result: (reply) => ({ taskId: reply?.id ?? null }),

    async finish({ taskId }, call, account, { key }) {
      if (taskId === null) {
        throw ApplicationFailure.nonRetryable(
          'A person said that this video was taken, but nobody knows its task: run klap.clips with its folder, or start again with another edition',
          FailureType.NotFound,
        );
      }
      const job = jobIdOf(key);
      const tell = (state: 'processing' | 'failed', line: string, why: string | null = null) =>
        deps.shorts.change(account.name, job, { state, why, taskId }, line);
      const task = await deps.client.task(account, taskId);
      const tookMs = Date.now() - task.created_at.getTime();
      const meaning = meaningOf(task.status);
      if (meaning === 'working') {
        if (!isKnownWord(task.status)) log.warn(`Klap has a new word for a state: ${task.status}`);
        await tell('processing', `Task ${taskId} is at work`);
        const wait = askAgainInMs(tookMs, call.tunables.pollSeconds ?? pollSeconds.default);
        throw stillAtWork(`Klap's task ${taskId} (${task.status})`, wait);
      }
      const folder = task.output_id ?? task.folder_id;
      if (meaning === 'failed' || folder == null) {
        const why =
          meaning === 'failed'
            ? `Klap could not cut the video: ${troubleOf(task)}`
            : `Klap says that task ${taskId} is done, and names no folder`;
        await tell('failed', why, why);
        throw ApplicationFailure.nonRetryable(
          `${why} (task ${taskId}). With another edition it is cut, and paid for, again`,
          FailureType.JobFailed,
        );
      }
      await tell('processing', `Task ${taskId} is done`);
      const { which } = call.input;
      const projects = await deps.client.clips(account, folder);
      const stored = await storeClips(deps, account, { job, folder, which }, projects);
      return { ...stored, taskId, ...pollSecondsAfter(tookMs, call) };
    },
  });

const requestOf = ({
  url,
  name,
  language,
  clips,
  maxSeconds,
  introTitle,
}: ShortsInput): VendorRequest => ({
  method: 'POST',
  path: '/v2/tasks/video-to-shorts',
  body: {
    source_video_url: videoAddress(url),
    language,
    ...(name === undefined ? {} : { name }),
    target_clip_count: clips,
    max_clip_count: clips,
    max_duration: maxSeconds,
    target_duration: Math.min(maxSeconds, mostTargetSeconds),
    editing_options: { intro_title: introTitle },
  },
});
/** What the vendor aims at when it is not told. */
const mostTargetSeconds = 60;

/** The same video with the same settings is one effect, whatever it is called. */
function keyOf(account: string, { edition }: ShortsInput, { body }: VendorRequest): string {
  const { name: _, ...settings } = z.record(z.string(), z.unknown()).parse(body);
  const digest = jobIdOf(JSON.stringify(settings));
  return `shorts:${account}:${digest}${edition === undefined ? '' : `:${edition}`}`;
}
