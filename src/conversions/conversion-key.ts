import type { Conversion, PostbackValues } from './conversion.js';
import type { Standing } from './standing.js';
import { statusKey } from '../offer-sources/status-word.js';
import type { DuplicateMode } from '../offer-sources/vocabulary.js';

/** The parser cuts a status word at 64; lower-casing can lengthen it (`İ`), so the key is cut again. */
const MAX_WORD = 64;

/** The key of the conversion a postback would make: docs/reference.md#which-conversion. */
export function conversionKey(mode: DuplicateMode, values: PostbackValues, postbackId: string): string {
  if (values.txid !== null) return `t:${values.txid}`;
  if (mode === 'new') return `n:${postbackId}`;
  if (mode === 'by_status') return `s:${values.status === null ? '' : statusKey(values.status).slice(0, MAX_WORD)}`;
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
export function targetOf(standing: Standing, txid: string | null, key: string, mode: DuplicateMode, takesBack: boolean): Target {
  const { only } = standing;
  if (txid !== null) {
    const known = standing.ofTxid(txid);
    if (known !== null) return { conversion: known, mixed: false };
    if (only !== null && only.txid === null && (only.status === 'pending' || only.status === 'unmapped')) {
      return { conversion: only, mixed: true };
    }
    return { conversion: null, mixed: standing.lacksTxid };
  }

  if (takesBack && (mode === 'new' || mode === 'by_status')) {
    const sale = standing.latest('approved') ?? standing.latest('pending');
    if (sale !== null) return { conversion: sale, mixed: false };
  }
  const known = standing.ofKey(key) ?? (mode === 'update' ? only : null);
  if (known !== null) return { conversion: known, mixed: known.txid !== null };
  return { conversion: null, mixed: standing.hasTxid };
}

/** Where an event-only request goes: the conversion without txid, else the latest one (docs/reference.md#events). */
export function eventTarget(standing: Standing): Conversion | null {
  return standing.latest('withoutTxid') ?? standing.latest('any');
}
