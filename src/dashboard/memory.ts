import type { Client } from '@temporalio/client';
import {
  AgentMemory,
  AnnealReport,
  DiffQuery,
  FirstTries,
  LessonChange,
  LessonExplanation,
  MemoryChanged,
  MemoryCommand,
  MemoryDiff,
  MemoryList,
  MemoryQuery,
  ProposedLesson,
  ReportQuery,
  Rollback,
  Trial,
  TrialQuestion,
} from '../contracts/memory-views.ts';
import { createAnnealing } from '../platform/annealing.ts';
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
import type { Routes } from './routes.ts';
import type { Who } from './who.ts';

interface MemoryRouteDeps {
  readonly client: Client;
  readonly database: Database;
  readonly health: Health;
}

/** What agents have learnt: shown, explained, and changed by people with a reason. */
export function memoryRoutes(routes: Routes, { client, database, health }: MemoryRouteDeps): void {
  const reader = createMemoryReader(database);
  const acts = createMemoryActs(database);
  const annealing = createAnnealing({ client, evidence: createEvidence(database) });
  const ownerOf: typeof reader.ownerOf = (agent, world) =>
    health.during(reader.ownerOf(agent, world));

  routes.get('/api/memory', { does: 'List memories', answer: MemoryList }, () =>
    health.during(reader.list()),
  );

  routes.get(
    '/api/memory/:agent',
    { does: 'Show a memory with its lessons', query: MemoryQuery, answer: AgentMemory },
    async ({ params, query: { world } }) =>
      health.during(reader.show(await ownerOf(params.agent, world))),
  );

  routes.get(
    '/api/memory/:agent/diff',
    { does: 'Compare two snapshots', query: DiffQuery, answer: MemoryDiff },
    async ({ params, query: { world, from, to } }) =>
      health.during(reader.diff(await ownerOf(params.agent, world), from, to)),
  );

  routes.get(
    '/api/memory/:agent/report',
    { does: 'Say what an entry of the log changed', query: ReportQuery, answer: AnnealReport },
    async ({ params, query: { world, entry } }) =>
      health.during(annealReport(database, await ownerOf(params.agent, world), entry)),
  );

  routes.get(
    '/api/memory/:agent/lessons/:id',
    { does: 'Explain a lesson by its evidence', query: MemoryQuery, answer: LessonExplanation },
    async ({ params, query: { world } }) => {
      const { of, id } = await health.during(reader.find(`${params.agent}/${params.id}`, world));
      return health.during(explainLesson(database, of, id));
    },
  );

  routes.get(
    '/api/memory/:agent/first-tries',
    { does: 'How many first tries worked, by day', query: MemoryQuery, answer: FirstTries },
    async ({ params, query: { world } }) =>
      health.during(firstTries(database, await ownerOf(params.agent, world))),
  );

  routes.post(
    '/api/memory/:agent/lessons',
    { does: 'Propose a lesson', role: 'operator', body: ProposedLesson, answer: MemoryChanged },
    async ({ params, body: { world, reason, ...proposal }, who, note, response }) => {
      const of = await ownerOf(params.agent, world);
      const said = await health.during(acts.propose(of, proposal, { by: person(who), reason }));
      const target = `${of.agent}/${said.lesson}`;
      await note({ action: 'memory.propose', target, reason, detail: { ...of, ...proposal } });
      response.status(201);
      return { ...answerOf(of, said), lesson: said.lesson };
    },
  );

  routes.post(
    '/api/memory/:agent/try',
    {
      ...{ does: 'Replay the last month under a memory', role: 'viewer', isChange: false },
      ...{ body: TrialQuestion, answer: Trial },
    },
    async ({ params, body: { world, ...question } }) =>
      health.during(tryLastMonth(database, await ownerOf(params.agent, world), question)),
  );

  for (const [how, does] of [
    ['pin', 'Keep a lesson past its expiry'],
    ['unpin', 'Let a lesson expire again'],
    ['deprecate', 'Rule a method out for good'],
  ] as const) {
    routes.post(
      `/api/memory/:agent/lessons/:id/${how}`,
      { does, role: 'operator', body: LessonChange, answer: MemoryChanged },
      async ({ params, body: { world, reason, confirm }, who, note }) => {
        const target = `${params.agent}/${params.id}`;
        const { of, id } = await health.during(reader.find(target, world));
        const word = { by: person(who), reason, confirm };
        const snapshot = await health.during(acts[how](of, id, word));
        await note({
          action: `memory.${how}`,
          target: `${params.agent}/${id}`,
          reason,
          detail: { ...of },
        });
        return answerOf(of, snapshot);
      },
    );
  }

  routes.post(
    '/api/memory/:agent/rollback',
    { does: 'Obey an earlier snapshot', role: 'operator', body: Rollback, answer: MemoryChanged },
    async ({ params: { agent }, body: { world, reason, to }, who, note }) => {
      const of = await ownerOf(agent, world);
      const snapshot = await health.during(acts.rollBack(of, to, { by: person(who), reason }));
      await note({ action: 'memory.rollback', target: agent, reason, detail: { ...of, to } });
      return answerOf(of, snapshot);
    },
  );

  for (const [how, does] of [
    ['run', 'Read new runs at once'],
    ['restore', 'Write the file’s section anew'],
  ] as const) {
    routes.post(
      `/api/memory/:agent/${how}`,
      { does, role: 'operator', body: MemoryCommand, answer: MemoryOf },
      async ({ params: { agent }, body: { world, reason }, who, note, response }) => {
        const of = await ownerOf(agent, world);
        await (how === 'restore'
          ? health.during(acts.restoreFile(of, who.name))
          : health.ask(() => annealing.wake(of)));
        await note({ action: `memory.${how}`, target: agent, reason, detail: { ...of } });
        response.status(202);
        return of;
      },
    );
  }
}

const MemoryOf = MemoryChanged.pick({ agent: true, world: true });

const person = ({ name }: Who) => ({ kind: 'person', name }) as const;

const answerOf = (
  { agent, world }: MemoryOwner,
  { seq, refused }: MemorySnapshot,
): MemoryChanged => ({ agent, world, seq, refused });
