/**
 * Process: asks a database all the time, on connections that are lost again and again in the middle of
 * questions and transactions. Prints how many were answered and lost, and which never heard anything.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { openDatabase } from '../../src/platform/database.ts';
import { Cable } from './cable.ts';
import { anyPort } from './servers.ts';

const losses = 20;
const patienceMs = 8_000;
const url = new URL(process.argv[2] ?? '');
const cable = new Cable(await anyPort(), { host: url.hostname, port: Number(url.port) });
await cable.mend();
url.port = String(cable.port);
const { sql } = openDatabase(url.href);
const waiting = new Map<string, string>();
let answered = 0;
let lost = 0;
let isOver = false;

async function keepAsking(name: string, question: (say: (at: string) => void) => Promise<unknown>) {
  while (!isOver) {
    waiting.set(name, 'asked');
    try {
      await question((at) => waiting.set(name, at));
      answered += 1;
    } catch {
      lost += 1;
    }
    await delay(1);
  }
  waiting.delete(name);
}

const asking = Array.from({ length: 10 }, (_, n) =>
  n < 5
    ? keepAsking(`question ${n}`, () => sql`select 1`)
    : keepAsking(`transaction ${n}`, (say) =>
        sql.begin(async (transaction) => {
          say('begun');
          await transaction`select 1`;
          say('half done');
          await transaction`select pg_sleep(0.005)`;
        }),
      ),
);
for (let time = 0; time < losses; time += 1) {
  const before = answered;
  const giveUpAt = Date.now() + patienceMs;
  while (answered < before + 20 && Date.now() < giveUpAt) await delay(5);
  cable.drop();
}
isOver = true;
await Promise.race([Promise.all(asking), delay(patienceMs)]);
const all = Promise.all(Array.from({ length: 10 }, () => sql`select pg_sleep(0.05)`));
const isWhole = await Promise.race([all.then(() => true), delay(patienceMs, false)]);
console.log(JSON.stringify({ answered, lost, waiting: Object.fromEntries(waiting), isWhole }));
process.exit();
