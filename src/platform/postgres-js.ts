/**
 * postgres.js, mended as it is loaded. Version 3.4.9 holds back small pieces, such as the end of a
 * COPY, until the server has taken note of the one before, which it does within 40 ms (Nagle's
 * algorithm and delayed acknowledgements, RFC 896 and 1122). When a connection is lost, it
 * - writes to the socket that is gone, from a timer where nobody can catch it: the `rollback` of a
 *   transaction ends the whole process (porsager/postgres#1154, #1208); so does the question about
 *   types that it asks as it connects;
 * - keeps what was to be written and what was asked last: the connection never gets through again, and
 *   who asked is never told;
 * - lets a transaction that is over go on, on whatever connection has taken the place of its own.
 *
 * While all connections are busy it sends questions on behind a COPY, which the server takes for rows and
 * refuses (`unexpected message type 0x50 during COPY from stdin`). And what goes wrong once the last row
 * was sent (a refusal, a double, a lost connection) it tells nobody: the stream ends well as soon as
 * something else has gone well on that connection.
 *
 * Everything that speaks to Postgres takes the library from here.
 */
import { createRequire, registerHooks } from 'node:module';
import type Library from 'postgres';

/** What stands in the library's files, and what should. */
const changes: Readonly<Record<string, readonly (readonly [before: string, after: string])[]>> = {
  '/node_modules/postgres/cjs/src/connection.js': [
    [': new net.Socket()\n', ': new net.Socket().setNoDelay()\n'],
    [
      "    if (terminated)\n      return queryError(q, Errors.connection('CONNECTION_DESTROYED', options))\n",
      "    if (terminated || !socket)\n      return queryError(q, Errors.connection(socket ? 'CONNECTION_DESTROYED' : 'CONNECTION_CLOSED', options)), true\n",
    ],
    ['        && !q.cursorFn\n', '        && !q.cursorFn\n        && !q.streaming\n'],
    [
      '    stream && (stream.destroy(err), stream = null)\n    query && queryError(query, err)\n',
      '    final && (final(err), final = null)\n    stream && (stream.destroy(err), stream = null)\n    query && queryError(query, err)\n',
    ],
    ['return fetchArrayTypes()\n', 'return fetchArrayTypes().catch(() => undefined)\n'],
    [
      '    clearImmediate(nextWriteTimer)\n    if (socket) {\n',
      '    clearImmediate(nextWriteTimer)\n    chunk = nextWriteTimer = null\n    if (socket) {\n',
    ],
    [
      "    clearImmediate(nextWriteTimer)\n    socket.removeListener('data', data)\n",
      "    clearImmediate(nextWriteTimer)\n    chunk = nextWriteTimer = null\n    socket.removeListener('data', data)\n",
    ],
    [
      '    socket = null\n\n    if (initial)\n',
      `    socket = null

    const lost = Errors.connection('CONNECTION_CLOSED', options, socket)
    final && (final(lost), final = null)
    stream && (stream.destroy(lost), stream = null)
    query && queryError(query, lost)
    while (sent.length) queryError(sent.shift(), lost)
    query = results = errorResponse = null
    result = new Result()

    if (initial)
`,
    ],
  ],
  '/node_modules/postgres/cjs/src/index.js': [
    [
      'new Promise((_, reject) => connection.onclose = reject)\n',
      `new Promise((_, reject) => connection.onclose = e => {
          lost = e
          while (queries.length) queries.shift().reject(e)
          reject(e)
        })\n`,
    ],
    [
      '    let savepoints = 0\n      , connection\n',
      '    let savepoints = 0\n      , lost\n      , connection\n',
    ],
    [
      '        q.catch(e => uncaughtError || (uncaughtError = e))\n        c.queue === full\n',
      '        q.catch(e => uncaughtError || (uncaughtError = e))\n        lost ? q.reject(lost) : c.queue === full\n',
    ],
  ],
};

/** @throws when a file is not the one this was written for. */
function mended(file: string, source: string): string {
  return (changes[file] ?? []).reduce((text, [before, after]) => {
    if (text.split(before).length === 2) return text.replace(before, () => after);
    throw new Error(
      `${file} has no place, or several, that reads ${JSON.stringify(before)}: does this version of ` +
        'postgres still need what src/platform/postgres-js.ts mends?',
    );
  }, source);
}

const hooks = registerHooks({
  load(url, context, next) {
    const found = next(url, context);
    const file = Object.keys(changes).find((each) => url.endsWith(each));
    if (file === undefined || found.source === undefined) return found;
    const { source } = found;
    const text = typeof source === 'string' ? source : new TextDecoder().decode(source);
    return { ...found, source: mended(file, text) };
  },
});

/** Only what is loaded from now on is mended, so it can't be imported above. */
const loaded: unknown = createRequire(import.meta.url)('postgres');
hooks.deregister();

const isLibrary = (value: unknown): value is typeof Library => typeof value === 'function';
if (!isLibrary(loaded)) throw new Error('the package postgres is not a function any more');

/** The library. */
export const postgres = loaded;
