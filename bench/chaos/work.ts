import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { RunDetail, RunList, StartedRun } from '../../src/contracts/api.ts';
import { NeedList, type NeedItem } from '../../src/contracts/needs.ts';
import { NotNow, type PatientClient } from './client.ts';

/** The login that all work is for; it leads to stand-ins whatever keys are set. */
export const account = 'tour';

/** What was accepted, and so has to end: exactly once, with every row right. */
export interface Accepted {
  readonly swarms: { readonly id: string; readonly emails: readonly string[] }[];
  readonly days: { readonly id: string; readonly date: string }[];
  readonly lists: { readonly id: string; readonly list: string }[];
  readonly videos: { readonly id: string; readonly clips: number }[];
  /** Asked for right after a blow, to see when things go on. */
  readonly pulses: string[];
}

/** People who start work, answer what is asked, and look at what came of it. */
export interface Work {
  readonly accepted: Accepted;
  /** What people were asked, by kind, and how often they answered. */
  readonly answers: Readonly<Record<string, number>>;
  /** Starts work of all kinds and answers questions until told to stop. */
  go(): void;
  /** Starts nothing new. */
  rest(): Promise<void>;
  /** Starts a small run. @returns once it has ended and its page says so. */
  pulse(name: string): Promise<void>;
  /** Runs that are not over, by id. */
  open(): Promise<readonly string[]>;
  /** Answers questions no more. */
  leave(): Promise<void>;
}

interface WorkOptions {
  readonly client: PatientClient;
  readonly dice: () => number;
  /** A campaign of the vendor that leads are sent into. */
  readonly campaignId: string;
}

const sendsASwarm = 60;
const clipsAVideo = 3;
const placesASearch = 25;
const mostRepairs = 8;
const reason = 'the storm';

/** Starts one thing of each kind after the other, each when the last one of its kind is over. */
export function createWork({ client, dice, campaignId }: WorkOptions): Work {
  const accepted: Accepted = { swarms: [], days: [], lists: [], videos: [], pulses: [] };
  const answers: Record<string, number> = {};
  const repairs = new Map<string, number>();
  const loops: Promise<void>[] = [];
  const resting = new AbortController();
  const leaving = new AbortController();
  const isResting = () => resting.signal.aborted;
  const run = (path: string, body: object) => client.ask(StartedRun, path, body);
  const pathOf = (kind: string, id: string) => `/api/${kind}/${encodeURIComponent(id)}`;

  const isOver = async (id: string): Promise<boolean> =>
    (await client.ask(RunDetail, pathOf('runs', id))).run.closedAt !== null;

  async function swarm(turn: number): Promise<string> {
    const emails = Array.from({ length: sendsASwarm }, (_, n) => `p${turn}-${n}@kunde.de`);
    const tasks = emails.map((email) => ({
      ...{ capability: 'instantly.add-lead', account },
      input: { campaignId, email },
    }));
    const how = { title: `Sends ${turn}`, window: 20, failureThreshold: 1 };
    const { workflowId: id } = await run('/api/swarms', { ...how, tasks });
    accepted.swarms.push({ id, emails });
    return id;
  }
  async function day(turn: number): Promise<string> {
    const date = new Date(Date.UTC(2026, 0, 1 + turn)).toISOString().slice(0, 10);
    const what = { capability: 'instantly.daily-analytics', account, input: { date } };
    const { workflowId: id } = await run('/api/runs', what);
    accepted.days.push({ id, date });
    return id;
  }
  async function leads(turn: number): Promise<string> {
    const list = `town-${turn}`;
    const params = {
      ...{ term: 'dentist', location: `Town ${turn}, Germany`, list, campaign: `To ${list}` },
      ...{ max: placesASearch, account },
    };
    const call = { pipeline: 'leads-to-campaign', params, key: list };
    const { workflowId: id } = await run('/api/pipelines', call);
    accepted.lists.push({ id, list });
    return id;
  }
  async function video(turn: number): Promise<string> {
    const url = `https://video.example/talk-${turn}`;
    const params = { url, clips: clipsAVideo, account, channel: account };
    const call = { pipeline: 'video-to-shorts', params, key: `talk-${turn}` };
    const { workflowId: id } = await run('/api/pipelines', call);
    accepted.videos.push({ id, clips: clipsAVideo });
    return id;
  }

  async function oneAfterTheOther(start: (turn: number) => Promise<string>): Promise<void> {
    for (let turn = 1; !isResting(); turn += 1) {
      const id = await start(turn);
      while (!isResting() && !(await isOver(id))) await delay(700 + 600 * dice());
    }
  }

  /** A person answers what waits: yes to a question, once more to a failed step, on to a swarm that stopped. */
  async function answer(need: NeedItem): Promise<void> {
    const tell = (path: string, body: object) => client.once(z.unknown(), path, body);
    switch (need.kind) {
      case 'approval':
        await tell(`${pathOf('pipelines', need.workflowId)}/approve`, { step: need.step, reason });
        break;
      case 'repair': {
        const times = (repairs.get(need.id) ?? 0) + 1;
        const action = times > mostRepairs ? 'abort' : 'retry';
        const word = { step: need.step, action, reason };
        await tell(`${pathOf('pipelines', need.workflowId)}/repair`, word);
        repairs.set(need.id, times);
        break;
      }
      case 'halted-swarm':
        await tell(`${pathOf('swarms', need.workflowId)}/resume`, { reason });
        break;
      case 'method':
      case 'unknown-outcome':
      case 'refused-login':
        return; // not for these people
    }
    answers[need.kind] = (answers[need.kind] ?? 0) + 1;
  }
  async function answerAll(): Promise<void> {
    while (!leaving.signal.aborted) {
      try {
        for (const need of (await client.once(NeedList, '/api/needs')).needs) {
          // somebody may have answered by now, or the answer to the answer was lost
          await answer(need).catch((error: unknown) => {
            answers[`refused ${need.kind}`] = (answers[`refused ${need.kind}`] ?? 0) + 1;
            if (!(error instanceof Error)) throw error;
          });
        }
      } catch (error) {
        if (!(error instanceof NotNow)) throw error;
      }
      await delay(1_000);
    }
  }

  return {
    accepted,
    answers,
    go() {
      for (const start of [swarm, day, leads, video]) loops.push(oneAfterTheOther(start));
      loops.push(answerAll());
      for (const loop of loops) loop.catch(() => undefined); // whoever waits for it hears of it
    },
    async rest() {
      resting.abort();
      await Promise.all(loops.slice(0, -1));
    },
    async pulse(name) {
      const what = { capability: 'practice.wait', input: { label: name } };
      const { workflowId: id } = await run('/api/runs', what);
      accepted.pulses.push(id);
      while (!(await isOver(id))) await delay(50);
    },
    async open() {
      const found = await client.ask(RunList, '/api/runs?state=open&limit=100');
      return found.runs.map(({ workflowId }) => workflowId);
    },
    async leave() {
      leaving.abort();
      await Promise.all(loops);
    },
  };
}
