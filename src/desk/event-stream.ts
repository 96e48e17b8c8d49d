import type { ConversionAnswer } from '../conversions/conversion.dto.js';
import type { PostbackAnswer } from '../postbacks/postback-log.dto.js';
import type { EventsQuery } from './events.dto.js';

/** An event for listeners. */
export type LiveEvent = { id: string } & ({ kind: 'verdict'; data: PostbackAnswer } | { kind: 'conversion'; data: ConversionAnswer });

/** Where a stream is to go on: the time of a verdict in milliseconds, and its request. */
export interface Position {
  decidedAt: number;
  postbackId: string;
}

const ID = /^(\d{13})-([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/;

export const eventId = ({ decidedAt, postbackId }: Position): string => `${decidedAt}-${postbackId}`;

/** Of a Last-Event-ID; null for what is none of ours. */
export function positionOf(id: string | undefined): Position | null {
  const match = ID.exec(id ?? '');
  return match === null ? null : { decidedAt: Number(match[1]), postbackId: match[2] as string };
}

/** One event as server-sent events have it. JSON has no line breaks of its own. */
export const written = (kind: string, data: unknown, id?: string): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`;

/** Whether a listener wants it. */
export function isWanted({ kind, data }: LiveEvent, wanted: EventsQuery): boolean {
  if (wanted.event !== undefined && wanted.event !== kind) return false;
  const { cid, offerSourceId } = wanted;
  if (cid !== undefined && data.cid?.toLowerCase() !== cid.toLowerCase()) return false;
  if (offerSourceId !== undefined && data.offerSourceId !== offerSourceId.toLowerCase()) return false;
  if (kind === 'verdict') {
    if (wanted.result !== undefined && data.result !== wanted.result) return false;
    return wanted.reason === undefined || data.reason === wanted.reason;
  }
  if (wanted.offerId !== undefined && data.offerId !== wanted.offerId.toLowerCase()) return false;
  if (wanted.status !== undefined && data.status !== wanted.status) return false;
  return wanted.txid === undefined || data.txid === wanted.txid;
}

/** Whether nothing is left out, so that listeners share one text. */
export const wantsAll = (wanted: EventsQuery): boolean => Object.values(wanted).every((value) => value === undefined);
