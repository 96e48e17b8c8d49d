import type { Conversion, PostbackValues } from './conversion.js';
import type { DuplicateMode } from '../offer-sources/vocabulary.js';

/** The parser cuts a status word at 64; lower-casing can lengthen it (`İ`), so the key is cut again. */
const MAX_WORD = 64;

/** The key of the conversion a postback would make: spec, postbacks.md section 6. */
export function conversionKey(mode: DuplicateMode, values: PostbackValues, postbackId: string): string {
  if (values.txid !== null) return `t:${values.txid}`;
  if (mode === 'new') return `n:${postbackId}`;
  if (mode === 'by_status') return `s:${(values.status ?? '').toLowerCase().slice(0, MAX_WORD)}`;
  return '';
}

export interface Target {
  /** Null: the postback is to make its own conversion. */
  conversion: Conversion | null;
  /** Requests with and without a txid meet on this click: `mixed_txid`. */
  mixed: boolean;
}

/**
 * Which conversion a request that is not event-only concerns.
 * `key` is its conversionKey; `takesBack` says that it asks for rejected, trash or reversed.
 */
export function targetOf(
  conversions: readonly Conversion[],
  txid: string | null,
  key: string,
  mode: DuplicateMode,
  takesBack: boolean,
): Target {
  const only = conversions.length === 1 ? conversions[0] : undefined;

  if (txid !== null) {
    const known = conversions.find((c) => c.txid === txid || c.key === key);
    if (known) return { conversion: known, mixed: false };
    if (only && only.txid === null && (only.status === 'pending' || only.status === 'unmapped')) {
      return { conversion: only, mixed: true };
    }
    return { conversion: null, mixed: conversions.some((c) => c.txid === null) };
  }

  if (takesBack && (mode === 'new' || mode === 'by_status')) {
    const sale = latestOf(conversions, (c) => c.status === 'approved') ?? latestOf(conversions, (c) => c.status === 'pending');
    if (sale) return { conversion: sale, mixed: false };
  }
  const known = conversions.find((c) => c.key === key) ?? (mode === 'update' ? only : undefined);
  if (known) return { conversion: known, mixed: known.txid !== null };
  return { conversion: null, mixed: conversions.some((c) => c.txid !== null) };
}

/** Where an event-only request goes: the conversion without txid, else the latest one (section 9). */
export function eventTarget(conversions: readonly Conversion[]): Conversion | null {
  return latestOf(conversions, (c) => c.txid === null) ?? latestOf(conversions);
}

/** The conversion made last; of two made in one millisecond the one touched last, so that the order of rows never matters. */
export function latestOf(conversions: readonly Conversion[], fits: (conversion: Conversion) => boolean = () => true): Conversion | null {
  let found: Conversion | null = null;
  for (const c of conversions) {
    if (fits(c) && (found === null || isAfter(c, found))) found = c;
  }
  return found;
}

function isAfter(a: Conversion, b: Conversion): boolean {
  if (a.convertedAt !== b.convertedAt) return a.convertedAt > b.convertedAt;
  return a.lastAt !== b.lastAt ? a.lastAt > b.lastAt : a.lastSeq > b.lastSeq;
}
