import { cidToUuid, uuidToCid } from '../lib/ids.js';

/**
 * A conversion's id as the API shows it: its click's id, and `~` with the key in base64url when the click's key is not
 * the plain one (docs/reference.md#which-conversion).
 */
export function conversionId(clickId: string, key: string): string {
  const cid = uuidToCid(clickId);
  return key === '' ? cid : `${cid}~${Buffer.from(key).toString('base64url')}`;
}

/** The click (as UUID) and the key that a conversion id names; null for a text that is no conversion id. */
export function parseConversionId(id: string): { clickId: string; key: string } | null {
  const mark = id.indexOf('~');
  const clickId = cidToUuid(mark === -1 ? id : id.slice(0, mark));
  if (clickId === null) return null;
  if (mark === -1) return { clickId, key: '' };
  const encoded = id.slice(mark + 1);
  const key = Buffer.from(encoded, 'base64url').toString('utf8');
  // Node decodes what it can: only text that comes out the same again was an id.
  return key !== '' && !key.includes('\0') && Buffer.from(key).toString('base64url') === encoded ? { clickId, key } : null;
}
