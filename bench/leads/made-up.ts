import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** How many lines say again what another one said, in another way. */
export const repeatEvery = 10;

/** How many businesses there are among so many lines. */
export const businessesIn = (lines: number): number => lines - Math.floor(lines / repeatEvery);

/** Writes a file of leads as scrapes leave them: encoded, joined, in any case, one in ten twice. */
export async function writeLeads(path: string, lines: number): Promise<void> {
  await pipeline(Readable.from(texts(lines)), createWriteStream(path));
}

function* texts(lines: number): Generator<string> {
  yield 'Business Name,Address,Website,Phone,Rating,Emails,LinkedIn,Facebook\n';
  let text = '';
  let business = 0;
  for (let line = 1; line <= lines; line += 1) {
    const isRepeat = line % repeatEvery === 0;
    if (!isRepeat) business += 1;
    text += isRepeat ? again(business) : first(business);
    if (line % 500 !== 0 && line !== lines) continue;
    yield text;
    text = '';
  }
}

const first = (n: number): string =>
  [
    `"Business ${n}, Ltd"`,
    `"${n} Main St, Springfield, IL ${10_000 + (n % 90_000)}, USA"`,
    `https://www.business-${n}.com/?utm_source=maps`,
    `(212) 736-${String(1_000 + (n % 9_000))}`,
    '"4,5"',
    `"INFO@business-${n}.com, mailto:sales@business-${n}.com;logo@2x.png"`,
    `linkedin.com/company/Business-${n}/`,
    `https://m.facebook.com/Business${n}?ref=x`,
  ].join(',') + '\n';

const again = (n: number): string =>
  `Business ${n},,http://business-${n}.com/contact,,,office&#64;business-${n}.com,,\n`;
