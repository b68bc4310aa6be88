import type { Client } from '@temporalio/client';
import { Router } from 'express';
import { z } from 'zod';
import {
  DiffQuery,
  LessonChange,
  MemoryCommand,
  MemoryQuery,
  ProposedLesson,
  ReportQuery,
  Rollback,
  TrialQuestion,
  type MemoryChanged,
} from '../contracts/memory-views.ts';
import { createAnnealing } from '../platform/annealing.ts';
import type { AuditEntry } from '../platform/audit.ts';
import type { Database } from '../platform/database.ts';
import { createEvidence } from '../platform/evidence.ts';
import { firstTries } from '../platform/first-tries.ts';
import { createMemoryActs } from '../platform/memory-acts.ts';
import { explainLesson } from '../platform/memory-explain.ts';
import { createMemoryReader } from '../platform/memory-reader.ts';
import { annealReport } from '../platform/memory-report.ts';
import { tryLastMonth } from '../platform/memory-trial.ts';
import type { MemoryOwner, MemorySnapshot } from '../platform/memory-store.ts';
import type { Health } from './health.ts';
import { parsed } from './http-error.ts';

interface MemoryRouteDeps {
  readonly client: Client;
  readonly database: Database;
  readonly health: Health;
  /** Who sits before the pages, as entries of memory name them. */
  readonly user: string;
  /** Notes a change in the audit log, and lets pages show it. */
  readonly changed: (entry: Omit<AuditEntry, 'by' | 'from'>) => Promise<void>;
}

const answersWithinMs = 5_000;

/** What agents have learnt: shown, explained, and changed by people with a reason. */
export function createMemoryRoutes(deps: MemoryRouteDeps): Router {
  const { client, database, health, user, changed } = deps;
  const reader = createMemoryReader(database);
  const acts = createMemoryActs(database);
  const annealing = createAnnealing({ client, evidence: createEvidence(database) });
  const by = { kind: 'person', name: user } as const;
  const router = Router();

  router.get('/api/memory', async (_request, response) => {
    response.json(await health.during(reader.list()));
  });

  router.get('/api/memory/:agent', async ({ params, query }, response) => {
    const { world } = parsed(MemoryQuery, query);
    const of = await health.during(reader.ownerOf(params.agent, world));
    response.json(await health.during(reader.show(of)));
  });

  router.get('/api/memory/:agent/diff', async ({ params, query }, response) => {
    const { world, from, to } = parsed(DiffQuery, query);
    const of = await health.during(reader.ownerOf(params.agent, world));
    response.json(await health.during(reader.diff(of, from, to)));
  });

  router.get('/api/memory/:agent/report', async ({ params, query }, response) => {
    const { world, entry } = parsed(ReportQuery, query);
    const of = await health.during(reader.ownerOf(params.agent, world));
    response.json(await health.during(annealReport(database, of, entry)));
  });

  router.get('/api/memory/:agent/lessons/:id', async ({ params, query }, response) => {
    const { world } = parsed(MemoryQuery, query);
    const { of, id } = await health.during(reader.find(`${params.agent}/${params.id}`, world));
    response.json(await health.during(explainLesson(database, of, id)));
  });

  router.get('/api/memory/:agent/first-tries', async ({ params, query }, response) => {
    const { world } = parsed(MemoryQuery, query);
    const of = await health.during(reader.ownerOf(params.agent, world));
    response.json(await health.during(firstTries(database, of)));
  });

  router.post('/api/memory/:agent/lessons', async ({ params, body }, response) => {
    const { world, reason, ...proposal } = parsed(ProposedLesson, body);
    const of = await health.during(reader.ownerOf(params.agent, world));
    const said = await health.during(acts.propose(of, proposal, { by, reason }));
    const target = `${of.agent}/${said.lesson}`;
    await changed({ action: 'memory.propose', target, reason, detail: { ...of, ...proposal } });
    response.status(201).json({ ...answerOf(of, said), lesson: said.lesson });
  });

  router.post('/api/memory/:agent/try', async ({ params, body }, response) => {
    const { world, ...question } = parsed(TrialQuestion, body);
    const of = await health.during(reader.ownerOf(params.agent, world));
    response.json(await health.during(tryLastMonth(database, of, question)));
  });

  router.post('/api/memory/:agent/lessons/:id/:how', async (request, response) => {
    const { agent } = request.params;
    const how = parsed(z.enum(['pin', 'unpin', 'deprecate']), request.params.how);
    const { world, reason, confirm } = parsed(LessonChange, request.body);
    const { of, id } = await health.during(reader.find(`${agent}/${request.params.id}`, world));
    const snapshot = await health.during(acts[how](of, id, { by, reason, confirm }));
    const target = `${agent}/${id}`;
    await changed({ action: `memory.${how}`, target, reason, detail: { ...of } });
    response.json(answerOf(of, snapshot));
  });

  router.post('/api/memory/:agent/rollback', async (request, response) => {
    const { agent } = request.params;
    const { world, reason, to } = parsed(Rollback, request.body);
    const of = await health.during(reader.ownerOf(agent, world));
    const snapshot = await health.during(acts.rollBack(of, to, { by, reason }));
    await changed({ action: 'memory.rollback', target: agent, reason, detail: { ...of, to } });
    response.json(answerOf(of, snapshot));
  });

  router.post('/api/memory/:agent/:how', async (request, response) => {
    const { agent } = request.params;
    const how = parsed(z.enum(['run', 'restore']), request.params.how);
    const { world, reason } = parsed(MemoryCommand, request.body);
    const of = await health.during(reader.ownerOf(agent, world));
    const act =
      how === 'restore'
        ? acts.restoreFile(of, user)
        : client.withDeadline(Date.now() + answersWithinMs, () => annealing.wake(of));
    await health.during(act);
    await changed({ action: `memory.${how}`, target: agent, reason, detail: { ...of } });
    response.status(202).json(of);
  });
  return router;
}

const answerOf = (
  { agent, world }: MemoryOwner,
  { seq, refused }: MemorySnapshot,
): MemoryChanged => ({ agent, world, seq, refused });
