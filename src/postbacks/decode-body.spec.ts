import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { decodeBody } from './decode-body.js';

const BODY = Buffer.from('payout=7&status=hold');

describe('a compressed body', () => {
  it.each<[string, Buffer]>([
    ['gzip', gzipSync(BODY)],
    ['X-GZIP', gzipSync(BODY)],
    ['deflate', deflateSync(BODY)],
    ['deflate', deflateRawSync(BODY)],
    ['br', brotliCompressSync(BODY)],
    ['gzip, br', brotliCompressSync(gzipSync(BODY))],
    ['identity', BODY],
  ])('of %s is read', (encoding, body) => expect(decodeBody(body, encoding, 100)).toEqual(BODY));

  it.each<[string, Buffer]>([
    ['zstd', BODY],
    ['gzip', BODY],
    ['gzip', gzipSync(BODY).subarray(0, 15)],
    ['br', BODY],
    ['', BODY],
    ['gzip, br', gzipSync(BODY)],
  ])('of %s that is none is not', (encoding, body) => expect(decodeBody(body, encoding, 100)).toBeNull());

  it('is too large by what it holds', () => {
    const large = Buffer.alloc(65_536, 'a');
    expect(decodeBody(gzipSync(large), 'gzip', 65_536)).toEqual(large);
    for (const [encoding, pack] of [
      ['gzip', gzipSync],
      ['deflate', deflateSync],
      ['br', (bytes: Buffer) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
    ] as const)
      expect(decodeBody(pack(Buffer.alloc(65_537, 'a')), encoding, 65_536)).toBe('too_large');
  });
});
