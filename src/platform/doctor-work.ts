import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { agents } from '../contracts/agents.ts';
import type { Finding } from '../contracts/doctor.ts';
import { systemQueue } from '../rules/names.ts';
import { createAgentReader } from './agents.ts';
import { readBuild } from './build.ts';
import { mediaFolderOf, memoryFoldersOf } from './config.ts';
import { freeBytesOf, neededBytes } from './disk.ts';
import type { DoctorDeps, Look } from './doctor-servers.ts';
import { BadMemoryFile } from './lesson-text.ts';
import { readMemoryFile } from './memory-file.ts';
import { memoryFileOf } from './memory-files.ts';
import { readTextFile } from './replace-file.ts';
import { schedulesOf } from './schedule-plan.ts';
import { createSchedules } from './schedules.ts';

type Found = Pick<Finding, 'state' | 'message'>;

const oneOf = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** Whether each queue has a worker, and whether it runs this checkout's code. */
export const lookAtWorkers: Look = async (deps) => {
  const reader = createAgentReader(deps);
  const queues = [...agents.map(({ id }) => id), systemQueue];
  const served = await Promise.all(queues.map((queue) => reader.isServed(queue)));
  const idle = queues.filter((_, index) => served[index] !== true);
  const running = (await reader.workers()).filter(({ state }) => state === 'running');
  const build = readBuild();
  const others = running.filter(({ version }) => version !== build);
  const found: Found[] = others.map(({ identity, version }) => ({
    state: 'wrong',
    message: `${identity} runs ${version}, this checkout is ${build}: restart it`,
  }));
  if (idle.length > 0) {
    const how = 'start one with `npm start` or `agentic worker`';
    const whose = idle.length === queues.length ? 'any queue' : idle.join(', ');
    found.push({ state: 'wrong', message: `No worker serves ${whose}: ${how}` });
  }
  if (found.length > 0) return found;
  const who = running.length === 0 ? 'Workers of another kind' : oneOf(running.length, 'worker');
  const message = `${who} (${build}) on ${queues.join(', ')}`;
  return [{ state: 'ok', message }];
};

/** Whether every schedule is set up, fires, and went well the last time. */
export const lookAtSchedules: Look = async ({ client, config }) => {
  const declared = agents.flatMap((agent) => schedulesOf(agent, config)).map(({ id }) => id);
  const set = await createSchedules(client, config).list();
  const missing = declared.filter((id) => !set.some((each) => each.id === id));
  const found: Found[] = [];
  if (missing.length > 0) {
    const message = `${missing.join(', ')}: not set up; a worker does it when it starts`;
    found.push({ state: 'wrong', message });
  }
  for (const { id, recent, missed, isPaused, note } of set) {
    const last = recent.findLast(({ state }) => state !== 'running');
    if (last?.state === 'failed') {
      const how = `\`agentic runs --q ${id}\` says why`;
      found.push({ state: 'wrong', message: `${id} failed at ${last.at}: ${how}` });
    }
    if (isPaused) found.push({ state: 'hint', message: `${id} is paused (${note})` });
    if (missed > 0) {
      const how = `\`agentic schedule backfill ${id}\` makes up for days`;
      found.push({ state: 'hint', message: `${id} missed ${oneOf(missed, 'firing')}: ${how}` });
    }
  }
  if (found.some(({ state }) => state === 'wrong')) return found;
  const next = set.flatMap((each) => each.next).toSorted()[0];
  const when = next === undefined ? '' : `, the next fires at ${next}`;
  return [{ state: 'ok', message: `${oneOf(set.length, 'schedule')}${when}` }, ...found];
};

/** Whether the files of memory can be read, line by line, and written. */
export const lookAtMemoryFiles = ({ config }: Pick<DoctorDeps, 'config'>): ReturnType<Look> => {
  const folders = memoryFoldersOf(config);
  const files = (['live', 'stand-in'] as const).flatMap((world) =>
    agents.map(({ id }) => ({ agent: id, path: memoryFileOf(folders, { agent: id, world }) })),
  );
  let readable = 0;
  const found = files.flatMap(({ agent, path }): readonly Found[] => {
    try {
      const text = readTextFile(path);
      if (text !== undefined) readMemoryFile(text);
      if (text !== undefined) readable += 1;
      return [];
    } catch (error) {
      const reason = error instanceof Error ? error.message.replaceAll('\n', '; ') : String(error);
      const how =
        error instanceof BadMemoryFile
          ? `mend it, or \`agentic memory restore ${agent}\``
          : 'let this user read it';
      return [{ state: 'wrong', message: `${path}: ${reason}: ${how}` }];
    }
  });
  found.push(
    ...[...new Set(Object.values(folders))].flatMap((folder) =>
      lookAtFolder(folder, 'INFORMATION_DIR').filter(({ state }) => state === 'wrong'),
    ),
  );
  const message = `${oneOf(readable, 'file')} can be read in ${Object.values(folders).join(' and ')}`;
  return Promise.resolve(found.length > 0 ? found : [{ state: 'ok', message }]);
};

/** Whether the state folder can be written, and has room. */
export const lookAtDisk = ({ config }: Pick<DoctorDeps, 'config'>): ReturnType<Look> =>
  Promise.resolve(lookAtFolder(resolve(config.AGENTIC_STATE_DIR), 'AGENTIC_STATE_DIR'));

/** The same of the folder for files that vendors make. */
export const lookAtMedia = ({ config }: Pick<DoctorDeps, 'config'>): ReturnType<Look> =>
  Promise.resolve(lookAtFolder(mediaFolderOf(config), 'MEDIA_DIR'));

function lookAtFolder(folder: string, setting: string): readonly Found[] {
  const there = nearest(folder);
  const how = `or set ${setting} to another folder`;
  const freeMb = Math.floor(freeBytesOf(there) / 1024 ** 2);
  const found: Found[] = [];
  if (freeMb * 1024 ** 2 < neededBytes) {
    const message = `Only ${freeMb} MB are free on the disk of ${folder}: free some space, ${how}`;
    found.push({ state: 'wrong', message });
  }
  if (!statSync(there).isDirectory()) {
    return [...found, { state: 'wrong', message: `${there} is no folder: move it away, ${how}` }];
  }
  try {
    accessSync(there, constants.W_OK);
  } catch {
    const message = `${there} can't be written: let this user write it, ${how}`;
    found.push({ state: 'wrong', message });
  }
  const message = `${Math.floor(freeMb / 1024)} GB free for ${folder}`;
  return found.length > 0 ? found : [{ state: 'ok', message }];
}

/** The folder, or the one that it would be made in. */
const nearest = (folder: string): string =>
  existsSync(folder) ? folder : nearest(dirname(folder));
