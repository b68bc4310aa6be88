import { closeSync, openSync, writeSync } from 'node:fs';
import { crc32, deflateRawSync } from 'node:zlib';

const relations = (rows: readonly string[]): string =>
  `<Relationships xmlns="x">${rows.join('')}</Relationships>`;
const relation = (id: string, kind: string, target: string): string =>
  `<Relationship Id="${id}" Type="http://x/relationships/${kind}" Target="${target}"/>`;

/** How a row's texts are made; the first row is the header. */
type CellsOf = (row: number) => readonly string[];

/**
 * Writes a workbook as Excel does: every text once in a table, which cells name by number. The sheet
 * stands before the table, as some programs have it.
 */
export function writeBigWorkbook(path: string, rows: number, cellsOf: CellsOf): void {
  const file = openSync(path, 'w');
  const directory: Buffer[] = [];
  let at = 0;

  /** A part in the way of files that are longer than anybody knew when they began. */
  function part(name: string, pieces: Iterable<string>): void {
    const packed: Buffer[] = [];
    let [bytes, crc] = [0, 0];
    for (const piece of pieces) {
      const raw = Buffer.from(piece);
      bytes += raw.length;
      crc = crc32(raw, crc);
      // each piece is an open block of its own, so that they may stand behind each other
      packed.push(deflateRawSync(raw, { finishFlush: 2 }));
    }
    packed.push(Buffer.from([3, 0]));
    const body = Buffer.concat(packed);
    const head = Buffer.alloc(26);
    head.writeUInt16LE(20, 0);
    head.writeUInt16LE(8, 4);
    head.writeUInt32LE(crc, 10);
    head.writeUInt32LE(body.length, 14);
    head.writeUInt32LE(bytes, 18);
    head.writeUInt16LE(name.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    directory.push(
      Buffer.from([0x50, 0x4b, 1, 2, 20, 0]),
      ...[head, place.subarray(0, 14), Buffer.from(name)],
    );
    at += writeSync(
      file,
      Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), head, Buffer.from(name), body]),
    );
  }

  part('_rels/.rels', [relations([relation('a', 'officeDocument', 'xl/workbook.xml')])]);
  part('xl/workbook.xml', [
    '<workbook xmlns:r="x"><sheets><sheet name="Leads" sheetId="1" r:id="s"/></sheets></workbook>',
  ]);
  part('xl/_rels/workbook.xml.rels', [
    relations([
      relation('s', 'worksheet', 'worksheets/sheet1.xml'),
      relation('t', 'sharedStrings', '/xl/sharedStrings.xml'),
    ]),
  ]);
  part('xl/worksheets/sheet1.xml', sheetOf(rows, cellsOf));
  part('xl/sharedStrings.xml', textsOf(rows, cellsOf));
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x0605_4b50, 0);
  end.writeUInt16LE(5, 8);
  end.writeUInt16LE(5, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(at, 16);
  writeSync(file, Buffer.concat([central, end]));
  closeSync(file);
}

const rowsAPiece = 1_000;

function* sheetOf(rows: number, cellsOf: CellsOf): Generator<string> {
  yield '<worksheet><sheetData>';
  const width = cellsOf(0).length;
  for (let from = 0; from < rows; from += rowsAPiece) {
    let text = '';
    for (let row = from; row < Math.min(rows, from + rowsAPiece); row += 1) {
      const cells = Array.from({ length: width }, (_, column) => {
        const place = `${String.fromCharCode(65 + column)}${row + 1}`;
        return `<c r="${place}" t="s"><v>${row * width + column}</v></c>`;
      });
      text += `<row r="${row + 1}">${cells.join('')}</row>`;
    }
    yield text;
  }
  yield '</sheetData></worksheet>';
}

function* textsOf(rows: number, cellsOf: CellsOf): Generator<string> {
  yield '<sst>';
  for (let from = 0; from < rows; from += rowsAPiece) {
    const some = Array.from({ length: Math.min(rowsAPiece, rows - from) }, (_, at) =>
      cellsOf(from + at),
    );
    yield some.flatMap((cells) => cells.map((text) => `<si><t>${text}</t></si>`)).join('');
  }
  yield '</sst>';
}
