import { bullmqFlow } from './bullmq.ts';
import { dbosParallelSteps, dbosQueuedChildren } from './dbos.ts';
import { graphileWorker } from './graphile.ts';
import { pgBoss } from './pg-boss.ts';
import { startBenchPostgres } from './postgres.ts';

const [only = '', sizes = '1000,10000', lengths = '0,10'] = process.argv.slice(2);
const pg = await startBenchPostgres();
try {
  for (const contender of [
    bullmqFlow('everysec'), bullmqFlow('always'), pgBoss(pg.url), graphileWorker(pg.url), dbosParallelSteps(pg.url), dbosQueuedChildren(pg.url),
  ].filter(({ name }) => name.toLowerCase().includes(only))) {
    const t = performance.now();
    await contender.start();
    console.log(contender.name, 'started in', Math.round(performance.now() - t));
    for (const n of sizes.split(',').map(Number)) for (const ms of lengths.split(',').map(Number)) {
      const { seconds } = await contender.run(n, ms);
      console.log(contender.name, n, ms, seconds.toFixed(2), 's', Math.round(n / seconds), '/s');
    }
    await contender.stop();
  }
} finally { await pg.stop(); }
