import { parseIpRanges } from '../lib/ip-ranges.js';

/** What the table notices may hold. */
export type NoticeName = 'installed' | 'backup' | 'proxy_untrusted' | 'strangers';
export interface Notice {
  at: Date;
  detail: Record<string, unknown>;
}
export type Notices = ReadonlyMap<NoticeName, Notice>;

/** A tracker that is older than this should have a backup that is not. */
const BACKUP_MS = 7 * 86_400_000;
/** A proxy that has not been noticed for so long, at starts since, is gone. */
const PROXY_MS = 30 * 86_400_000;

/** The last backup, and since when one has been missing: its time, or the tracker's first day; null while none is. */
export function backupState(notices: Notices, now: number): { last: Date | null; missingSince: Date | null } {
  const last = notices.get('backup')?.at ?? null;
  const since = last ?? notices.get('installed')?.at ?? null;
  return { last, missingSince: since !== null && now - since.getTime() > BACKUP_MS ? since : null };
}

/** The peer that forwards others' requests and is not in TRUST_PROXY; null: none. */
export function untrustedProxy(notices: Notices, trustProxy: readonly string[], now = Date.now()): string | null {
  const notice = notices.get('proxy_untrusted');
  if (notice === undefined || now - notice.at.getTime() > PROXY_MS) return null;
  const peer = String(notice.detail.peer);
  return parseIpRanges(trustProxy).ranges.contains(peer) ? null : peer;
}
