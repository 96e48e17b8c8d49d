/** Request lines that HTTP does not allow and old scripts send: raw UTF-8 or CP1251, spaces, tabs, control bytes. */

const NEWLINE = 10;
const METHOD = /^[A-Z]{3,7} /;
const ANY_METHOD = /(?:GET|POST|HEAD) +(?:https?:\/)?\//i;
const VERSION = /^HTTP\/1\.[01]$/;
/** A path, or the whole address, as senders behind a proxy write it. */
const TARGET = /^(?:https?:\/)?\//i;
const SPACES = /^[ \t]+/;
const NOT_ALLOWED = /[^\x21-\x7e]/g;

/** Where the request begins that the parser could not read at `failedAt`; null when no request line of ours stands there. */
export function requestStart(packet: Buffer, failedAt: number): number | null {
  const line = failedAt === 0 ? 0 : packet.lastIndexOf(NEWLINE, failedAt - 1) + 1;
  const text = packet.toString('latin1', line, Math.min(packet.length, failedAt + 1));
  if (METHOD.test(text)) return line;
  // Right behind a body, which ends in no line break.
  const at = text.search(ANY_METHOD);
  return at === -1 ? null : line + at;
}

/** The line with the target percent-encoded, as it should have been sent; null when there is nothing that could be mended so. */
export function mendedLine(line: Buffer): Buffer | null {
  const text = line.toString('latin1').trimEnd();
  const method = text.indexOf(' ');
  const version = Math.max(text.lastIndexOf(' '), text.lastIndexOf('\t')) + 1;
  if (!METHOD.test(text) || version <= method || !VERSION.test(text.slice(version))) return null;
  const target = text
    .slice(method, version)
    .replace(SPACES, '')
    .trimEnd()
    .replace(NOT_ALLOWED, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
  const mended = `${text.slice(0, method)} ${target} ${text.slice(version)}\r\n`;
  return TARGET.test(target) && Buffer.from(mended, 'latin1').compare(line) !== 0 ? Buffer.from(mended, 'latin1') : null;
}
