import type { ConversionAnswer } from '../conversions/conversion.dto.js';
import type { PostbackAnswer } from '../postbacks/postback-log.dto.js';
import { foldCase } from '../lib/sql.js';
import type { Mark } from './events.query.js';
import type { EventKind, EventsQuery } from './events.dto.js';

/** An event for listeners; `of` is the verdict that it tells or comes from. */
export type LiveEvent = { id: string; of: Mark } & (
  | { kind: 'verdict'; data: PostbackAnswer }
  | { kind: 'conversion'; data: ConversionAnswer }
);

/** Where a stream is to go on. */
export interface Position {
  /** Of the verdict or the entry, in milliseconds. */
  decidedAt: number;
  /** Of the request, or of the entry in the audit log. */
  rowId: string;
  /** Which process told it: only that one knows what it had told before. */
  teller: string;
  /** A stream that breaks between a verdict and its conversion goes on with the conversion. */
  kind: EventKind;
}

const ID = /^(\d{13})-([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})-([0-9a-f]{8})([vc])$/;

export const eventId = ({ decidedAt, rowId, teller, kind }: Position): string => `${decidedAt}-${rowId}-${teller}${kind[0]}`;

/** Of a Last-Event-ID; null for what is none of ours. */
export function positionOf(id: string | undefined): Position | null {
  const [, time, rowId, teller, kind] = ID.exec(id ?? '') ?? [];
  if (rowId === undefined || teller === undefined) return null;
  return { decidedAt: Number(time), rowId, teller, kind: kind === 'c' ? 'conversion' : 'verdict' };
}

/** One event as server-sent events have it. JSON has no line breaks of its own. */
export const written = (kind: string, data: unknown, id?: string): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`;

/** Whether a listener wants it. What a filter asks for and an event of this kind does not have fits none. */
export function isWanted({ kind, data }: LiveEvent, { event, cid, ...wanted }: EventsQuery): boolean {
  if (event !== undefined && event !== kind) return false;
  if (cid !== undefined && data.cid?.toLowerCase() !== cid.toLowerCase()) return false;
  return Object.entries(wanted).every(([name, value]) => {
    if (value === undefined) return true;
    const fold = (one: unknown): unknown => (CASELESS.has(name) && typeof one === 'string' ? foldCase(one) : one);
    const fitting = new Set([value].flat().map(fold));
    return [(data as unknown as Record<string, unknown>)[name]].flat().some((one) => fitting.has(fold(one)));
  });
}

/** As the lists compare them. */
const CASELESS: ReadonlySet<string> = new Set(['currency', 'method', 'rawStatus']);

/** Whether nothing is left out, so that listeners share one text. */
export const wantsAll = (wanted: EventsQuery): boolean => Object.values(wanted).every((value) => value === undefined);
