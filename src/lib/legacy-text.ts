import { isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';

/** Bytes of senders that know nothing of UTF-8, read so that two words never become one. */

/** Of those that take several bytes for a letter, decoders leave out what they do not know. */
const ONE_BYTE_A_LETTER = /^(?:ibm866|iso-8859-|koi8-|macintosh|windows-|x-mac-cyrillic)/;
const LATIN_1 = /^(?:latin-?1|iso-?8859-1)$/i;
const decoders = new Map<string, TextDecoder>();

function decoderOf(label: string): TextDecoder {
  let decoder = decoders.get(label);
  if (decoder === undefined) {
    decoder = new TextDecoder(label, { fatal: true, ignoreBOM: true });
    decoders.set(label, decoder);
  }
  return decoder;
}

/** Whether it names an encoding of one byte a letter: windows-1251, koi8-r, latin1 and whatever else browsers know. */
export function isEncoding(label: string): boolean {
  try {
    return LATIN_1.test(label) || ONE_BYTE_A_LETTER.test(decoderOf(label).encoding);
  } catch {
    return false;
  }
}

/** Bytes as UTF-8 where they are, else by the encoding named, else as windows-1251 where most beyond ASCII are letters there, else as latin-1. */
export function readBytes(bytes: Buffer, encoding: string | null): string {
  return isUtf8(bytes) ? bytes.toString('utf8') : readLegacy(bytes, encoding);
}

/** Bytes that are no UTF-8. */
export function readLegacy(bytes: Buffer, encoding: string | null): string {
  if (encoding !== null) {
    if (LATIN_1.test(encoding)) return bytes.toString('latin1');
    try {
      return decoderOf(encoding).decode(bytes);
    } catch {
      // Not of that encoding either: what every byte means something in is left.
    }
  }
  let high = 0;
  let letters = 0;
  for (const byte of bytes) {
    if (byte >= 0x80) high++;
    if (byte >= 0xc0) letters++;
  }
  return letters * 2 > high ? decoderOf('windows-1251').decode(bytes) : bytes.toString('latin1');
}

// oxlint-disable-next-line no-control-regex
const HIGH = /[\x80-\xff]/;
const NOT_BYTES = /[^\0-\xff]/;
/** A header as Node hands it out, a character a byte, as the text that was meant. */
export function headerText(value: string): string {
  return HIGH.test(value) && !NOT_BYTES.test(value) ? readBytes(Buffer.from(value, 'latin1'), null) : value;
}

const ESCAPES = /(?:%[0-9a-f]{2})+/gi;
const HIGH_ESCAPE = /%[89a-f][0-9a-f]/i;
/** Percent-encoded text in which what is no UTF-8 is percent-encoded as UTF-8; the same text when there is none. */
export function inUtf8(encoded: string, encoding: string | null = null): string {
  if (!HIGH_ESCAPE.test(encoded)) return encoded;
  return encoded.replace(/[^&=?]+/g, (part) => {
    if (!HIGH_ESCAPE.test(part)) return part;
    const bytes = bytesOf(part.replaceAll('+', ' '));
    return isUtf8(bytes) ? part : encodeURIComponent(readLegacy(bytes, encoding).toWellFormed());
  });
}

/** The bytes that percent-encoded text stands for; a `%` that encodes nothing stands for itself. */
export function bytesOf(encoded: string): Buffer {
  const parts: Buffer[] = [];
  let from = 0;
  for (const match of encoded.matchAll(ESCAPES)) {
    if (match.index > from) parts.push(Buffer.from(encoded.slice(from, match.index)));
    parts.push(Buffer.from(match[0].replaceAll('%', ''), 'hex'));
    from = match.index + match[0].length;
  }
  parts.push(Buffer.from(encoded.slice(from)));
  return Buffer.concat(parts);
}
