import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mendedLine, requestStart } from './request-line.js';
import { runs } from '../../test/support/runs.js';

const mend = (line: string | Buffer): string | null => mendedLine(Buffer.from(line))?.toString('latin1') ?? null;

describe('a request line', () => {
  it.each([
    ['GET /postback?cid=C&status=ü HTTP/1.1\r\n', 'GET /postback?cid=C&status=%C3%BC HTTP/1.1\r\n'],
    ['GET /postback?cid=C&status=on hold HTTP/1.1\r\n', 'GET /postback?cid=C&status=on%20hold HTTP/1.1\r\n'],
    ['GET /postback?cid=C&status=a\tb\x01 HTTP/1.0\r\n', 'GET /postback?cid=C&status=a%09b HTTP/1.0\r\n'.replace('b ', 'b%01 ')],
    ['GET /postback?cid=C&status=\0 HTTP/1.1\n', 'GET /postback?cid=C&status=%00 HTTP/1.1\r\n'],
    [
      'GET http://t.example/postback?cid=C&status=on hold HTTP/1.1\r\n',
      'GET http://t.example/postback?cid=C&status=on%20hold HTTP/1.1\r\n',
    ],
    ['POST   /postback?cid=C  HTTP/1.1 \r\n', 'POST /postback?cid=C HTTP/1.1\r\n'],
    ['GET /c/k?keyword=red shoes HTTP/1.1 HTTP/1.1\r\n', 'GET /c/k?keyword=red%20shoes%20HTTP/1.1 HTTP/1.1\r\n'],
  ])('%j is mended', (line, mended) => expect(mend(line)).toBe(mended));

  it.each([
    'GET /postback?cid=C HTTP/1.1\r\n',
    'GET /postback?cid=ü\r\n',
    'GET HTTP/1.1\r\n',
    'GET  HTTP/1.1\r\n',
    'GET ü HTTP/1.1\r\n',
    'get /postback?ü HTTP/1.1\r\n',
    'GET /postback?ü HTTP/2\r\n',
    'Referer: /ü HTTP/1.1\r\n',
    'ü',
    '',
    '\r\n',
  ])('%j is not', (line) => expect(mend(line)).toBeNull());

  it('keeps every byte, and is mended once', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        fc.pre(!bytes.includes(10));
        const line = Buffer.concat([Buffer.from('GET /postback?x='), bytes, Buffer.from('x HTTP/1.1\r\n')]);
        const mended = mendedLine(line) ?? line;
        const target = mended.toString('latin1').split(' ')[1] ?? '';
        const decoded = Buffer.from(
          target.replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
          'latin1',
        );
        // A sequence such as %41 in the bytes is left for the parser of the query.
        if (!bytes.includes(0x25)) expect(decoded.equals(Buffer.concat([Buffer.from('/postback?x='), bytes, Buffer.from('x')]))).toBe(true);
        expect(mendedLine(mended)).toBeNull();
      }),
      { numRuns: runs(1_000) },
    );
  });

  it('takes no time with a line of spaces', () => {
    const start = performance.now();
    mend(`GET /${' '.repeat(60_000)}x${'\t '.repeat(30_000)}HTTP/1.1\r\n`);
    expect(performance.now() - start).toBeLessThan(200);
  });
});

describe('where a request begins', () => {
  it.each([
    ['GET /a?ü HTTP/1.1\r\n\r\n', 0],
    ['GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b?ü HTTP/1.1\r\n\r\n', 28],
    ['POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\na=bGET /b?ü HTTP/1.1\r\n\r\n', 42],
  ])('%j: at %i', (text, start) => {
    const packet = Buffer.from(text);
    expect(requestStart(packet, packet.indexOf(0xc3))).toBe(start);
  });
  it('is nowhere in a header', () => {
    const packet = Buffer.from('GET /a HTTP/1.1\r\nReferer: \x01\r\n\r\n');
    expect(requestStart(packet, packet.indexOf(1))).toBeNull();
    expect(requestStart(Buffer.from('ü'), 0)).toBeNull();
  });
});
