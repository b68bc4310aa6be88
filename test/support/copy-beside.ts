/**
 * Process: copies into a database beside questions that have to share its connection, with an error
 * that comes after the last row, and with a connection that is lost there. Prints what each was told.
 */
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { postgres } from '../../src/platform/postgres-js.ts';

const url = process.argv[2] ?? '';
const pool = () => postgres(url, { max: 1, onnotice: () => undefined });
const numbers = async function* (count: number): AsyncGenerator<string> {
  for (let n = 0; n < count; n += 1) yield await Promise.resolve(`${n}\n`);
};
const told = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'went well',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

const admin = pool();
await admin`create table plain (n int)`;
await admin`create table single (n int unique deferrable initially deferred)`;
await admin`create table slow (n int)`;
await admin`create function sleep() returns trigger language plpgsql as
  'begin perform pg_sleep(30); return null; end'`;
await admin`create trigger sleep after insert on slow for each statement execute function sleep()`;

const copy = async (sql: ReturnType<typeof pool>, table: string, rows: AsyncIterable<string>) =>
  pipeline(rows, await sql.unsafe(`copy ${table} (n) from stdin with (format csv)`).writable());

// questions come before, with and while a COPY has the only connection
const shared = pool();
await shared`select 1`;
const beside: Promise<string>[] = [];
const ask = () => beside.push(told(shared`select ${1}::int + 1`));
ask();
const crowded = told(copy(shared, 'plain', numbers(2_000)));
for (let n = 0; n < 20; n += 1) ask();
for (let n = 0; n < 20; n += 1) {
  await delay(1);
  ask();
}
const crowd = await crowded;
const questions = [...new Set(await Promise.all(beside))];
const [{ count } = { count: -1 }] = await admin<{ count: number }[]>`
  select count(*)::int from plain`;

// the server finds the double only as the statement ends
const twice = async function* () {
  yield* numbers(3);
  yield* numbers(3);
};
const double = await Promise.race([told(copy(shared, 'single', twice())), delay(5_000, 'nothing')]);

// all rows are sent, and the server goes away before it has said what became of them
const lonely = pool();
const [{ pid } = { pid: 0 }] = await lonely<{ pid: number }[]>`select pg_backend_pid() as pid`;
const ending = told(copy(lonely, 'slow', numbers(3)));
await delay(500);
await admin`select pg_terminate_backend(${pid})`;
const after = await told(lonely`select 1`);
const lost = await Promise.race([ending, delay(5_000, 'nothing')]);
console.log(JSON.stringify({ crowd, questions, count, double, lost, after }));
process.exit();
