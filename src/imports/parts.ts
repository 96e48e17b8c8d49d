/** A long file is previewed in parts, so that only one part is in memory. All lines of a click are in the same part. */
export const PART_BYTES = 4 * 1024 * 1024;

/** The part that a click's lines lie in. */
export function partOf(cid: string, parts: number): number {
  let hash = 0;
  for (let i = 0; i < cid.length; i++) hash = (Math.imul(hash, 31) + cid.charCodeAt(i)) >>> 0;
  return hash % parts;
}
