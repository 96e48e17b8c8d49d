import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import type pg from 'pg';
import { conversionsByKey, type ConversionRow, toConversion } from '../conversions/conversions.query.js';
import { parseConversionId } from '../conversions/conversion-id.js';
import { IdsService } from '../db/ids.service.js';
import { ADMIN_POOL } from '../db/tokens.js';
import { Problem } from '../http/problem.js';
import { uuidAt } from '../lib/ids.js';
import { ExplainService } from '../postbacks/explain.service.js';
import type { PostbackAnswer } from '../postbacks/postback-log.dto.js';
import { listPostbacks, type PostbackLogRow } from '../postbacks/postback-log.query.js';
import { eventId, isWanted, type LiveEvent, type Position, wantsAll, written } from './event-stream.js';
import type { EventKind, EventsQuery } from './events.dto.js';
import { type Mark, NEW_VERDICTS } from './events.query.js';

const MAX_LISTENERS = 50;
const POLL_MS = 400;
/** Verdicts come within two seconds of their request, or are late; a commit may take as long again. */
const WINDOW_MS = 4_000;
const LATE_WINDOW_MS = 6_000;
const KNOWN_MS = 15_000;
/** The most rows of one poll: read, read of the late ones, sent to listeners, and sent when there are more than can be sent. */
const READ = 4_000;
const READ_LATE = 1_000;
const TOLD = 400;
const TOLD_OF_FLOOD = 20;
/** How often the log is polled while more comes than can be sent. */
const FLOOD_POLL_MS = 1_000;
/** A listener who reconnects gets at most so many of the events it missed, and none older than this. */
const CAUGHT_UP = 1_000;
const CATCH_UP_MS = 3_600_000;
/** Verdicts are committed in another order than they are decided: what was decided so long before one that was told may come after it. */
const OVERLAP_MS = 2_000;
/** How many verdicts a process knows to have told before which. */
const REMEMBERED = 5_000;
/** A reader who leaves so much unread is too slow. */
const MAX_UNREAD = 1_048_576;
const KEEP_ALIVE_MS = 15_000;
const RETRY_MS = 1_000;

interface Listener {
  stream: ServerResponse;
  wanted: EventsQuery;
  all: boolean;
  /** Nothing decided before this is new to the listener. */
  since: number;
  /** New events, held back while the missed ones are being sent; null afterwards. */
  held: { events: LiveEvent[]; notice: string }[] | null;
  /** Verdicts that it was told as missed, which may yet come as new, and until when they may. */
  caught: { marks: Set<string>; until: number } | null;
  /** Whether the caller may still read events. */
  allowed: () => Promise<boolean>;
}

/**
 * Verdicts and conversions as they are committed. While anybody listens the log is read once per process, not once per
 * listener, and an event is made into text once for all listeners without a filter.
 */
@Injectable()
export class EventsService implements OnModuleDestroy {
  private readonly log = new Logger(EventsService.name);
  private readonly listeners = new Set<Listener>();
  private readonly teller = randomBytes(4).toString('hex');
  /** The newest verdicts that were seen, told or left out of a flood. */
  private readonly known = new Map<string, number>();
  /** In which order verdicts were told, the oldest first. */
  private readonly order = new Map<string, number>();
  private toldSoFar = 0;
  private since = 0;
  private timer: NodeJS.Timeout | undefined;
  private running = false;
  private lastWrite = 0;

  constructor(
    @Inject(ADMIN_POOL) private readonly pool: pg.Pool,
    private readonly ids: IdsService,
    private readonly explained: ExplainService,
  ) {}

  onModuleDestroy(): void {
    clearTimeout(this.timer);
    for (const { stream } of this.listeners) stream.end();
    this.listeners.clear();
  }

  /** @throws Problem 503 when there are too many listeners */
  refuseTooMany(): void {
    if (this.listeners.size >= MAX_LISTENERS)
      throw new Problem(503, 'busy', `${MAX_LISTENERS} listeners are the most of a process. Close one, or try again later.`, [], 5);
  }

  /** Sends events to `stream` until it is closed, too slow or no longer allowed; those after `position` come first. */
  async listen(stream: ServerResponse, wanted: EventsQuery, position: Position | null, allowed: () => Promise<boolean>): Promise<void> {
    const since = position === null ? this.ids.now() : 0;
    const listener: Listener = { stream, wanted, all: wantsAll(wanted), since, held: [], caught: null, allowed };
    this.listeners.add(listener);
    stream.once('close', () => this.listeners.delete(listener));
    stream.write(`retry: ${RETRY_MS}\n\n`);
    if (!this.running) {
      this.running = true;
      this.since = this.ids.now() - OVERLAP_MS;
      this.schedule();
    }
    if (position !== null) await this.catchUp(listener, position);
    const held = listener.held ?? [];
    listener.held = null;
    for (const { events, notice } of held) this.sendNew(listener, events, notice, null);
  }

  private schedule(inMs = POLL_MS): void {
    this.timer = setTimeout(() => {
      this.look()
        .catch((error: Error) => {
          this.log.warn(`The log could not be read for listeners: ${error.message}`);
          return false;
        })
        .then((isFlood) => {
          if (this.listeners.size > 0) this.schedule(isFlood ? FLOOD_POLL_MS : POLL_MS);
          else this.running = false;
        });
    }, inMs);
  }

  /** Whether more comes than can be sent. */
  private async look(): Promise<boolean> {
    const now = this.ids.now();
    const { rows } = await this.pool.query<Mark & { late: boolean }>({
      ...NEW_VERDICTS,
      values: [uuidAt(now - WINDOW_MS, 'min'), new Date(now - LATE_WINDOW_MS).toISOString(), READ + 1, READ_LATE + 1],
    });
    /** By id: one that is both recent and late is read twice. */
    const found = new Map<string, Mark>();
    for (const row of rows) {
      // A replay decides an old request anew.
      if (this.known.get(row.id) === row.decidedAt) continue;
      if (row.decidedAt >= this.since) found.set(row.id, row);
    }
    const fresh = [...found.values()];
    for (const [id, decidedAt] of this.known) if (decidedAt < now - KNOWN_MS) this.known.delete(id);
    await this.dropDisallowed();
    const late = rows.reduce((n, row) => n + (row.late ? 1 : 0), 0);
    const isCut = late > READ_LATE || rows.length - late > READ;
    const isFlood = isCut || fresh.length > TOLD;
    const told = newest(fresh, isFlood ? TOLD_OF_FLOOD : TOLD);
    const events = await this.eventsOf(told);
    // Only now: what could not be read is tried again.
    for (const { id, decidedAt } of fresh) this.known.set(id, decidedAt);
    if (isFlood) this.tell(events, written('sampled', { verdicts: fresh.length, told: told.length }));
    else if (events.length > 0) this.tell(events, '');
    else if (performance.now() - this.lastWrite > KEEP_ALIVE_MS) this.tell([], ': still here\n\n');
    return isFlood;
  }

  private tell(events: LiveEvent[], notice: string): void {
    this.lastWrite = performance.now();
    const whole = events.map(textOf).join('') + notice;
    const oldest = Math.min(...events.map(({ of }) => of.decidedAt));
    for (const listener of this.listeners) {
      if (listener.held !== null) listener.held.push({ events, notice });
      else this.sendNew(listener, events, notice, oldest >= listener.since ? whole : null);
    }
    for (const { of } of events) this.order.set(nameOf(of), (this.toldSoFar += 1));
    for (const name of this.order.keys()) {
      if (this.order.size <= REMEMBERED) break;
      this.order.delete(name);
    }
  }

  /** @param whole the text of all of them, made once for those who want all; null: this listener has some of them already */
  private sendNew(listener: Listener, events: LiveEvent[], notice: string, whole: string | null): void {
    const { wanted, all, since, caught } = listener;
    if (caught !== null && performance.now() > caught.until) listener.caught = null;
    if (whole !== null && all && caught === null) return this.send(listener, whole);
    const fresh = events.filter(
      (event) => event.of.decidedAt >= since && caught?.marks.has(nameOf(event.of)) !== true && isWanted(event, wanted),
    );
    this.send(listener, fresh.map(textOf).join('') + notice);
  }

  private send({ stream }: Listener, text: string): void {
    if (text === '') return;
    if (stream.writableLength > MAX_UNREAD) stream.destroy();
    else stream.write(text);
  }

  /** Sends what came after `position`. Where this process told it, it knows what came before; of another's the overlap may come again. */
  private async catchUp(listener: Listener, position: Position): Promise<void> {
    try {
      const last = nameOf({ id: position.rowId, decidedAt: position.decidedAt });
      const place = position.teller === this.teller ? (this.order.get(last) ?? 0) : 0;
      const from = Math.max(position.decidedAt - OVERLAP_MS, this.ids.now() - CATCH_UP_MS);
      const { rows } = await this.pool.query<Mark>({
        ...NEW_VERDICTS,
        values: [uuidAt(from - WINDOW_MS, 'min'), new Date(from).toISOString(), READ + 1, READ_LATE + 1],
      });
      const found = new Map(rows.filter((row) => row.decidedAt >= from).map((row) => [nameOf(row), row]));
      const caught = new Set(found.keys());
      for (const name of caught) if ((this.order.get(name) ?? Infinity) < place) found.delete(name);
      if (position.kind === 'conversion') found.delete(last);
      const told = newest([...found.values()], CAUGHT_UP);
      const events = (await this.eventsOf(told)).filter((event) => event.kind === 'conversion' || nameOf(event.of) !== last);
      for (const event of events) if (isWanted(event, listener.wanted)) this.send(listener, textOf(event));
      if (found.size > told.length || rows.length > READ || from > position.decidedAt)
        this.send(listener, written('sampled', { verdicts: found.size, told: told.length }));
      listener.caught = { marks: caught, until: performance.now() + KNOWN_MS };
    } catch (error) {
      this.log.warn(`A listener could not be told of the time before: ${(error as Error).message}`);
      listener.stream.destroy();
    }
  }

  /** What the log has of them, each followed by the conversion it made or changed. */
  private async eventsOf(marks: Mark[]): Promise<LiveEvent[]> {
    if (marks.length === 0) return [];
    const ids = marks.filter(({ conversionId }) => conversionId === null).map(({ id }) => id);
    const rows = ids.length === 0 ? [] : (await this.pool.query<PostbackLogRow>(listPostbacks({ ids }, ids.length).page)).rows;
    const postbacks = new Map((await this.explained.answers(rows)).map((postback) => [postback.id, postback]));
    const changed = new Map(marks.map((mark) => [mark, mark.conversionId ?? conversionOf(postbacks.get(mark.id))]));
    const keys = [...changed.values()].map((id) => (id === null ? null : parseConversionId(id))).filter((key) => key !== null);
    const conversions = new Map(
      keys.length === 0
        ? []
        : (await this.pool.query<ConversionRow>(conversionsByKey(keys))).rows.map((row) => {
            const conversion = toConversion(row);
            return [conversion.id, conversion];
          }),
    );
    return marks.flatMap((mark): LiveEvent[] => {
      const id = (kind: EventKind): string => eventId({ decidedAt: mark.decidedAt, rowId: mark.id, teller: this.teller, kind });
      const verdict = postbacks.get(mark.id);
      const conversion = conversions.get(changed.get(mark) ?? '');
      return [
        ...(verdict === undefined ? [] : [{ id: id('verdict'), of: mark, kind: 'verdict' as const, data: verdict }]),
        ...(conversion === undefined ? [] : [{ id: id('conversion'), of: mark, kind: 'conversion' as const, data: conversion }]),
      ];
    });
  }

  /** A key that was revoked or a role that was lowered ends what was begun before. */
  private async dropDisallowed(): Promise<void> {
    await Promise.all(
      [...this.listeners].map(async ({ stream, allowed }) => {
        if (!(await allowed())) stream.end();
      }),
    );
  }
}

/** The conversion that a request made or changed. */
const conversionOf = (postback: PostbackAnswer | undefined): string | null =>
  postback?.result === 'created' || postback?.result === 'updated' ? postback.conversionId : null;

const textOf = (event: LiveEvent): string => written(event.kind, event.data, event.id);

/** A replay decides a request anew, which is another verdict. */
const nameOf = ({ id, decidedAt }: Pick<Mark, 'id' | 'decidedAt'>): string => `${decidedAt} ${id}`;

/** The newest, in the order of their decision. */
const newest = (marks: Mark[], most: number): Mark[] =>
  marks.toSorted((a, b) => a.decidedAt - b.decidedAt || (a.id < b.id ? -1 : 1)).slice(-most);
