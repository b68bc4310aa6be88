import { agents } from '../contracts/agents.ts';
import type { Trial, TrialQuestion } from '../contracts/memory-views.ts';
import type { Observation } from '../contracts/memory.ts';
import { objectionTo } from '../rules/gate.ts';
import { learn } from '../rules/learn.ts';
import type { Memory } from '../rules/memory.ts';
import { replayed } from '../rules/trial.ts';
import type { Database } from './database.ts';
import { proposedAct } from './memory-proposal.ts';
import { NotInMemory } from './memory-reader.ts';
import { createMemoryStore, type MemoryOwner } from './memory-store.ts';

const lastMonthMs = 30 * 24 * 60 * 60 * 1_000;

/**
 * Holds what runs showed in the last 30 days against a memory: one that was, the one that is obeyed,
 * or that with a proposed lesson. Changes nothing.
 *
 * @throws {NotInMemory} for an entry that is none, {BadRequest} for a lesson that can't be.
 */
export async function tryLastMonth(
  database: Database,
  of: MemoryOwner,
  { entry, lesson }: Pick<TrialQuestion, 'entry' | 'lesson'>,
): Promise<Trial> {
  const store = createMemoryStore(database);
  const at = new Date().toISOString();
  const since = new Date(Date.parse(at) - lastMonthMs).toISOString();
  const live = (await store.current(of)).memory;
  const known = entry === undefined ? live : (await store.at(of, entry))?.memory;
  if (!known) {
    const how = `\`agentic memory show ${of.agent}\` lists those there are`;
    throw new NotInMemory(`The memory of ${of.agent} has no snapshot ${entry}; ${how}.`);
  }
  const next = lesson ? withProposed(of, known, lesson, at) : known;
  const rows = await database.sql<{ seen: Observation[] }[]>`
    select entry -> 'observations' as seen from memory_entries
    where agent = ${of.agent} and world = ${of.world} and at > ${since}
      and entry ->> 'kind' = 'observed' order by seq`;
  const evidence = rows.flatMap(({ seen }) => seen);
  const declared = agents.find(({ id }) => id === of.agent)?.capabilities ?? [];
  const capabilities = declared.map((each) => ({ ...each, methods: [...each.methods] }));
  // what a person says is not questioned; what runs would think of it is worth telling
  const asLearnt = { ...next, lessons: next.lessons.map((each) => ({ ...each, status })) };
  return {
    ...{ agent: of.agent, world: of.world, since },
    ...replayed(next, evidence, capabilities, at),
    objection: objectionTo({ live, next: asLearnt, evidence, capabilities, at }),
  };
}

const status = 'active' as const;

function withProposed(
  { agent }: MemoryOwner,
  memory: Memory,
  lesson: NonNullable<TrialQuestion['lesson']>,
  at: string,
): Memory {
  const act = proposedAct(agent, lesson, memory, at);
  const by = { kind: 'person', name: 'trial' } as const;
  const entry = { kind: 'human', seq: memory.seq + 1, at, by, reason: '', act } as const;
  return learn(memory, entry, () => undefined);
}
