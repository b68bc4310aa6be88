import { createHash } from 'node:crypto';
import { closeSync, constants, createReadStream, fdatasync, openSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { isIP } from 'node:net';
import type { Account } from '../../platform/config.ts';
import { diskTrouble, writingTo } from '../../platform/disk.ts';
import type { Arriving, Media } from '../../platform/media.ts';
import type { Door } from '../door.ts';
import { klapFlow } from './client.ts';

/** How one try to bring a file here ended. */
type Downloaded =
  | { readonly kind: 'whole'; readonly bytes: number; readonly sha256: string }
  /** It broke off, or only the time for one try was over; the next one goes on from there. */
  | {
      readonly kind: 'part';
      readonly arrived: number;
      readonly total: number | null;
      readonly why: string;
      readonly isOnlyLate: boolean;
    }
  /** What came is not the file: another try begins anew. */
  | { readonly kind: 'wrong'; readonly why: string }
  /** There is no such file, or no longer. */
  | { readonly kind: 'lost'; readonly why: string };

/** Brings a file of the vendor's below the folder of media. */
export type Download = (account: Account, url: string, place: string) => Promise<Downloaded>;

interface DownloadDeps {
  readonly door: Pick<Door, 'inTurn'>;
  readonly media: Media;
  /** How long one try may take; what has arrived by then stays. */
  readonly timeoutMs: number;
}

const mostBytes = 2 * 1_024 ** 3;
const gone = [401, 403, 404, 410];
const Length = /^bytes (?:(\d+)-\d+|\*)\/(\d+)$/;

/**
 * Downloads in a turn of the vendor's, to a part that becomes the file in one step when length, type
 * and checksum are right. A part belongs to one version of the file, and each byte has its place in
 * it: so two that bring the same file do not harm each other.
 */
export function createDownload({ door, media, timeoutMs }: DownloadDeps): Download {
  return (account, url, place) => {
    const why = objectionTo(url, account);
    if (why !== null) return Promise.resolve({ kind: 'lost', why });
    return door.inTurn(klapFlow(account, 'read'), (stopped) =>
      writingTo(media.folder, 'MEDIA_DIR', () =>
        fetchFile(
          url,
          media.arriving(place),
          AbortSignal.any([stopped, AbortSignal.timeout(timeoutMs)]),
        ),
      ),
    );
  };
}

/** Why nothing is fetched from this address, as a sentence: it came from outside. */
function objectionTo(url: string, { baseUrl }: Account): string | null {
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (address?.origin === new URL(baseUrl).origin) return null;
  const isPublic =
    address?.protocol === 'https:' &&
    isIP(address.hostname) === 0 &&
    /^[^[]+\.[a-z][a-z0-9-]+$/.test(address.hostname) &&
    !/\.(localhost|local|internal)$/.test(address.hostname);
  return isPublic
    ? null
    : `Klap names “${url.slice(0, 200)}” as a file: expected a public address that begins with https://`;
}

async function fetchFile(
  url: string,
  arriving: Arriving,
  signal: AbortSignal,
): Promise<Downloaded> {
  const { part } = arriving;
  const asked = part !== null && part.bytes > 0 ? part : null;
  let response: Response;
  try {
    response = await fetch(url, {
      signal,
      headers: {
        accept: 'video/mp4,video/*',
        'accept-encoding': 'identity', // a length is of the bytes as they come
        ...(asked ? { range: `bytes=${asked.bytes}-` } : {}),
      },
    });
  } catch (error) {
    return broken(asked?.bytes ?? 0, null, wordsOf(error));
  }
  const said = readHead(response);
  const isRest = said.from === asked?.bytes && said.version === asked.version;
  if (asked && (response.status === 416 || (response.status === 206 && !isRest))) {
    await response.body?.cancel();
    arriving.drop(); // it is another version by now, or nobody knows which
    return fetchFile(url, { ...arriving, part: null }, signal);
  }
  if (!response.ok) {
    await response.body?.cancel();
    const why = `The file cannot be had: ${new URL(url).host} answered ${response.status}`;
    return gone.includes(response.status)
      ? { kind: 'lost', why }
      : broken(asked?.bytes ?? 0, said.total, why);
  }
  const isVideo = said.type.startsWith('video/') || said.type === 'application/octet-stream';
  if (!isVideo || (said.total ?? 0) > mostBytes) {
    await response.body?.cancel();
    const why = isVideo
      ? `The file is ${said.total} bytes long: expected at most ${mostBytes}`
      : `The file is of the type “${said.type}”: expected a video`;
    return { kind: 'wrong', why };
  }
  return store(response, said, arriving, signal);
}

const broken = (
  arrived: number,
  total: number | null,
  why: string,
  isOnlyLate = false,
): Downloaded => ({ kind: 'part', arrived, total, why, isOnlyLate });

/** What the head of an answer tells of the file. */
function readHead({ headers, status }: Response) {
  const [, from, total] = Length.exec(headers.get('content-range') ?? '') ?? [];
  const length = headers.get('content-length');
  const [, md5 = null] = /md5=([\w+/]+={0,2})/.exec(headers.get('x-goog-hash') ?? '') ?? [];
  const etag = headers.get('etag');
  return {
    from: status === 206 ? Number(from ?? 0) : 0,
    total:
      total !== undefined
        ? Number(total)
        : status === 200 && length !== null
          ? Number(length)
          : null,
    type: (headers.get('content-type') ?? '').toLowerCase(),
    md5,
    /** Names the version in the name of the part; without one, nothing can be gone on with. */
    version:
      etag === null
        ? crypto.randomUUID()
        : createHash('sha256').update(etag).digest('hex').slice(0, 16),
  };
}
type Head = ReturnType<typeof readHead>;

async function store(
  response: Response,
  said: Head,
  arriving: Arriving,
  signal: AbortSignal,
): Promise<Downloaded> {
  const path = arriving.pathOf(said.version);
  // Written without a wait: what a stream still holds when its connection breaks is lost.
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT);
  let at = said.from;
  let why: string | null = null;
  try {
    const body: AsyncIterable<Uint8Array> | null = response.body;
    for await (const chunk of body ?? []) {
      if (at + chunk.length > mostBytes) return { kind: 'wrong', why: 'The file does not end' };
      writeSync(file, chunk, 0, chunk.length, at);
      at += chunk.length;
    }
    await promisify(fdatasync)(file);
  } catch (error) {
    if (diskTrouble(error, path, 'MEDIA_DIR') !== undefined) throw error; // no other try helps
    why = wordsOf(error);
  } finally {
    closeSync(file);
  }
  if (why !== null || (said.total !== null && at < said.total)) {
    const hasMoved = at > said.from;
    return broken(at, said.total, why ?? 'the connection ended', signal.aborted && hasMoved);
  }
  return complete(path, arriving, { ...said, total: said.total ?? at });
}

/** Looks whether what has arrived is the file, and puts it in its place. */
async function complete(
  path: string,
  arriving: Arriving,
  { total, md5 }: { readonly total: number; readonly md5: string | null },
): Promise<Downloaded> {
  const sums = [createHash('sha256'), createHash('md5')];
  let bytes = 0;
  let head = Buffer.alloc(0);
  const chunks: AsyncIterable<Buffer> = createReadStream(path);
  for await (const chunk of chunks) {
    if (head.length < 12) head = Buffer.concat([head, chunk.subarray(0, 12)]);
    bytes += chunk.length;
    sums.forEach((sum) => sum.update(chunk));
  }
  const [sha256 = '', found = ''] = [sums[0]?.digest('hex'), sums[1]?.digest('base64')];
  const isMp4 = head.subarray(4, 8).toString('latin1') === 'ftyp';
  const why =
    bytes !== total
      ? `The file is ${bytes} bytes long: expected ${total}`
      : !isMp4
        ? 'The file does not begin as an MP4 does'
        : md5 !== null && md5 !== found
          ? `The file has the checksum ${found}: expected ${md5}`
          : null;
  if (why === null) {
    arriving.finish(path);
    return { kind: 'whole', bytes, sha256 };
  }
  arriving.drop();
  return { kind: 'wrong', why };
}

function wordsOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
