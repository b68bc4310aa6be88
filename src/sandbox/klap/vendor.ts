import { createHash } from 'node:crypto';
import express, { Router, type ErrorRequestHandler, type Request, type Response } from 'express';
import { z } from 'zod';
import type { Note } from '../taken.ts';
import type { Vendor } from '../vendor.ts';
import { requireAccess, workspaceOf } from './access.ts';
import { notFound, Refusal } from './refusal.ts';
import { Studio, type Clip, type KlapOptions } from './studio.ts';

const number = (least: number, most: number) => z.int().min(least).max(most);
const on = z.boolean().optional();

const CutBody = z.object({
  source_video_url: z.url(),
  language: z.string().optional(),
  translate_to: z.string().optional(),
  name: z.string().optional(),
  target_clip_count: number(1, 100).default(10),
  max_clip_count: number(1, 100).default(10),
  min_duration: number(1, 120).optional(),
  max_duration: number(1, 180).optional(),
  target_duration: number(1, 120).optional(),
  editing_options: z
    .object({ captions: on, reframe: on, emojis: on, intro_title: on, remove_silences: on })
    .optional(),
});
const share = z.number().min(0).max(1);
const ExportBody = z.object({
  watermark: z.object({ src_url: z.url(), pos_x: share, pos_y: share, scale: share }).optional(),
});

/**
 * Klap, API v2: videos that are cut into shorts, their folders, and exports with their files.
 *
 * @param optionsOf the options of a workspace, which exists as soon as somebody asks for it.
 * @param take is told of each write that it does.
 */
export function createKlap(optionsOf: (workspace: string) => KlapOptions, take: Note): Vendor {
  const studios = new Map<string, Studio>();
  const studioOf = (workspace: string): Studio => {
    const known = studios.get(workspace);
    if (known) return known;
    const fresh = new Studio(workspace, optionsOf(workspace));
    studios.set(workspace, fresh);
    return fresh;
  };
  const admit = (request: Pick<Request, 'get'>): Studio =>
    studioOf(requireAccess(request).workspace);
  const admitPaying = (request: Pick<Request, 'get'>): Studio => {
    if (!requireAccess(request).hasCredit) throw new Refusal(402, 'Not enough credits');
    return admit(request);
  };

  const router = Router();
  const json = express.json({ type: () => true });
  const door: Door = { admit, admitPaying, json, take: (...names) => take('klap', ...names) };
  addCutting(router, door);
  addExports(router, door);
  router.get('/files/:workspace/:file', (request, response) => {
    const { workspace, file } = request.params;
    const bytes = studioOf(workspace).file(file.replace(/\.mp4$/, '')) ?? notFound('File');
    sendFile(request, response, bytes);
  });
  router.use((request) => {
    admit(request);
    notFound('Route');
  });
  router.use(answerRefusal);

  return {
    id: 'klap',
    router,
    workspaceOf,
    addressesIn: () => undefined,
    errorBody: () => ({ message: 'The fault plan says so' }),
  };
}

interface Door {
  readonly admit: (request: Pick<Request, 'get'>) => Studio;
  readonly admitPaying: (request: Pick<Request, 'get'>) => Studio;
  readonly json: ReturnType<typeof express.json>;
  readonly take: Note;
}

function addCutting(router: Router, { admit, admitPaying, json, take }: Door): void {
  router.post('/v2/tasks/video-to-shorts', json, (request, response) => {
    const studio = admitPaying(request);
    const body = bodyOf(CutBody, request);
    const wanted = Math.min(body.target_clip_count, body.max_clip_count);
    take(studio.workspace, 'cut', body.source_video_url);
    response.status(201).json(studio.taskForm(studio.cut(body.source_video_url, wanted)));
  });
  router.get('/v2/tasks/:id', (request: Request<{ id: string }>, response) => {
    const studio = admit(request);
    response.json(studio.taskForm(studio.task(request.params.id) ?? notFound('Task')));
  });
  router.get('/v2/projects/:folder', (request: Request<{ folder: string }>, response) => {
    const studio = admit(request);
    const clips = studio.clips(request.params.folder) ?? notFound('Folder');
    response.json(clips.map((clip) => studio.clipForm(clip)));
  });
  router.get('/v2/projects/:folder/:clip', (request: Request<ClipPath>, response) => {
    const studio = admit(request);
    response.json(studio.clipForm(clipIn(studio, request.params)));
  });
}

interface ClipPath {
  readonly folder: string;
  readonly clip: string;
}

function addExports(router: Router, { admit, admitPaying, json, take }: Door): void {
  const path = '/v2/projects/:folder/:clip/exports';
  router.post(path, json, (request: Request<ClipPath>, response) => {
    const studio = admitPaying(request);
    bodyOf(ExportBody, request);
    const clip = clipIn(studio, request.params);
    const id = studio.export(clip);
    take(studio.workspace, 'export', clip.folder, clip.id);
    response.status(201).json(studio.exportForm(id, originOf(request)));
  });
  router.get(`${path}/:id`, (request: Request<ClipPath & { readonly id: string }>, response) => {
    const studio = admit(request);
    const { id, clip } = request.params;
    const form = studio.exportForm(id, originOf(request));
    response.json(form?.project_id === clip ? form : notFound('Export'));
  });
}

const clipIn = (studio: Studio, { folder, clip }: ClipPath): Clip =>
  (studio.clips(folder) ?? []).find(({ id }) => id === clip) ?? notFound('Project');

const originOf = (request: Pick<Request, 'get' | 'protocol'>): string =>
  `${request.protocol}://${request.get('host') ?? ''}`;

function bodyOf<T>(schema: z.ZodType<T>, request: Pick<Request, 'body'>): T {
  const parsed = schema.safeParse(request.body ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Refusal(422, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

/** Answers as the storage behind the vendor does: whole, or from a byte on, with its checksum. */
function sendFile(request: Request, response: Response, bytes: Buffer): void {
  const md5 = createHash('md5').update(bytes).digest();
  const etag = `"${md5.toString('hex')}"`;
  response.set({
    'Content-Type': 'video/mp4',
    'Accept-Ranges': 'bytes',
    ETag: etag,
    'x-goog-hash': `md5=${md5.toString('base64')}`,
  });
  const [, first] = /^bytes=(\d+)-$/.exec(request.get('range') ?? '') ?? [];
  if (first === undefined) {
    response.send(bytes);
    return;
  }
  const from = Number(first);
  if (from >= bytes.length) {
    response.status(416).set('Content-Range', `bytes */${bytes.length}`).send(Buffer.alloc(0));
    return;
  }
  response
    .status(206)
    .set('Content-Range', `bytes ${from}-${bytes.length - 1}/${bytes.length}`)
    .send(bytes.subarray(from));
}

const answerRefusal: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (!(error instanceof Refusal)) {
    next(error);
    return;
  }
  response.status(error.status).json({ message: error.message });
};
