import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { StoreDown } from '../deadline.js';
import { IdsService } from '../ids.service.js';
import { Overloaded } from '../lib/batcher.js';
import { cidToUuid } from '../lib/ids.js';
import { LiveSourcesService, type LiveSource } from '../offer-sources/live-sources.service.js';
import { InboxService } from './inbox.service.js';
import { parsePostback } from './parse-postback.js';
import { PostbacksMetrics } from './postbacks-metrics.service.js';
import { RefusalsService } from './refusals.service.js';
import type { Refusal, Warning } from './results.js';

/** A postback request, all that is known of it. */
export interface IncomingPostback {
  method: string;
  /** Path and query as they came. */
  url: string;
  contentType: string | null;
  body: Buffer | null;
  ip: string | null;
  /** From the path; null on the global URL. */
  token: string | null;
  /** When it came, on performance.now()'s clock. */
  arrived: number;
}

/** The answer: accepted, refused with the word, or not stored. */
export type Answer =
  | { status: 200; id: string; body: string }
  | { status: 400 | 403 | 413 | 414; id: string; reason: Refusal | 'global_postback_off' }
  | { status: 503 };

const MAX_URL_BYTES = 8 * 1024;
const MAX_BODY_BYTES = 64 * 1024;
/** What is kept of a request that is refused for its size. */
const KEPT_OF_TOO_LARGE = 2_048;

/** Our click ids match in any letter case, other trackers' exactly. */
const canonicalCid = (cid: string): string => (cidToUuid(cid) === null ? cid : cid.toLowerCase());

/** The API's side of postbacks: refuses what needs no database to refuse, and answers 200 only for what is stored. */
@Injectable()
export class PostbacksService {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly ids: IdsService,
    private readonly sources: LiveSourcesService,
    private readonly inbox: InboxService,
    private readonly refusals: RefusalsService,
    private readonly metrics: PostbacksMetrics,
  ) {}

  async receive(incoming: IncomingPostback): Promise<Answer> {
    const id = this.ids.next();
    const receivedAt = Math.round(this.ids.now());
    const mark = incoming.url.indexOf('?');
    const query = mark === -1 ? '' : incoming.url.slice(mark + 1);
    const refuse = (status: 400 | 403 | 413 | 414, reason: Refusal | 'global_postback_off', source: LiveSource | null, cid: string | null = null, warnings: Warning[] = []): Answer => {
      if (reason !== 'global_postback_off') this.logRefusal(incoming, { id, receivedAt, query, source, cid, reason, warnings });
      return { status, id, reason };
    };

    let source: LiveSource | null = null;
    if (incoming.token !== null) {
      source = await this.sources.byToken(incoming.token);
      if (source === null) return refuse(403, 'bad_token', null);
      if (source.allowedIps !== null && !(incoming.ip !== null && source.allowedIps.contains(incoming.ip))) return refuse(403, 'ip_denied', source);
    } else if (!this.config.globalPostback) {
      return refuse(403, 'global_postback_off', null);
    }
    if (incoming.url.length > MAX_URL_BYTES) return refuse(414, 'too_large', source);
    if (incoming.body !== null && incoming.body.length > MAX_BODY_BYTES) return refuse(413, 'too_large', source);

    const { values, refusal, warnings } = parsePostback({ query, contentType: incoming.contentType, body: incoming.body }, source?.parameterAliases);
    if (refusal !== null || values.cid === null) return refuse(400, refusal ?? 'missing_cid', source, values.cid, warnings);
    try {
      await this.inbox.add(
        { id, receivedAt, cid: canonicalCid(values.cid), tokenSourceId: source?.id ?? null, method: incoming.method, query, contentType: incoming.contentType, body: incoming.body, ip: incoming.ip },
        incoming.arrived,
      );
    } catch (error) {
      if (error instanceof StoreDown || error instanceof Overloaded) {
        this.metrics.results.inc({ result: 'not_stored', reason: error instanceof Overloaded ? 'overload' : 'storage' });
        return { status: 503 };
      }
      throw error;
    }
    this.metrics.ack.observe((performance.now() - incoming.arrived) / 1_000);
    return { status: 200, id, body: values.return ?? source?.successBody ?? 'OK' };
  }

  private logRefusal(
    { method, contentType, body, ip }: IncomingPostback,
    { id, receivedAt, query, source, cid, reason, warnings }: { id: string; receivedAt: number; query: string; source: LiveSource | null; cid: string | null; reason: Refusal; warnings: Warning[] },
  ): void {
    this.metrics.results.inc({ result: 'rejected', reason });
    const large = reason === 'too_large';
    this.refusals.add({
      inbox: {
        id,
        seq: null,
        receivedAt,
        cid,
        tokenSourceId: source?.id ?? null,
        method,
        query: large ? query.slice(0, KEPT_OF_TOO_LARGE) : query,
        contentType,
        body: large ? (body?.subarray(0, KEPT_OF_TOO_LARGE) ?? null) : body,
        ip,
      },
      decidedAt: new Date(receivedAt).toISOString(),
      offerSourceId: source?.id ?? null,
      clickId: null,
      conversionKey: null,
      result: 'rejected',
      reason,
      warnings,
    });
  }
}
