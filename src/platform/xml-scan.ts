import { decodeXML } from 'entities';

/** What is told of an XML text, in its order. */
export interface XmlListener {
  /** @param name without its prefix; @param tag the whole tag, for `attributeOf`. */
  open?(name: string, tag: string): void;
  text?(text: string): void;
  close?(name: string): void;
}

const longestPiece = 1_048_576;

/**
 * Reads XML as it comes. It holds one tag, or the text up to the next one. What spreadsheets do not
 * need is not known here: no entities of one's own, no other encodings than UTF-8.
 */
export function createXmlScanner(listener: XmlListener): { feed(bytes: Buffer): void } {
  const decoder = new TextDecoder();
  let rest = '';

  /** @returns where it goes on, or -1 when the piece that begins here is not whole yet. */
  function piece(text: string, from: number): number {
    if (text[from] !== '<') {
      const end = text.indexOf('<', from);
      if (end > 0) listener.text?.(decoded(text.slice(from, end)));
      return end;
    }
    if (text.startsWith('<!--', from)) return behind(text, '-->', from);
    if (text.startsWith('<?', from)) return behind(text, '?>', from);
    if (text.startsWith('<![CDATA[', from)) {
      const end = behind(text, ']]>', from);
      if (end > 0) listener.text?.(text.slice(from + 9, end - 3));
      return end;
    }
    const end = endOfTag(text, from);
    if (end < 0) return -1;
    const tag = text.slice(from, end);
    if (tag.startsWith('<!') && tag.length > 2) throw new Error('it declares a document type');
    if (tag.startsWith('</')) {
      listener.close?.(localName(tag, 2));
      return end;
    }
    const name = localName(tag, 1);
    listener.open?.(name, tag);
    if (tag.endsWith('/>')) listener.close?.(name);
    return end;
  }

  return {
    feed(bytes) {
      const text = rest + decoder.decode(bytes, { stream: true });
      let at = 0;
      while (at < text.length) {
        const next = piece(text, at);
        if (next < 0) break;
        at = next;
      }
      rest = text.slice(at);
      if (rest.length > longestPiece) throw new Error('a text in it is longer than a megabyte');
    },
  };
}

/** Reads a whole part. */
export async function scanXml(bytes: AsyncIterable<Buffer>, listener: XmlListener): Promise<void> {
  const scanner = createXmlScanner(listener);
  for await (const some of bytes) scanner.feed(some);
}

/** The value of an attribute of a tag; names with a prefix are named with it. */
export function attributeOf(tag: string, name: string): string | undefined {
  for (let at = tag.indexOf(name); at > 0; at = tag.indexOf(name, at + 1)) {
    const found = /^\s*=\s*(?:"([^"]*)"|'([^']*)')/.exec(tag.slice(at + name.length));
    if (found && /\s/.test(tag[at - 1] ?? '')) return decoded(found[1] ?? found[2] ?? '');
  }
  return undefined;
}

const decoded = (text: string): string => (text.includes('&') ? decodeXML(text) : text);

function behind(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at < 0 ? -1 : at + mark.length;
}

/** Behind the `>` that is in no quotes. */
function endOfTag(text: string, from: number): number {
  let quote = '';
  for (let at = from; at < text.length; at += 1) {
    const letter = text[at] ?? '';
    if (quote !== '') quote = letter === quote ? '' : quote;
    else if (letter === '"' || letter === "'") quote = letter;
    else if (letter === '>') return at + 1;
  }
  return -1;
}

function localName(tag: string, from: number): string {
  const [name = ''] = /^[^\s/>]*/.exec(tag.slice(from)) ?? [];
  return name.slice(name.indexOf(':') + 1);
}
