import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';
import { FailureType } from '../../contracts/failures.ts';
import {
  exportClip as declared,
  exportPollSeconds,
  type ExportInput,
} from '../../contracts/klap.ts';
import { VendorId } from '../../contracts/shorts.ts';
import type { Account } from '../../platform/config.ts';
import type { ClipPlace, ClipRow } from '../../platform/shorts.ts';
import { askAgainInMs } from '../../rules/poll.ts';
import { meaningOf } from '../../rules/shorts.ts';
import type { CapabilityCall } from '../activities.ts';
import { stillAtWork } from '../once.ts';
import { pollSecondsAfter } from '../poll.ts';
import { troubleOf, type Export } from './answers.ts';
import { exportsPath } from './client.ts';
import type { KlapDeps } from './deps.ts';

const StartReply = z.object({ id: VendorId });
/** Null when a person says that it started and nobody knows which it is. */
const Started = z.object({ exportId: VendorId.nullable() });

const sameMoment = 0;

type Call = CapabilityCall<ExportInput>;
const placeOf = ({ account, input: { folder, clip } }: Call): ClipPlace => ({
  ...{ account, folder, clip },
});

/**
 * Has a clip exported and brings its file here. An export is paid for each time it is started: so a
 * clip has one, and another one only in a later run, after the vendor said that the last has failed.
 */
export const exportClip = (deps: KlapDeps) =>
  deps.startOnce(declared, {
    async plan(call, _account, run) {
      const place = placeOf(call);
      const clip = await deps.shorts.clip(place);
      if (!clip) throw unknownClip(place);
      const { edition } = call.input;
      const here = edition === undefined ? fileOf(deps, clip) : undefined;
      if (here) {
        return {
          kind: 'nothing',
          summary: `The clip ${place.clip} is here already, as ${here.file}`,
          result: { folder: place.folder, clip: place.clip, exportId: clip.exportId, ...here },
        };
      }
      // the failure of this very run is told again by its later tries, and not paid for again
      const number = clip.failedIn === run ? clip.failedExports : clip.failedExports + 1;
      const parts = ['export', place.account, place.folder, place.clip];
      const key = [
        ...parts,
        ...(number > 1 ? [number] : []),
        ...(edition === undefined ? [] : [edition]),
      ].join(':');
      if (call.isDryRun !== true && clip.state !== 'exported') {
        await deps.shorts.move(
          place,
          { state: 'exporting', why: null, effect: key, run: deps.here().workflowId },
          'To be exported',
        );
      }
      return {
        kind: 'write',
        summary: `Exports the clip “${clip.name}” of the folder ${place.folder} and downloads it`,
        key,
        recipients: [],
        request: { method: 'POST', path: exportsPath(place), body: {} },
        isStandIn: clip.isStandIn,
      };
    },
    reply: StartReply,
    kept: Started,
    result: (reply) => ({ exportId: reply?.id ?? null }),

    async finish({ exportId }, call, account) {
      const place = placeOf(call);
      if (exportId === null) {
        throw await failed(
          deps,
          place,
          'A person said that this export was started, but nobody knows its id: export the clip again with another edition',
          FailureType.NotFound,
        );
      }
      const found = await deps.client.export(account, place, exportId);
      const url = await readyUrl(deps, call, found);
      await deps.shorts.move(place, { state: 'exported', exportId }, `Export ${exportId} is done`);
      const file = await bringHere(deps, account, place, url);
      const tookMs = (found.finished_at ?? new Date()).getTime() - found.created_at.getTime();
      return {
        ...{ folder: place.folder, clip: place.clip, exportId, ...file },
        ...pollSecondsAfter(tookMs, call, exportPollSeconds.default),
      };
    },
  });

/** The file of a clip that is here whole. */
function fileOf({ media }: KlapDeps, { state, file, bytes, sha256 }: ClipRow) {
  if (state !== 'downloaded' || file === null || bytes === null || sha256 === null)
    return undefined;
  return media.find(file, bytes) === undefined ? undefined : { file, bytes, sha256 };
}

/** The address of an export's file. @throws `NotReady` while it is at work, `JobFailed` when it failed. */
async function readyUrl(deps: KlapDeps, call: Call, found: Export): Promise<string> {
  const place = placeOf(call);
  const meaning = meaningOf(found.status);
  if (meaning === 'failed') {
    const clip = await deps.shorts.clip(place);
    const { runId } = deps.here();
    const isNew = clip !== undefined && clip.failedIn !== runId;
    const count = { failedIn: runId, failedExports: (clip?.failedExports ?? 0) + (isNew ? 1 : 0) };
    throw await failed(
      deps,
      place,
      `Klap could not export the clip: ${troubleOf(found)} (export ${found.id}). A later run exports it, and pays, again`,
      FailureType.JobFailed,
      count,
    );
  }
  if (meaning === 'done' && found.src_url != null) return found.src_url;
  await deps.shorts.move(
    place,
    { state: 'exporting', exportId: found.id },
    `Export ${found.id} is at work`,
  );
  const elapsedMs = Date.now() - found.created_at.getTime();
  throw stillAtWork(
    `Klap's export ${found.id} (${found.status})`,
    askAgainInMs(elapsedMs, call.tunables.pollSeconds ?? exportPollSeconds.default),
  );
}

/** Downloads the file, from where the last try broke off. */
async function bringHere(deps: KlapDeps, account: Account, place: ClipPlace, url: string) {
  const { shorts, media } = deps;
  const file = media.place(account.name, place.folder, `${place.clip}.mp4`);
  const got = await deps.download(account, url, file);
  switch (got.kind) {
    case 'whole': {
      const { bytes, sha256 } = got;
      await shorts.move(
        place,
        { state: 'downloaded', why: null, file, bytes, sha256, arrived: bytes },
        `Downloaded: ${bytes} bytes, sha256 ${sha256}`,
      );
      return { file, bytes, sha256 };
    }
    case 'part': {
      const line = `${got.arrived} of ${got.total ?? 'some'} bytes are here: ${got.why}`;
      await shorts.move(place, { arrived: got.arrived }, line);
      if (got.isOnlyLate) throw stillAtWork(`The download of the clip ${place.clip}`, sameMoment);
      throw ApplicationFailure.create({
        message: `The file of the clip ${place.clip} broke off, it goes on from there: ${line}`,
        type: FailureType.VendorUnavailable,
      });
    }
    case 'wrong':
      await shorts.move(place, { arrived: 0, why: got.why }, got.why);
      throw ApplicationFailure.create({ message: got.why, type: FailureType.MalformedAnswer });
    case 'lost':
      throw await failed(deps, place, got.why, FailureType.NotFound);
  }
}

async function failed(
  { shorts }: KlapDeps,
  place: ClipPlace,
  why: string,
  type: FailureType,
  count: { readonly failedIn?: string; readonly failedExports?: number } = {},
): Promise<ApplicationFailure> {
  await shorts.move(place, { state: 'failed', why, ...count }, why);
  return ApplicationFailure.nonRetryable(why, type);
}

const unknownClip = ({ account, folder, clip }: ClipPlace): ApplicationFailure =>
  ApplicationFailure.nonRetryable(
    `The account ${account} knows no clip ${clip} in the folder ${folder}: take the folder in first (agentic klap clips ${folder})`,
    FailureType.NotFound,
  );
