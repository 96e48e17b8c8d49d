import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';

type Decode = (body: Buffer, options: { maxOutputLength: number }) => Buffer;
const DECODERS: Readonly<Record<string, readonly Decode[]>> = {
  gzip: [gunzipSync],
  'x-gzip': [gunzipSync],
  // Half of those who say deflate leave the wrapper away.
  deflate: [inflateSync, inflateRawSync],
  br: [brotliDecompressSync],
  identity: [(body) => body],
};

/** A body without its Content-Encoding, several of which are undone from the last to the first. null: it is not in that encoding, or nobody knows it. */
export function decodeBody(body: Buffer, contentEncoding: string, maxBytes: number): Buffer | 'too_large' | null {
  let decoded = body;
  for (const name of contentEncoding.toLowerCase().split(',').toReversed()) {
    const next = decodeOnce(decoded, DECODERS[name.trim()] ?? [], maxBytes);
    if (next === null || next === 'too_large') return next;
    decoded = next;
  }
  return decoded;
}

function decodeOnce(body: Buffer, decoders: readonly Decode[], maxOutputLength: number): Buffer | 'too_large' | null {
  for (const decode of decoders) {
    try {
      return decode(body, { maxOutputLength });
    } catch (error) {
      if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') return 'too_large';
    }
  }
  return null;
}
