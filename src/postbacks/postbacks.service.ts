import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { RowRefused, StoreDown } from '../db/deadline.js';
import { IdsService } from '../db/ids.service.js';
import { Overloaded } from '../lib/batcher.js';
import { cidToUuid } from '../lib/ids.js';
import { LiveSourcesService, type Bearer, type LiveSource } from '../offer-sources/live-sources.service.js';
import { printable } from '../queues/durable-writer.js';
import type { NewInboxRow } from './inbox.query.js';
import { ClickIdsService } from '../clicks/click-ids.service.js';
import { ClicksService } from '../clicks/clicks.service.js';
import { NoticesService } from '../db/notices.service.js';
import { DailyBudget } from '../lib/daily-budget.js';
import { InboxService } from './inbox.service.js';
import { parsePostback, type ParsedPostback } from './parse-postback.js';
import { PostbacksMetrics } from './postbacks-metrics.service.js';
import { RefusalsService } from './refusals.service.js';
import type { Refusal, Warning } from '../conversions/results.js';

/** A postback request, all that is known of it. */
export interface IncomingPostback {
  method: string;
  /** Path and query as they came. */
  url: string;
  contentType: string | null;
  body: Buffer | null;
  /** The body is too large once it is decoded. */
  oversized?: boolean | undefined;
  ip: string | null;
  /** A pixel, which the visitor's own browser fetches: its address is kept as IP_MODE lets a click's be. */
  isPixel?: boolean | undefined;
  /** From the path; null on the global URL. */
  token: string | null;
  /** When it came, on performance.now()'s clock. */
  arrived: number;
}

/** The answer: accepted, refused with the word, or not stored. */
export type Answer =
  | { status: 200; id: string; body: string }
  | { status: 400 | 403 | 404 | 413 | 414; id: string; reason: Refusal | 'global_postback_off' }
  | { status: 503 };

/** A request looked at without the database. */
/** Whose token came: a source's, an offer's own, or none. */
export interface Token {
  tokenSourceId: string | null;
  tokenOfferId: string | null;
}

export type Examined = { source: LiveSource | null; token: Token; query: string; contentType: string | null; body: Buffer | null } & (
  | { refused: null; parsed: ParsedPostback; cid: string }
  | { refused: { status: 400 | 403 | 413 | 414; reason: Refusal | 'global_postback_off' }; parsed: ParsedPostback | null; cid: null }
);

const MAX_URL_BYTES = 8 * 1024;
export const MAX_BODY_BYTES = 64 * 1024;
/** What is kept of a request that is refused for its size. */
const KEPT_OF_TOO_LARGE = 2_048;
/** What may hold a token: the log is read by people who may not see any. */
const TOKEN_LIKE = /[\w-]{22,}/g;

/** What is kept of postbacks whose click id nobody here has made, per process: in all, from one address, on one source's URL. */
const STRANGERS_BYTES_A_DAY = 256 * 1024 * 1024;
const STRANGERS_BYTES_A_DAY_ADDRESS = 8 * 1024 * 1024;
const STRANGERS_BYTES_A_DAY_SOURCE = 64 * 1024 * 1024;
const BUDGETED_ADDRESSES = 50_000;
const KEPT_OVERHEAD_BYTES = 300;
const NOTE_MS = 60_000;

const NO_TOKEN: Token = { tokenSourceId: null, tokenOfferId: null };

function tokenOf(bearer: Bearer | null): Token {
  if (bearer === null) return NO_TOKEN;
  const { offerId, source } = bearer;
  return { tokenSourceId: offerId === null ? (source?.id ?? null) : null, tokenOfferId: offerId };
}

/** Our click ids match in any letter case, other trackers' exactly. */
export const canonicalCid = (cid: string): string => (cidToUuid(cid) === null ? cid : cid.toLowerCase());

/** The API's side of postbacks: refuses what needs no database to refuse, and answers 200 only for what is stored. */
@Injectable()
export class PostbacksService {
  private readonly log = new Logger(PostbacksService.name);
  private readonly byAddress = new DailyBudget(STRANGERS_BYTES_A_DAY, STRANGERS_BYTES_A_DAY_ADDRESS, BUDGETED_ADDRESSES);
  private readonly bySource = new DailyBudget(STRANGERS_BYTES_A_DAY, STRANGERS_BYTES_A_DAY_SOURCE, BUDGETED_ADDRESSES);
  private strangersNoted = Number.NEGATIVE_INFINITY;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly ids: IdsService,
    private readonly sources: LiveSourcesService,
    private readonly inbox: InboxService,
    private readonly clickIds: ClickIdsService,
    private readonly clicks: ClicksService,
    private readonly refusals: RefusalsService,
    private readonly metrics: PostbacksMetrics,
    private readonly notices: NoticesService,
  ) {}

  async receive(incoming: IncomingPostback): Promise<Answer> {
    const id = this.ids.next();
    const receivedAt = Math.round(this.ids.now());
    const { refused, source, token, query, parsed, cid } = await this.examine(incoming);
    if (refused !== null) {
      const { status, reason } = refused;
      if (reason !== 'global_postback_off')
        this.logRefusal(incoming, {
          id,
          receivedAt,
          query,
          source,
          token,
          cid: parsed?.values.cid ? canonicalCid(parsed.values.cid) : null,
          reason,
          warnings: parsed?.warnings ?? [],
        });
      return { status, id, reason };
    }
    if (this.clickIds.isMadeUp(cid) && !this.mayKeep(incoming, token, receivedAt)) return { status: 400, id, reason: 'bad_cid' };
    const row: NewInboxRow = {
      id,
      receivedAt,
      cid,
      ...token,
      method: incoming.method,
      query,
      contentType: incoming.contentType,
      body: incoming.body,
      ip: this.keptIp(incoming),
    };
    try {
      await this.inbox.add(row, incoming.arrived);
    } catch (error) {
      if (error instanceof RowRefused) {
        this.log.error({ postback: printable(row), reason: error.message }, 'a postback cannot be stored');
        this.metrics.results.inc({ result: 'not_stored', reason: 'refused' });
        return { status: 503 };
      }
      if (error instanceof StoreDown || error instanceof Overloaded) {
        this.metrics.results.inc({ result: 'not_stored', reason: error instanceof Overloaded ? 'overload' : 'storage' });
        return { status: 503 };
      }
      this.metrics.results.inc({ result: 'not_stored', reason: 'error' });
      throw error;
    }
    this.metrics.ack.observe((performance.now() - incoming.arrived) / 1_000);
    return { status: 200, id, body: parsed.values.return ?? source?.successBody ?? 'OK' };
  }

  /** Whether there is room for one more postback with a made-up click id: for its address, and for whose URL it came on. */
  private mayKeep({ url, body, ip }: IncomingPostback, { tokenSourceId, tokenOfferId }: Token, at: number): boolean {
    const bytes = url.length + (body?.length ?? 0) + KEPT_OVERHEAD_BYTES;
    if (this.byAddress.take(ip ?? '', bytes, at) && this.bySource.take(tokenSourceId ?? tokenOfferId ?? '', bytes, at)) {
      this.metrics.strangersKept.inc(bytes);
      return true;
    }
    this.metrics.results.inc({ result: 'not_stored', reason: 'made_up_cid' });
    if (at - this.strangersNoted > NOTE_MS) {
      this.strangersNoted = at;
      this.log.warn(`Postbacks with made-up click ids are no longer kept today (${ip ?? 'no address'}): they are answered 400 bad_cid.`);
      void this.notices.note('strangers', { ip }).catch(() => undefined);
    }
    return false;
  }

  /** An address under /postback that names no endpoint: logged and counted like a bad token, as somebody waits for these postbacks. */
  refusePath({ method, url, ip }: Pick<IncomingPostback, 'method' | 'url' | 'ip'>): Answer {
    const id = this.ids.next();
    const mark = url.indexOf('?');
    const query = (mark === -1 ? '' : url.slice(mark + 1)).slice(0, KEPT_OF_TOO_LARGE);
    const { values, warnings } = parsePostback({ query, contentType: null, body: null }, this.sources.plainParsing);
    this.logRefusal(
      { method, contentType: null, body: null, ip },
      {
        id,
        receivedAt: Math.round(this.ids.now()),
        query,
        path: (mark === -1 ? url : url.slice(0, mark)).slice(0, KEPT_OF_TOO_LARGE).replace(TOKEN_LIKE, 'TOKEN'),
        source: null,
        token: NO_TOKEN,
        cid: values.cid,
        reason: 'bad_path',
        warnings,
      },
    );
    return { status: 404, id, reason: 'bad_path' };
  }

  /** What can be said without the database: whose it is, what it says, and whether it is refused. */
  async examine({
    url,
    contentType,
    body,
    oversized,
    ip,
    token,
  }: Pick<IncomingPostback, 'url' | 'contentType' | 'body' | 'oversized' | 'ip' | 'token'>): Promise<Examined> {
    const mark = url.indexOf('?');
    const query = mark === -1 ? '' : url.slice(mark + 1);
    let bearer: Bearer | null = null;
    let parsed: ParsedPostback | null = null;
    const refuse = (status: 400 | 403 | 413 | 414, reason: Refusal | 'global_postback_off'): Examined => ({
      refused: { status, reason },
      source: bearer?.source ?? null,
      token: tokenOf(bearer),
      query,
      contentType,
      body,
      parsed,
      cid: null,
    });
    if (token !== null) {
      bearer = await this.sources.byToken(token);
      const allowed = bearer?.source?.allowedIps ?? null;
      if (bearer === null || (allowed !== null && !(ip !== null && allowed.contains(ip)))) {
        // With its click id it is found with its click, and can be replayed once the address is allowed.
        if (url.length <= MAX_URL_BYTES && (body?.length ?? 0) <= MAX_BODY_BYTES)
          parsed = parsePostback({ query, contentType, body }, bearer?.source?.parsing ?? this.sources.plainParsing);
        return refuse(403, bearer === null ? 'bad_token' : 'ip_denied');
      }
    } else if (!this.config.globalPostback) {
      return refuse(403, 'global_postback_off');
    }
    if (url.length > MAX_URL_BYTES) return refuse(414, 'too_large');
    if (oversized === true || (body !== null && body.length > MAX_BODY_BYTES)) return refuse(413, 'too_large');
    const source = bearer?.source ?? null;
    parsed = parsePostback({ query, contentType, body }, source?.parsing ?? this.sources.plainParsing);
    const { cid } = parsed.values;
    if (parsed.refusal !== null || cid === null) return refuse(400, parsed.refusal ?? 'missing_cid');
    return { refused: null, source, token: tokenOf(bearer), query, contentType, body, parsed, cid: canonicalCid(cid) };
  }

  private keptIp({ ip, isPixel = false }: Pick<IncomingPostback, 'ip' | 'isPixel'>): string | null {
    return isPixel ? this.clicks.keptIp(ip) : ip;
  }

  private logRefusal(
    incoming: Pick<IncomingPostback, 'method' | 'contentType' | 'body' | 'ip' | 'isPixel'>,
    {
      id,
      receivedAt,
      query,
      path,
      source,
      token,
      cid,
      reason,
      warnings,
    }: {
      id: string;
      receivedAt: number;
      query: string;
      path?: string;
      source: LiveSource | null;
      token: Token;
      cid: string | null;
      reason: Refusal;
      warnings: Warning[];
    },
  ): void {
    const { method, contentType, body } = incoming;
    this.metrics.results.inc({ result: 'rejected', reason });
    const large = reason === 'too_large';
    this.refusals.add({
      inbox: {
        id,
        seq: null,
        receivedAt,
        cid,
        ...token,
        method,
        query: large ? query.slice(0, KEPT_OF_TOO_LARGE) : query,
        contentType,
        body: large ? (body?.subarray(0, KEPT_OF_TOO_LARGE) ?? null) : body,
        ip: this.keptIp(incoming),
      },
      path: path ?? null,
      decidedAt: receivedAt,
      offerSourceId: source?.id ?? null,
      clickId: null,
      conversionKey: null,
      result: 'rejected',
      reason,
      warnings,
    });
  }
}
