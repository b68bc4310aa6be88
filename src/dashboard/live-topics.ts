import { RunQuery } from '../contracts/api.ts';
import { StrugglingQuery } from '../contracts/struggling.ts';
import { TilesQuery } from '../contracts/swarm.ts';
import type { Health } from './health.ts';
import { parsed } from './http-error.ts';
import type { Topic } from './live.ts';
import type { Models } from './models.ts';
import { flowKeyDetail, flowKeyList, found, leaseList, topicList } from './shared-reads.ts';
import { unknownSwarm } from './swarms.ts';

const everyMs = { status: 1_000, overview: 2_000, runs: 5_000, schedules: 5_000, agents: 5_000 };
const needsEveryMs = 1_000;
const coordinationEveryMs = 2_000;
const flowKeysEveryMs = 1_000;
const strugglingEveryMs = 1_000;
const flowKeyEveryMs = 2_000;
const openRunEveryMs = 500;
const closedRunEveryMs = 5_000;

/** The same models as topics that pages follow; `undefined` for a name that is none. */
export function createLiveTopics(
  models: Models,
  health: Health,
): (name: string) => Topic | undefined {
  const during = (read: () => Promise<unknown>) => () => health.during(read());
  const fixed = new Map<string, Topic>([
    ['status', { everyMs: everyMs.status, read: () => models.status() }],
    ['overview', { everyMs: everyMs.overview, read: during(() => models.overview.read()) }],
    ['runs', { everyMs: everyMs.runs, read: during(() => models.runs.search(newest)) }],
    ['schedules', { everyMs: everyMs.schedules, read: () => models.schedules.read() }],
    ['agents', { everyMs: everyMs.agents, read: during(() => models.agents.list()) }],
    ['flow-keys', { everyMs: flowKeysEveryMs, read: during(() => flowKeyList(models)) }],
    ['needs', { everyMs: needsEveryMs, read: during(() => models.needs.read()) }],
    ['leases', { everyMs: coordinationEveryMs, read: during(() => leaseList(models)) }],
    ['topics', { everyMs: coordinationEveryMs, read: during(() => topicList(models)) }],
  ]);
  return (name) => {
    if (/^struggling(\?|$)/.test(name)) return strugglingTopic(name);
    const [, flowKey] = /^flow-key:(.+)$/.exec(name) ?? [];
    if (flowKey !== undefined)
      return { everyMs: flowKeyEveryMs, read: () => flowKeyDetail(models, health, flowKey) };
    const [, kind, workflowId = '', runId] =
      /^(run|swarm|tiles|pipeline|bulk):(.+?)(?:\?run=([^?]+))?$/.exec(name) ?? [];
    switch (kind) {
      case 'run':
        return runTopic(workflowId, runId);
      case 'swarm':
        return swarmTopic(workflowId, runId);
      case 'tiles':
        return tilesTopic(workflowId, runId);
      case 'bulk':
        return bulkTopic(workflowId);
      case 'pipeline':
        return pipelineTopic(workflowId, runId);
      case undefined:
      default:
        return fixed.get(name);
    }
  };

  function swarmTopic(workflowId: string, runId: string | undefined): Topic {
    let isClosed = false;
    return unhurried(
      async () => {
        const detail = await health.during(models.swarms.read(workflowId, runId));
        if (!detail) throw unknownSwarm();
        isClosed = detail.run.closedAt !== null;
        return detail;
      },
      () => (isClosed ? closedRunEveryMs : openRunEveryMs),
    );
  }

  function tilesTopic(workflowId: string, runId: string | undefined): Topic {
    return unhurried(async () => {
      const swarm = await health.during(models.swarmRows.find(workflowId, runId));
      if (!swarm) throw unknownSwarm();
      return health.during(models.swarmRows.tiles(swarm, wholeSwarm));
    });
  }

  function strugglingTopic(name: string): Topic {
    const given = Object.fromEntries(new URLSearchParams(name.split('?')[1] ?? ''));
    const query = parsed(StrugglingQuery, given);
    return unhurried(
      () => health.during(models.struggling.read(query)),
      () => strugglingEveryMs,
    );
  }

  /** Its steps are asked of the run, by a worker: less often than its row is read. */
  function pipelineTopic(workflowId: string, runId: string | undefined): Topic {
    let isClosed = false;
    return unhurried(
      async () => {
        const detail = found(await health.during(models.pipelines.read(workflowId, runId)));
        isClosed = detail.phase === 'closed';
        return detail;
      },
      () => (isClosed ? closedRunEveryMs : openRunEveryMs),
    );
  }

  function bulkTopic(id: string): Topic {
    let isClosed = false;
    return unhurried(
      async () => {
        const view = found(await health.during(models.bulk.read(id, {})));
        isClosed = view.counts.open === 0;
        return view;
      },
      () => (isClosed ? closedRunEveryMs : openRunEveryMs),
    );
  }

  /** A run that has ended changes only when it is started again. */
  function runTopic(workflowId: string, runId: string | undefined): Topic {
    let pauseMs = openRunEveryMs;
    return {
      get everyMs() {
        return pauseMs;
      },
      async read() {
        const detail = found(await health.during(models.details.read(workflowId, runId)));
        pauseMs = detail.run.closedAt === null ? openRunEveryMs : closedRunEveryMs;
        return detail;
      },
    };
  }
}

/** A topic whose reading takes at most a fifth of the time, however many tasks there are. */
function unhurried(read: () => Promise<unknown>, atLeastMs = () => openRunEveryMs): Topic {
  let everyMs = openRunEveryMs;
  return {
    get everyMs() {
      return everyMs;
    },
    async read() {
      const began = performance.now();
      try {
        return await read();
      } finally {
        everyMs = Math.max(atLeastMs(), (performance.now() - began) * 4);
      }
    },
  };
}

const newest = RunQuery.parse({});
const wholeSwarm = TilesQuery.parse({});
